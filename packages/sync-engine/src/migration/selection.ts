/** Which undecided conflicts a decision is about; null means all. */
export interface Selection {
  readonly eventId: string | null
  /** `legacy` or a digest. */
  readonly source: string | null
}

/** The condition for them, on the table or alias that holds conflicts. */
export function selected(conflicts: string): string {
  return `${conflicts}.resolved_at_ms IS NULL
    AND (@eventId IS NULL OR ${conflicts}.event_id = @eventId)
    AND (@source IS NULL OR ${conflicts}.source = @source)`
}

/** What a decision did. */
export interface ResolveReport {
  readonly resolved: number
  /** Conflicts that this decision cannot end, the first of them with the reason. */
  readonly refused: readonly { readonly eventId: string; readonly why: string }[]
  readonly refusedCount: number
}
