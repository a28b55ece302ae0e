import { tick, type HeardClocks } from './clock.ts'
import { envelope, type Envelope, type Happening } from './envelope.ts'
import type { Project } from './project.ts'

/** How the events of missions are stored: in the journal, before any other effect (SYNC/FR-017). */
export interface Emitter {
  readonly home: string
  readonly project: Project
  readonly teamSlug: string | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A fresh, time-ordered identity. */
  readonly newId: () => string
  readonly heard: HeardClocks
  /** Stores all of them in one transaction; durable when it returns. */
  readonly capture: (events: readonly Envelope[]) => void
}

/** Captures what happened, in this order, and returns the envelopes as stored. */
export function emit(emitter: Emitter, happenings: readonly Happening[]): Envelope[] {
  const clock = tick(emitter.home, happenings.length, emitter.heard)
  const at = new Date(emitter.now()).toISOString()
  const events = happenings.map((happening, index) =>
    envelope(happening, {
      eventId: emitter.newId(),
      at,
      clock: { ...clock, lamportClock: clock.lamportClock + index },
      project: emitter.project,
      teamSlug: emitter.teamSlug,
    }),
  )
  emitter.capture(events)
  return events
}
