import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const BLOCK = 512

/**
 * Unpacks what `npm pack` wrote, without the folder that all of it is in. Read here and not by `tar`: that
 * and `gzip` are missing on some machines, which says nothing about a tarball.
 *
 * @throws Error for anything but plain files and folders below that folder
 */
export async function unpackTarball(file: string, to: string): Promise<void> {
  const bytes = await promisify(gunzip)(await readFile(file))
  for (const { path, content } of entriesOf(bytes)) {
    const [, ...parts] = path.split('/')
    if (parts.length === 0 || parts.some((part) => part === '..' || part === '' || part === '.'))
      throw new Error(`${path} is not a path of a package`)
    const place = join(to, ...parts)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, content, { flag: 'wx' })
  }
}

interface Entry {
  readonly path: string
  readonly content: Buffer
}

function* entriesOf(bytes: Buffer): Generator<Entry> {
  let longPath: string | undefined
  let at = 0
  while (bytes[at] !== 0) {
    if (at + BLOCK > bytes.length) throw new Error('the tarball ends before its end is marked')
    const header = bytes.subarray(at, at + BLOCK)
    const size = Number.parseInt(textAt(header, 124, 12), 8)
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size)
    if (!(content.length === size)) throw new Error('the tarball ends within a file')
    const kind = textAt(header, 156, 1)
    const path = [textAt(header, 345, 155), textAt(header, 0, 100)].filter((one) => one !== '')
    if (kind === 'x') longPath = pathOfRecord(content.toString('utf8'))
    else if (kind === '0' || kind === '') {
      yield { path: longPath ?? path.join('/'), content }
      longPath = undefined
    } else if (kind !== '5' && kind !== 'g')
      throw new Error(`${path.join('/')} is neither a file nor a folder`)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
}

/** A record of a pax header is `<length> <key>=<value>` and a line end. */
function pathOfRecord(records: string): string | undefined {
  return /^\d+ path=(?<path>.*)$/m.exec(records)?.groups?.['path']
}

function textAt(header: Buffer, from: number, length: number): string {
  return (header.toString('utf8', from, from + length).split('\0')[0] ?? '').trim()
}
