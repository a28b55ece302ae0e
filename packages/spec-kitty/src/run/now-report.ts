import {
  endOfPass,
  type DrainReport,
  type End,
  type MigrationReport,
  type PassReport,
} from '@canary-gate/sync-engine'
import { documentsJson, streamJson } from './consent-text.ts'
import { divergentDocuments, strandedRows } from './migrate-text.ts'

export interface NowSummary {
  readonly total_events: number
  readonly synced: number
  readonly duplicates: number
  readonly pending: number
  readonly failed: number
  /** Events that this run did not send; they are here still. */
  readonly waiting: number
  /** Failed events by category. */
  readonly categories: Readonly<Record<string, number>>
}

export interface NowReport {
  readonly generated_at: string
  readonly ok: boolean
  /** Where deliveries stand, in the word that status and the daemon use as well. */
  readonly ending: End
  readonly summary: NowSummary
  readonly failures: readonly { event_id: string; error: string | null; category: string }[]
  /** Events that the target does not have yet; null where nothing is ever sent. */
  readonly undelivered: number | null
  readonly stopped: { what: string; next: string } | null
  readonly bodies: PassReport['bodies'] | null
  /** What was captured and is not in the journal any more, in words; null where nothing is missing. */
  readonly events_lost: string | null
  /** Events that the target refused for good; nothing sends them again by itself. */
  readonly failed_for_good: number
  /** Events that may not go out before somebody agrees; `sync allow` does. */
  readonly waiting_for_consent: readonly object[]
  /** Documents that may not go out before somebody agrees. */
  readonly documents_waiting_for_consent: readonly object[]
  /** Work that was found in old queues. */
  readonly migration: Pick<MigrationReport, 'imported' | 'conflicts' | 'sourceErrors'> & {
    /** Documents that stay where they are while another text waits under their key. */
    readonly divergentDocuments: number
  }
}

/** The report of `sync now`. Pending is activity, not an error; a stop is an error. Pure. */
export function reportOf(pass: PassReport, moved: MigrationReport, now: number): NowReport {
  const { delivery, bodies, waiting } = pass
  const summary = summaryOf(delivery)
  const failedForGood = undecided(delivery)
  const ending = endOfPass(pass, strandedRows(moved))
  const isStopped = delivery !== undefined && delivery.stop.kind !== 'finished'
  return {
    generated_at: new Date(now).toISOString(),
    ok: ending.ok,
    ending,
    summary,
    events_lost: pass.lost ?? null,
    failures: (delivery?.failures ?? [])
      .filter(({ status }) => status !== 'pending')
      .map(({ eventId, category, detail }) => ({
        event_id: eventId,
        error: detail ?? null,
        category: category ?? 'unknown',
      })),
    undelivered: delivery?.counts.undelivered ?? null,
    stopped: isStopped ? { what: ending.what, next: ending.next ?? '' } : null,
    bodies: bodies ?? null,
    failed_for_good: failedForGood,
    waiting_for_consent: waiting.map(streamJson),
    documents_waiting_for_consent: (bodies?.forConsent ?? []).map(documentsJson),
    migration: {
      imported: moved.imported,
      conflicts: moved.conflicts,
      sourceErrors: moved.sourceErrors,
      divergentDocuments: divergentDocuments(moved),
    },
  }
}

/** Refused for good, and nobody has decided about it. */
function undecided(delivery: DrainReport | undefined): number {
  if (delivery === undefined) return 0
  const { counts } = delivery
  return counts['terminal-failed'] - counts.dismissed
}

function summaryOf(delivery: DrainReport | undefined): NowSummary {
  if (delivery === undefined) return NOTHING
  const { success: synced, duplicate: duplicates, pending, ...rest } = delivery.verdicts
  const failed = rest.rejected + rest.transient + rest['terminal-failed']
  const total = synced + duplicates + pending + failed
  return {
    total_events: total,
    synced,
    duplicates,
    pending,
    failed,
    waiting: delivery.counts.untried,
    categories: categoriesOf(delivery),
  }
}

const NOTHING: NowSummary = {
  total_events: 0,
  synced: 0,
  duplicates: 0,
  pending: 0,
  failed: 0,
  waiting: 0,
  categories: {},
}

function categoriesOf({ failures }: DrainReport): Record<string, number> {
  const categories: Record<string, number> = {}
  for (const { status, category = 'unknown' } of failures)
    if (status !== 'pending') categories[category] = (categories[category] ?? 0) + 1
  return categories
}

/** The last line, in the words that scripts look for. */
export function countsLine(summary: NowSummary): string {
  const unknown = Object.entries(summary.categories).map(([name, count]) => `${name}: ${count}`)
  const rest = summary.waiting === 0 ? '' : ` / Waiting: ${summary.waiting}`
  const detail = unknown.length === 0 ? '' : ` (${unknown.join(', ')})`
  return `Synced: ${summary.synced} / Duplicates: ${summary.duplicates} / Pending: ${summary.pending} / Errors: ${summary.failed}${detail}${rest}`
}
