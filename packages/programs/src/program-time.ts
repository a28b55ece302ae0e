/**
 * How long this process has waited for programs it started: the gate's own time is the rest. Programs
 * that run side by side count once.
 */
const clock = { running: 0, since: 0, totalMs: 0 }

/** Counts the time until `ended` settles as time of a program; hands its outcome on. */
export async function whileProgramRuns<Outcome>(ended: PromiseLike<Outcome>): Promise<Outcome> {
  if (clock.running === 0) clock.since = performance.now()
  clock.running += 1
  try {
    return await ended
  } finally {
    clock.running -= 1
    if (clock.running === 0) clock.totalMs += performance.now() - clock.since
  }
}

/** Milliseconds of all programs that have ended so far. */
export function programTimeMs(): number {
  return clock.totalMs
}
