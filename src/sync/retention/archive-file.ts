import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { BoundaryError } from '../boundary/error.ts'
import { privateFolder } from '../boundary/home.ts'
import { asNumber, asString, parseObject } from '../boundary/json.ts'

/**
 * An archive is gzip'd JSON lines: a header, one stored envelope per line in order of capture, and a
 * last line with their number and the SHA-256 of all envelope lines. Several gzip members follow each
 * other, so it is written without holding it in memory and read by any gunzip.
 */
const FORMAT = 'spec-kitty-archive'
const FORMAT_VERSION = 1

export class ArchiveWriter {
  readonly #path: string
  readonly #draft: string
  readonly #file: number
  readonly #hash = createHash('sha256')
  #events = 0

  constructor(path: string, createdAt: string) {
    this.#path = path
    this.#draft = `${path}.draft`
    privateFolder(dirname(path))
    this.#file = openSync(this.#draft, 'wx', 0o600)
    this.#put(
      `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, created_at: createdAt })}\n`,
    )
  }

  add(envelopes: readonly string[]): void {
    if (envelopes.length === 0) return
    const lines = `${envelopes.join('\n')}\n`
    this.#hash.update(lines)
    this.#events += envelopes.length
    this.#put(lines)
  }

  /** Completes the file durably under its name and returns its checksum. */
  finish(): { readonly events: number; readonly sha256: string } {
    const sha256 = this.#hash.digest('hex')
    this.#put(`${JSON.stringify({ events: this.#events, sha256 })}\n`)
    fsyncSync(this.#file)
    closeSync(this.#file)
    renameSync(this.#draft, this.#path)
    return { events: this.#events, sha256 }
  }

  abandon(): void {
    closeSync(this.#file)
    rmSync(this.#draft, { force: true })
  }

  #put(text: string): void {
    const block = gzipSync(text)
    for (let at = 0; at < block.length; at += writeSync(this.#file, block, at));
  }
}

/**
 * The envelopes of an archive, checked against its number and checksum before any is returned.
 * @throws {BoundaryError} `archive-invalid`
 */
export function readArchive(path: string): string[] {
  const lines = unpacked(path).trimEnd().split('\n')
  const header = parseObject(lines.shift() ?? '')
  const footer = parseObject(lines.pop() ?? '')
  if (asString(header?.['format']) !== FORMAT) throw invalid(path, 'it has no header of an archive')
  if (asNumber(header?.['version']) !== FORMAT_VERSION)
    throw invalid(path, 'it was written by a newer version of this program')
  if (asNumber(footer?.['events']) !== lines.length) throw invalid(path, 'it is not complete')
  const hash = createHash('sha256')
  for (const line of lines) hash.update(`${line}\n`)
  if (asString(footer?.['sha256']) !== hash.digest('hex'))
    throw invalid(path, 'its checksum differs')
  return lines
}

function unpacked(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString('utf8')
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function invalid(where: string, why: string, cause?: unknown): BoundaryError {
  return new BoundaryError(
    {
      code: 'archive-invalid',
      what: `the archive cannot be used: ${why}`,
      where,
      next: 'take another copy of the file; nothing was changed',
    },
    { cause },
  )
}
