import type { DrainReport, DrainStop, MigrationReport, PassReport } from '../../sync/index.ts'
import { divergentDocuments } from './migrate-text.ts'

export interface NowSummary {
  readonly total_events: number
  readonly synced: number
  readonly duplicates: number
  readonly pending: number
  readonly failed: number
  /** Failed events by category. */
  readonly categories: Readonly<Record<string, number>>
}

export interface NowReport {
  readonly generated_at: string
  readonly ok: boolean
  readonly summary: NowSummary
  readonly failures: readonly { event_id: string; error: string | null; category: string }[]
  /** Events that the target does not have yet; null where nothing is ever sent. */
  readonly undelivered: number | null
  readonly stopped: { what: string; next: string } | null
  readonly bodies: PassReport['bodies'] | null
  /** Work that was found in old queues. */
  readonly migration: Pick<MigrationReport, 'imported' | 'conflicts' | 'sourceErrors'> & {
    /** Documents that stay where they are while another text waits under their key. */
    readonly divergentDocuments: number
  }
}

/** The report of `sync now`. Pending is activity, not an error; a stop is an error. Pure. */
export function reportOf(
  { delivery, bodies }: PassReport,
  moved: MigrationReport,
  now: number,
): NowReport {
  const summary = summaryOf(delivery)
  const stopped = delivery === undefined ? null : stopOf(delivery.stop)
  return {
    generated_at: new Date(now).toISOString(),
    ok:
      summary.failed === 0 &&
      stopped === null &&
      (bodies?.failed ?? 0) === 0 &&
      bodies?.stopped === undefined &&
      moved.conflicts + moved.sourceErrors.length + divergentDocuments(moved) === 0,
    summary,
    failures: (delivery?.failures ?? [])
      .filter(({ status }) => status !== 'pending')
      .map(({ eventId, category, detail }) => ({
        event_id: eventId,
        error: detail ?? null,
        category: category ?? 'unknown',
      })),
    undelivered: delivery?.counts.undelivered ?? null,
    stopped,
    bodies: bodies ?? null,
    migration: {
      imported: moved.imported,
      conflicts: moved.conflicts,
      sourceErrors: moved.sourceErrors,
      divergentDocuments: divergentDocuments(moved),
    },
  }
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
    categories: categoriesOf(delivery),
  }
}

const NOTHING: NowSummary = {
  total_events: 0,
  synced: 0,
  duplicates: 0,
  pending: 0,
  failed: 0,
  categories: {},
}

function categoriesOf({ failures }: DrainReport): Record<string, number> {
  const categories: Record<string, number> = {}
  for (const { status, category = 'unknown' } of failures)
    if (status !== 'pending') categories[category] = (categories[category] ?? 0) + 1
  return categories
}

function stopOf(stop: DrainStop): { what: string; next: string } | null {
  switch (stop.kind) {
    case 'finished':
      return null
    case 'interrupted':
      return { what: 'interrupted', next: 'run: spec-kitty sync now' }
    case 'lost-claim':
      return { what: 'another process took over', next: 'nothing to do; it goes on' }
    case 'held':
      return { what: `process ${stop.pid} delivers already`, next: 'nothing to do; it goes on' }
    case 'blocked':
    case 'denied':
    case 'unavailable':
      return { what: stop.what, next: stop.next }
  }
}

/** The last line, in the words that scripts look for. */
export function countsLine(summary: NowSummary): string {
  const unknown = Object.entries(summary.categories).map(([name, count]) => `${name}: ${count}`)
  const detail = unknown.length === 0 ? '' : ` (${unknown.join(', ')})`
  return `Synced: ${summary.synced} / Duplicates: ${summary.duplicates} / Pending: ${summary.pending} / Errors: ${summary.failed}${detail}`
}
