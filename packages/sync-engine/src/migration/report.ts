/** What a source file turned out to be. */
export type SourceState = 'migrated' | 'nothing-waiting' | 'conflicts' | 'failed'

export interface EventCounts {
  readonly imported: number
  /** Already in the journal with the same content. */
  readonly deduplicated: number
  /** In the journal with other content; both are kept until somebody decides. */
  readonly conflicts: number
  /** Rows that hold no event; they stay where they are. */
  readonly unreadable: number
}

export interface TableCounts {
  readonly imported: number
  readonly deduplicated: number
  /** Same key, other content: they stay where they are. */
  readonly divergent: number
  /** Left in place because nobody is logged in, so no scope is active. */
  readonly waiting: number
}

export interface SourceReport {
  readonly path: string
  /** `legacy`, or the 16 hex digits of the file's name. */
  readonly digest: string
  /** Whether the digest is that of the active scope; a digest is one-way, so any other stays unknown. */
  readonly scope: 'known' | 'unknown'
  readonly shape: string
  readonly state: SourceState
  readonly events: EventCounts
  readonly bodies: TableCounts
  readonly failureLog: TableCounts
}

export interface SourceError {
  readonly path: string
  readonly problem: string
  readonly remedy: string
}

export interface MigrationReport {
  readonly imported: number
  readonly deduplicated: number
  /** Conflicts of the whole journal that nobody has decided yet. */
  readonly conflicts: number
  readonly sourceErrors: readonly SourceError[]
  readonly bodies: { readonly imported: number; readonly deduplicated: number }
  readonly failureLog: { readonly imported: number; readonly deduplicated: number }
  readonly sources: readonly SourceReport[]
  readonly dryRun: boolean
}

export const NO_EVENTS: EventCounts = { imported: 0, deduplicated: 0, conflicts: 0, unreadable: 0 }
export const NO_ROWS: TableCounts = { imported: 0, deduplicated: 0, divergent: 0, waiting: 0 }

/** Sums the sources up. Pure. */
export function summarize(
  sources: readonly SourceReport[],
  sourceErrors: readonly SourceError[],
  openConflicts: number,
  dryRun: boolean,
): MigrationReport {
  const sum = (read: (source: SourceReport) => number): number =>
    sources.reduce((total, source) => total + read(source), 0)
  return {
    imported: sum(({ events }) => events.imported),
    deduplicated: sum(({ events }) => events.deduplicated),
    conflicts: openConflicts,
    sourceErrors,
    bodies: {
      imported: sum(({ bodies }) => bodies.imported),
      deduplicated: sum(({ bodies }) => bodies.deduplicated),
    },
    failureLog: {
      imported: sum(({ failureLog }) => failureLog.imported),
      deduplicated: sum(({ failureLog }) => failureLog.deduplicated),
    },
    sources,
    dryRun,
  }
}
