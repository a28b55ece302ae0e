import type { PageFile } from './page-file.ts'

/** A value of a row; whole numbers beyond 2^53 do not occur in a journal. */
export type Value = string | number | null | Buffer

export interface PageRow {
  readonly rowId: number
  readonly values: readonly Value[]
}

const TABLE_LEAF = 0x0d

/** The rows on one page, if it is a leaf of a table; a cell that makes no sense is left out. */
export function rowsOn(file: PageFile, number: number): PageRow[] {
  const page = file.read(number)
  if (page === undefined) return []
  const start = number === 1 ? 100 : 0
  if (page[start] !== TABLE_LEAF) return []
  const cells = Math.min(page.readUInt16BE(start + 3), Math.floor((page.length - start - 8) / 2))
  return Array.from({ length: cells }, (_, cell) =>
    page.readUInt16BE(start + 8 + 2 * cell),
  ).flatMap((at) => {
    const row = rowAt(file, page, at)
    return row === undefined ? [] : [row]
  })
}

function rowAt(file: PageFile, page: Buffer, at: number): PageRow | undefined {
  try {
    const [bytes, afterBytes] = varint(page, at)
    const [rowId, afterId] = varint(page, afterBytes)
    const payload = payloadAt(file, page, afterId, bytes)
    return payload && { rowId, values: valuesOf(payload) }
  } catch (cause) {
    // Offsets that lead out of the page: the cell is damaged.
    if (cause instanceof RangeError || cause instanceof TypeError) return undefined
    throw cause
  }
}

/** No event is near this, so a longer one is a damaged length. */
const LONGEST_PAYLOAD = 256 * 1024 * 1024

/** The payload of a cell with what spilled to other pages; undefined if one of them is missing. */
function payloadAt(file: PageFile, page: Buffer, at: number, bytes: number): Buffer | undefined {
  if (bytes > LONGEST_PAYLOAD) return undefined
  const local = localBytes(bytes, page.length)
  if (at + local > page.length) return undefined
  const parts = [page.subarray(at, at + local)]
  let next = local < bytes ? page.readUInt32BE(at + local) : 0
  for (let left = bytes - local; left > 0;) {
    const spilled = next === 0 || next > file.count ? undefined : file.read(next)
    if (spilled === undefined) return undefined
    const part = spilled.subarray(4, 4 + Math.min(left, spilled.length - 4))
    parts.push(part)
    left -= part.length
    next = spilled.readUInt32BE(0)
  }
  return next === 0 ? Buffer.concat(parts, bytes) : undefined
}

function localBytes(bytes: number, usable: number): number {
  const most = usable - 35
  if (bytes <= most) return bytes
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((bytes - least) % (usable - 4))
  return fitting <= most ? fitting : least
}

/** A number of one to nine bytes, and the place behind it. */
function varint(buffer: Buffer, at: number): [number, number] {
  let value = 0
  for (let index = 0; index < 8; index += 1) {
    const byte = buffer.readUInt8(at + index)
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return [value, at + index + 1]
  }
  return [value * 256 + buffer.readUInt8(at + 8), at + 9]
}

function valuesOf(record: Buffer): Value[] {
  const [headerBytes, first] = varint(record, 0)
  const values: Value[] = []
  let body = headerBytes
  for (let at = first; at < headerBytes;) {
    const [type, next] = varint(record, at)
    const bytes = bytesOf(type)
    if (body + bytes > record.length) throw new RangeError('a value leads out of its record')
    values.push(valueOf(record.subarray(body, body + bytes), type))
    body += bytes
    at = next
  }
  return values
}

const NUMBER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

function bytesOf(type: number): number {
  return type < 12 ? (NUMBER_BYTES[type] ?? 0) : Math.floor((type - 12) / 2)
}

/** A text with bytes that are no UTF-8 is damaged. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function valueOf(bytes: Buffer, type: number): Value {
  if (type >= 13 && type % 2 === 1) return UTF_8.decode(bytes)
  if (type >= 12) return bytes
  if (type === 8 || type === 9) return type - 8
  if (type === 7) return bytes.readDoubleBE(0)
  if (type === 6) return Number(bytes.readBigInt64BE(0))
  return bytes.length === 0 ? null : bytes.readIntBE(0, bytes.length)
}
