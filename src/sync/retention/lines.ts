import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Whether a file begins as every gzip file does. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(2) })
    return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b
  } finally {
    await file.close()
  }
}

/** The lines of a text file, or of a gzip'd one, some at a time: a journal may not fit in memory. */
export async function* linesOf(path: string, packed: boolean): AsyncGenerator<string[], void> {
  const source = createReadStream(path)
  // The pipeline hands every failure on to its last stream, and reading that one throws it.
  const input = packed ? pipeline(source, createGunzip(), () => undefined) : source
  input.setEncoding('utf8')
  let rest = ''
  for await (const chunk of input) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
  if (rest !== '') yield [rest]
}

/** Enough text for one portion, however few lines it is. */
const LARGE = 4 * 1024 * 1024

/** The same lines in larger portions, each worth a transaction. */
export async function* portions(
  read: AsyncGenerator<string[], void>,
  enough: number,
): AsyncGenerator<string[], void> {
  let portion: string[] = []
  let length = 0
  for await (const lines of read) {
    portion.push(...lines)
    length += lines.reduce((sum, line) => sum + line.length, 0)
    if (portion.length < enough && length < LARGE) continue
    yield portion
    portion = []
    length = 0
  }
  if (portion.length > 0) yield portion
}
