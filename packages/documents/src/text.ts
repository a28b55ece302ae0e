import { DocumentError } from './error.ts'

/**
 * The text of a document: not larger than the bound, valid UTF-8, without a byte order mark (JSON and
 * JUnit files are written without one, and a second program may skip what the first one reads) and
 * without NUL.
 *
 * @param source bytes, or a text that was decoded already
 * @param maximumBytes checked before anything is decoded
 * @throws DocumentError
 */
export function decodeText(source: Uint8Array | string, maximumBytes: number): string {
  const sizeBytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength
  if (sizeBytes > maximumBytes)
    throw new DocumentError([`it has ${sizeBytes} bytes; at most ${maximumBytes} are read`])
  if (sizeBytes === 0) throw new DocumentError(['it is empty'])
  const text = typeof source === 'string' ? source : decoded(source)
  if (!text.isWellFormed()) throw new DocumentError(['it is not well-formed Unicode'])
  if (text.startsWith('\uFEFF')) throw new DocumentError(['it begins with a byte order mark'])
  if (text.includes('\0')) throw new DocumentError(['it contains a NUL character'])
  return text
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new DocumentError(['it is not valid UTF-8'], { cause })
  }
}
