import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { privateFolder } from '../home/home.ts'
import { giveName } from '../home/new-file.ts'
import { processStart } from '../base/process-age.ts'
import { accountMembers, AccountNotes } from './archive-accounts.ts'
import { FORMAT, FORMAT_VERSION, onOneLine } from './archive-format.ts'
import { removeFile } from '../base/remove-file.ts'

export interface Written {
  readonly draft: string
  readonly events: number
  /** Of all envelope lines, in hex. */
  readonly sha256: string
}

/** Writes one archive beside its final name; only `publish` gives it that name. */
export class ArchiveWriter implements Disposable {
  readonly #path: string
  readonly #draft: string
  readonly #file: number
  readonly #hash = createHash('sha256')
  readonly #accounts = new AccountNotes()
  #events = 0

  /** @param createdAt ISO 8601 */
  constructor(path: string, createdAt: string) {
    this.#path = path
    // The name is nobody else's: neither a second archive nor what a killed one left is in the way.
    this.#draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.draft`
    privateFolder(dirname(path))
    this.#file = openSync(this.#draft, 'wx', 0o600)
    this.#put(
      `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, created_at: createdAt })}\n`,
    )
  }

  add(events: readonly { readonly envelope: string; readonly account: string }[]): void {
    if (events.length === 0) return
    const lines = `${events.map(({ envelope }) => onOneLine(envelope)).join('\n')}\n`
    this.#hash.update(lines)
    this.#events += events.length
    for (const { account } of events) this.#accounts.add(account)
    this.#put(lines)
  }

  /** Completes the draft durably; it can be read from here on. */
  complete(): Written {
    const sha256 = this.#hash.digest('hex')
    const accounts = accountMembers(this.#accounts.runs)
    this.#put(`${JSON.stringify({ events: this.#events, sha256, ...accounts })}\n`)
    fsyncSync(this.#file)
    return { draft: this.#draft, events: this.#events, sha256 }
  }

  /** Gives the draft its final name, durably; never that of a file that appeared there in the meantime. */
  publish(): void {
    giveName(this.#draft, this.#path)
  }

  /** Removes the draft; a published archive stays under its name. */
  [Symbol.dispose](): void {
    closeSync(this.#file)
    removeFile(this.#draft)
  }

  /** Level 1: of a kilobyte of JSON it takes a fifth of the time of level 6, for a tenth more bytes. */
  #put(text: string): void {
    const block = gzipSync(text, { level: 1 })
    for (let at = 0; at < block.length; at += writeSync(this.#file, block, at));
  }
}

/** Removes the drafts that killed commands left in a folder; those of living processes stay. */
export function removeDeadDrafts(folder: string): void {
  for (const name of namesIn(folder)) {
    const pid = /\.(\d+)\.[0-9a-f]{8}\.draft$/.exec(name)?.[1]
    if (pid !== undefined && processStart(Number(pid)) === undefined) removeFile(join(folder, name))
  }
}

/** None where there is no folder; what is wrong with it shows when something is written there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
