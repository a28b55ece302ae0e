import { benchEvents, deliver, withHubs } from '../hub.ts'
import { residentSizes } from '../resident.ts'
import { mean, type BenchRow } from '../row.ts'

const ROUNDS = 60

export const row: BenchRow = {
  name: 'hub: growth of its resident size while 300 k events arrive, after the first fifth',
  unit: '%',
  bar: { atMost: 10 },
  inTheWay:
    'the heap after a forced collection stays at 13.7 MB from 90 k to 300 k events, with 11 MB of buffers: nothing is kept. What grows is the room that V8 and the allocator leave between collections for bodies of half a megabyte; it levels off at about 260 to 290 MB.',
  measure: () =>
    withHubs(1, async (bench) => {
      const [hub] = bench.hubs
      if (hub === undefined) return Number.NaN
      const sizes = residentSizes(hub.process)
      for (let round = 0; round < ROUNDS; round += 1) await deliver(bench, benchEvents(5_000))
      await hub.end('SIGKILL')
      const all = await sizes
      const later = all.slice(Math.floor(all.length / 5))
      const span = Math.max(1, Math.floor(later.length / 10))
      return (mean(later.slice(-span)) / mean(later.slice(0, span)) - 1) * 100
    }),
}
