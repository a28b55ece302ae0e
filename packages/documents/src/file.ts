import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { ifNoFile } from './absent.ts'
import { DocumentError } from './error.ts'

/** The bytes of a file, and which version of it they are. */
export interface PlainFile {
  readonly bytes: Uint8Array
  /** Inode, size, and both times: another value means that somebody wrote. */
  readonly version: string
  readonly modifiedAtMs: number
}

/**
 * Reads a plain file. A link is refused, because what it means is elsewhere, and so is a second name
 * of another file; a file that changes while it is read is refused as well.
 *
 * @param maximumBytes checked before anything is read
 * @throws DocumentError with the reason; `is not there` for a file that does not exist. What the machine did
 *   not let be read (too many open files, a broken disk) is thrown as it comes
 */
export async function readPlainFile(file: string, maximumBytes: number): Promise<PlainFile> {
  const found = await lstat(file, { bigint: true }).catch(ifNoFile(null))
  if (found === null) throw new DocumentError([`${file} is not there`])
  if (!found.isFile()) throw new DocumentError([`${file} is not a plain file`])
  if (found.nlink !== 1n) throw new DocumentError([`${file} is a second name of another file`])
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ifNoFile(null))
  if (handle === null) throw new DocumentError([`${file} cannot be read`])
  try {
    return await readWhole(handle, file, maximumBytes)
  } finally {
    await handle.close()
  }
}

async function readWhole(
  handle: FileHandle,
  file: string,
  maximumBytes: number,
): Promise<PlainFile> {
  const before = await handle.stat({ bigint: true })
  if (before.size > BigInt(maximumBytes))
    throw new DocumentError([`${file} has ${before.size} bytes; at most ${maximumBytes} are read`])
  const bytes = await handle.readFile()
  const version = versionOf(before)
  const after = await handle.stat({ bigint: true })
  // Without a name it is what another file has replaced; its times were changed by that, not its bytes.
  if (after.nlink !== 1n || version !== versionOf(after))
    throw new DocumentError([`${file} was written while it was read`])
  return { bytes, version, modifiedAtMs: Number(before.mtimeMs) }
}

/** The version of a plain file as {@link readPlainFile} tells it; null where there is none. */
export async function plainFileVersion(file: string): Promise<string | null> {
  const found = await lstat(file, { bigint: true }).catch(ifNoFile(null))
  return found?.isFile() === true ? versionOf(found) : null
}

function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('.')
}
