import { alternating, benchEvents, deliver, rawInsert, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 10_000

export const row: BenchRow = {
  name: 'hub: ingest of batches of 500 on four connections, compared with raw INSERT … SELECT unnest … ON CONFLICT from Node, same tables and indexes',
  unit: 'of its speed',
  bar: { atLeast: 0.7 },
  inTheWay:
    'the sender, the hub and the database share the cores, while the baseline has no sender of its own: HTTP, the token, parsing and validation come on top of the same statement.',
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
