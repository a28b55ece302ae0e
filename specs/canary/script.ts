/** What a played harness does; everything it does not say is as a good harness would. */
export interface Script {
  /** Laid over the document of a run, by its number. */
  readonly runs?: Readonly<Record<string, object>>
  /** Numbers of the runs whose files are written; all if absent. */
  readonly writes?: readonly number[]
  /** Written as every run file instead of a document. */
  readonly text?: string
  /** Written as `latest.json` instead of the newest run. */
  readonly latest?: string
  readonly exitCode?: number
  readonly prints?: string
  /** Never ends after the last run. */
  readonly hangs?: boolean
  /** A command that runs within the run of this number, before its file is written. */
  readonly during?: Readonly<Record<string, readonly string[]>>
  /** A command that runs after the run of this number. */
  readonly after?: Readonly<Record<string, readonly string[]>>
}

/** Scenario results with one failure. */
export function failing(id: number, failureMode: string, details: string): object {
  const names = ['Fresh', 'Legacy', 'Owner', 'Review']
  return {
    outcome: 'fail',
    scenarios: names.map((name, index) =>
      index + 1 === id
        ? { id, name, status: 'fail', failure_mode: failureMode, details }
        : { id: index + 1, name, status: 'pass', failure_mode: null },
    ),
  }
}

export const rollbackLost = failing(
  4,
  'rollback_not_queued',
  "newest row from='for_review' to='in_review'",
)
export const queuedAsUnknown = failing(1, 'sync.event_loop_unavailable', 'Errors: 24 (unknown: 24)')
