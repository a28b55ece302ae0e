import { sha256 } from '../base/digest.ts'
import { parseObject, type JsonObject } from '../base/json.ts'
import { UNKNOWN_ACCOUNT } from '../target/account.ts'

/**
 * The accounts that the events of an archive were captured under, in order: how many events in a row, and
 * whose. It is in the last line of an archive; an archive without it was made by an earlier version.
 */
export type AccountRuns = readonly (readonly [account: string, events: number])[]

/** Notes accounts one after the other; equal ones in a row take one entry. */
export class AccountNotes {
  readonly #runs: [account: string, events: number][] = []

  add(account: string): void {
    const last = this.#runs.at(-1)
    if (last?.[0] === account) last[1] += 1
    else this.#runs.push([account, 1])
  }

  get runs(): AccountRuns {
    return this.#runs
  }
}

/** The members of the last line that tell the accounts, with a checksum of their own. */
export function accountMembers(accounts: AccountRuns): Record<string, unknown> {
  return { accounts, accounts_sha256: sha256(JSON.stringify(accounts)) }
}

/**
 * The accounts that the last line of an archive tells: none at all in one of an earlier version; undefined
 * where they are not what was written.
 */
export function accountRunsIn(end: JsonObject, events: number): AccountRuns | undefined {
  const { accounts, accounts_sha256: digest } = end
  if (accounts === undefined && digest === undefined) return []
  if (!Array.isArray(accounts) || !accounts.every(isRun)) return undefined
  const counted = accounts.reduce((sum, [, count]) => sum + count, 0)
  return counted === events && digest === sha256(JSON.stringify(accounts)) ? accounts : undefined
}

function isRun(value: unknown): value is [string, number] {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [account, events] = value as unknown[]
  return typeof account === 'string' && Number.isSafeInteger(events) && Number(events) > 0
}

export interface OfAccount {
  /** Empty for what was captured without a login, and where nothing is known. */
  readonly account: string
  readonly lines: readonly string[]
}

/** Hands out lines with the accounts that they were captured under. */
export class AccountReader {
  readonly #runs: AccountRuns
  #at = 0
  #taken = 0

  constructor(runs: AccountRuns = []) {
    this.#runs = runs
  }

  *of(lines: readonly string[]): Generator<OfAccount> {
    for (let from = 0; from < lines.length;) {
      const run = this.#runs[this.#at]
      const count = run === undefined ? lines.length - from : run[1] - this.#taken
      const part = lines.slice(from, from + count)
      yield { account: run?.[0] ?? '', lines: part }
      from += part.length
      this.#taken += part.length
      if (run === undefined || this.#taken < run[1]) continue
      this.#at += 1
      this.#taken = 0
    }
  }
}

const EXPORT_FORMAT = 'spec-kitty-export'
const BEGINNING = `{"format":"${EXPORT_FORMAT}","events":`

/**
 * The last line of an exported file: the accounts of the lines before it. There is none where nothing was
 * captured under an account.
 */
export function exportEnd(accounts: AccountRuns): string | undefined {
  if (accounts.every(([account]) => account === '')) return undefined
  const events = accounts.reduce((sum, [, count]) => sum + count, 0)
  return JSON.stringify({ format: EXPORT_FORMAT, events, ...accountMembers(accounts) })
}

export function isExportEnd(line: string): boolean {
  return line.startsWith(BEGINNING)
}

/**
 * Learns the accounts of a file of lines, line by line; files may be written one after the other. Where lines
 * were added to an export, or left out, nobody can tell any more whose each of them is.
 */
export class ExportedAccounts {
  readonly #runs: [string, number][] = []
  #lines = 0

  read(line: string): void {
    if (!isExportEnd(line)) {
      this.#lines += 1
      return
    }
    const told = accountRunsIn(parseObject(line) ?? {}, this.#lines) ?? []
    if (told.length > 0) for (const [account, events] of told) this.#runs.push([account, events])
    else if (this.#lines > 0) this.#runs.push([UNKNOWN_ACCOUNT, this.#lines])
    this.#lines = 0
  }

  get runs(): AccountRuns {
    return this.#runs
  }
}
