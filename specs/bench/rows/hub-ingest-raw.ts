import { alternating, benchEvents, deliver, rawInsert, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 10_000

export const row: BenchRow = {
  name: 'hub: ingest of batches of 500 on four connections, compared with raw INSERT … SELECT unnest … ON CONFLICT from Node, same tables and indexes',
  unit: 'of its speed',
  bar: { atLeast: 0.7 },
  inTheWay:
    'PostgreSQL takes the same time for both, 12 ms of processor time for a batch of 500. HTTP, the token, parsing, validation and digests take the hub 16 ms more, and the sender has a core of its own less.',
  measure: () =>
    withHubs(1, async (bench) => {
      await deliver(bench, benchEvents(5_000))
      await rawInsert(bench.database, benchEvents(5_000))
      return alternating(
        5,
        () => deliver(bench, benchEvents(EVENTS)),
        () => rawInsert(bench.database, benchEvents(EVENTS)),
      )
    }),
}
