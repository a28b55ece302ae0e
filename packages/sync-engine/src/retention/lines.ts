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

/** A line has to fit into memory; no event comes near this. */
export const MOST_LINE_BYTES = 256 * 1024 * 1024

/** Bytes read at a time: a long line is put together from few pieces. */
const CHUNK_BYTES = 256 * 1024

/**
 * The lines of a text file, or of a gzip'd one, some at a time: a journal may not fit in memory. Linear
 * in time, however long a line is. A mark of the byte order at the beginning is no part of the text.
 * @throws {Error} what cannot be read, a line that is too long, or one that is not UTF-8
 */
export async function* linesOf(path: string, packed: boolean): AsyncGenerator<string[], void> {
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  // The pipeline hands every failure on to its last stream, and reading that one throws it.
  const input = packed
    ? pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
    : source
  const cutter = new LineCutter()
  for await (const chunk of input) {
    const lines = cutter.cut(chunk as Buffer)
    if (lines.length > 0) yield lines
  }
  const last = cutter.rest()
  if (last !== undefined) yield [last]
}

const LINE_FEED = 0x0a

/** Cuts bytes at line feeds; the beginning of a line waits, in pieces, for its end. */
class LineCutter {
  #pieces: Buffer[] = []
  #waiting = 0
  #number = 0

  cut(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      lines.push(this.#complete(chunk.subarray(from, end)))
      from = end + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
    return lines
  }

  rest(): string | undefined {
    return this.#waiting === 0 ? undefined : this.#complete(Buffer.alloc(0))
  }

  #keep(piece: Buffer): void {
    this.#waiting += piece.length
    if (this.#waiting > MOST_LINE_BYTES)
      throw new Error(
        `line ${this.#number + 1} is longer than ${MOST_LINE_BYTES / 1024 / 1024} MiB`,
      )
    this.#pieces.push(piece)
  }

  #complete(last: Buffer): string {
    const bytes = this.#waiting === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#waiting = 0
    this.#number += 1
    const line = bytes.toString('utf8')
    // Bytes that are not UTF-8 are read as this character, which a text may also really hold.
    if (line.includes('\ufffd') && !Buffer.from(line).equals(bytes))
      throw new Error(`line ${this.#number} is not UTF-8`)
    return this.#number === 1 ? line.replace(/^\ufeff/, '') : line
  }
}

/** Enough text for one portion, however few lines it is. */
const LARGE = 4 * 1024 * 1024

/** The same lines in portions, each worth a transaction. */
export async function* portions(
  read: AsyncGenerator<string[], void>,
  enough: number,
): AsyncGenerator<string[], void> {
  let portion: string[] = []
  let length = 0
  for await (const lines of read)
    for (const line of lines) {
      portion.push(line)
      length += line.length
      if (portion.length < enough && length < LARGE) continue
      yield portion
      portion = []
      length = 0
    }
  if (portion.length > 0) yield portion
}
