import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** The name by which a command means its standard input or output. */
export const STANDARD = '-'

/** A file that can be read more than once. */
export interface Readable extends Disposable {
  readonly path: string
}

/**
 * The file itself, or a private copy of what a pipe gives: an import reads its input twice, first to
 * be sure of it. The copy is removed at the end of the scope.
 * @param file a path, or `-` for standard input
 * @throws {Error} what cannot be read or written
 */
export async function readableTwice(file: string): Promise<Readable> {
  if (file !== STANDARD && !isPipe(file)) return { path: file, [Symbol.dispose]: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-import-'))
  const path = join(folder, 'input')
  try {
    const source = file === STANDARD ? process.stdin : createReadStream(file)
    await pipeline(source, createWriteStream(path, { mode: 0o600 }))
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw cause
  }
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function isPipe(file: string): boolean {
  const found = statSync(file)
  return found.isFIFO() || found.isCharacterDevice() || found.isSocket()
}
