import { RETIRED_NAMES } from '@canary-gate/batch-contract'
import type { JsonObject } from '../base/json.ts'

const RETIRED_KEY = new RegExp(`"(${RETIRED_NAMES.join('|')})":`)

/** Which retired field name the written envelope carries, if any. A quote inside a value is escaped. */
export function retiredKey(envelopeText: string): string | undefined {
  return RETIRED_KEY.exec(envelopeText)?.[1]
}

/**
 * The text that is stored and later sent. The order of keys is the producer's, but the team comes
 * first, where a delivery can fill an unknown one in without parsing; `drain_blocked_reason` is local book-keeping and has its own table.
 */
export function envelopeText(event: JsonObject): string {
  const stored: Record<string, unknown> = { team_slug: null, ...event }
  stored['team_slug'] ??= null
  if ('drain_blocked_reason' in event) delete stored['drain_blocked_reason']
  return JSON.stringify(stored)
}
