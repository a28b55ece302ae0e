import { homeFolder, lostEventsIn, lostText } from '@canary-gate/sync-engine'
import type { Call } from './define.ts'

export const REPAIR = 'spec-kitty doctor journal --repair'

/** Commands that read or write events; status and doctor say it in their reports, as a delivery does. */
const OF_EVENTS = /^spec-kitty (agent|sync (?!daemon|status|server))/

/** What the journal of this home had and has no more, in words. */
export function lostHere({ command, io }: Call): string | undefined {
  if (!OF_EVENTS.test(command)) return undefined
  const lost = lostEventsIn(homeFolder(io.env))
  return lost && lostText(lost)
}
