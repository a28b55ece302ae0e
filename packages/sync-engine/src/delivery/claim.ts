import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import type { Target } from './targets.ts'

/** The right to post to one target, held by one dispatcher at a time and ended by its record. */
export interface Claim {
  readonly holder: string
  readonly generationId: number
  /** Everything up to here is recorded. */
  readonly from: number
  /** Everything up to here is durably marked as attempted. */
  readonly through: number
}

export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'held'; readonly pid: number; readonly untilMs: number }

/** How many events one durable claim covers: one disk flush for many batches. */
const WINDOW = 10_000

/** Longer than a POST and a wait together, so a living holder always renews in time. */
export const LEASE_MS = 180_000

interface Lease {
  readonly recorded_through: number
  readonly claimed_through: number
  readonly lease_holder: string | null
  readonly lease_pid: number | null
  readonly lease_until_ms: number | null
}

/**
 * Takes or renews the right to post to a target and marks the next events as attempted, durably,
 * before any of them leaves (SYNC/T039). A lapsed lease is free again: its holder died mid-send.
 * @param holder unique per dispatcher
 * @param isAlive whether a process id still runs; a dead holder's lease need not lapse first
 */
export function claimNext(
  journal: Journal,
  target: Target,
  holder: string,
  isAlive: (pid: number) => boolean = processIsAlive,
): ClaimAnswer {
  const { db } = journal
  const take = db.transaction((): ClaimAnswer => {
    const lease = leaseOf(journal, target.generationId)
    const held = heldByOther(lease, { holder, nowMs: journal.now(), isAlive })
    if (held !== undefined) return held
    const through = extend(journal, target, lease, holder)
    const { generationId } = target
    return {
      kind: 'claimed',
      claim: { holder, generationId, from: lease.recorded_through, through },
    }
  })
  return withReserve(db, journal.path, () => take.immediate())
}

/** The process that the lease of a target names, for messages. */
export function leaseHolder(journal: Journal, { generationId }: Target): number | undefined {
  return leaseOf(journal, generationId).lease_pid ?? undefined
}

function leaseOf({ db }: Journal, generationId: number): Lease {
  const lease = statement<Lease>(
    db,
    `SELECT recorded_through, claimed_through, lease_holder, lease_pid, lease_until_ms
     FROM generations WHERE generation_id = ?`,
  ).get(generationId)
  if (lease === undefined) throw new Error(`generation ${generationId} is not in the journal`)
  return lease
}

interface Asker {
  readonly holder: string
  readonly nowMs: number
  readonly isAlive: (pid: number) => boolean
}

function heldByOther(lease: Lease, { holder, nowMs, isAlive }: Asker): ClaimAnswer | undefined {
  const { lease_holder, lease_pid, lease_until_ms } = lease
  if (lease_holder === null || lease_pid === null || lease_until_ms === null) return undefined
  if (lease_holder === holder || lease_until_ms <= nowMs || !isAlive(lease_pid)) return undefined
  // Farther off than any lease ever is: it was written under a clock that was ahead.
  if (lease_until_ms > nowMs + LEASE_MS) return undefined
  return { kind: 'held', pid: lease_pid, untilMs: lease_until_ms }
}

/** Rows past the claim of any target may still collapse, so the claim and its mark are one commit. */
function extend(journal: Journal, target: Target, lease: Lease, holder: string): number {
  const { db } = journal
  const newest = Number(statement(db, 'SELECT coalesce(max(seq), 0) FROM events').pluck().get())
  const through = Math.max(lease.claimed_through, Math.min(lease.recorded_through + WINDOW, newest))
  statement(
    db,
    `UPDATE generations SET claimed_through = ?, lease_holder = ?, lease_pid = ?, lease_until_ms = ?
     WHERE generation_id = ?`,
  ).run(through, holder, process.pid, journal.now() + LEASE_MS, target.generationId)
  statement(
    db,
    'UPDATE journal_state SET claimed_through = @through WHERE claimed_through < @through',
  ).run({ through })
  return through
}

/** Gives the right back; what was claimed and not posted stays undelivered and is next in line. */
export function releaseClaim(journal: Journal, claim: Claim): void {
  const { db, path } = journal
  const release = statement(
    db,
    `UPDATE generations SET lease_holder = NULL, lease_pid = NULL, lease_until_ms = NULL
     WHERE generation_id = ? AND lease_holder = ?`,
  )
  withReserve(db, path, () => release.run(claim.generationId, claim.holder))
}

/** EPERM means it runs and belongs to somebody else. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}
