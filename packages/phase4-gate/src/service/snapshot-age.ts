/** A health snapshot older than this is history, not the state of the service. */
export const snapshotLifetimeMs = 24 * 60 * 60 * 1000

/** Clocks of two machines may differ by this much. */
export const clockDifferenceMs = 60_000

/** Milliseconds since a snapshot was taken; negative where its time is in the future. */
export function ageMsOf(takenAt: string, now: Date): number {
  return now.getTime() - Date.parse(takenAt)
}

/** Whether a snapshot is no longer evidence: one is good for 24 hours. */
export function isTooOld(takenAt: string, now: Date): boolean {
  return !(ageMsOf(takenAt, now) < snapshotLifetimeMs)
}

/** Whether a snapshot says that it is taken later than now, by more than clocks differ. */
export function isFromTheFuture(takenAt: string, now: Date): boolean {
  return ageMsOf(takenAt, now) < -clockDifferenceMs
}
