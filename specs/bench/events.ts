import { anEvent } from '../../fixtures/engine/events.ts'
import type { EventEnvelope } from '../../packages/batch-contract/src/index.ts'

/** The rest of an event that is about a kilobyte of JSON, as the field's events are. */
const PAYLOAD = {
  wp_id: 'WP01',
  title: 'Deliver the retained events',
  note: 'a status line of the kind that work packages carry; '.repeat(9),
  tags: ['sync', 'journal', 'ledger', 'delivery', 'retention'],
}

/** That many events of about a kilobyte each, in order. */
export function kilobyteEvents(count: number): EventEnvelope[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent({ lamport_clock: index, aggregate_id: `WP${index}`, payload: PAYLOAD }),
  )
}
