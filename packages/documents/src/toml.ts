import { parse } from 'smol-toml'
import { DocumentError } from './error.ts'
import { decodeText } from './text.ts'

/**
 * Parses TOML, whose grammar refuses a key that is there twice.
 *
 * @throws DocumentError
 */
export function parseTomlText(source: Uint8Array | string, maximumBytes: number): unknown {
  const text = decodeText(source, maximumBytes)
  try {
    return parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new DocumentError([`it is not a TOML document: ${why}`], { cause })
  }
}
