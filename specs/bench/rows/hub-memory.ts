import { benchEvents, deliver, withHubs } from '../hub.ts'
import { residentSizes } from '../resident.ts'
import { mean, type BenchRow } from '../row.ts'

const ROUNDS = 60

export const row: BenchRow = {
  name: 'hub: growth of its resident size while 300 k events arrive, after the first fifth',
  unit: '%',
  bar: { atMost: 10 },
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
