import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { layLogin } from '../../../fixtures/cli/login.ts'
import { setConfig } from '../../../packages/sync-engine/src/home/config-file.ts'
import { bigJournal } from '../big-journal.ts'
import { installedProgram } from '../installed.ts'
import { residentSizes } from '../resident.ts'
import { mean, type BenchRow } from '../row.ts'
import { startParsingServer } from '../server.ts'

const EVENTS = 1_000_000

export const row: BenchRow = {
  name: 'growth of the resident size while spec-kitty sync now drains 1 M events, after the first fifth',
  unit: '%',
  bar: { atMost: 10 },
  measure: async () => {
    const sizes = await sizesOfDrain()
    const later = sizes.slice(Math.floor(sizes.length / 5))
    // The first samples after the fifth and the last: one alone is at the mercy of a collection.
    const span = Math.max(1, Math.floor(later.length / 10))
    return (mean(later.slice(-span)) / mean(later.slice(0, span)) - 1) * 100
  },
}

/** Resident sizes of the command as an operator runs it, from its start to its end. */
async function sizesOfDrain(): Promise<number[]> {
  const { home } = bigJournal(EVENTS)
  const program = await installedProgram()
  await using server = await startParsingServer()
  setConfig(join(home, 'config.toml'), 'sync', 'server_url', server.url)
  layLogin(home, server.url)
  const command = spawn(process.execPath, [program, 'sync', 'now'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      SPEC_KITTY_HOME: home,
      SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
    },
  })
  const ended = once(command, 'exit')
  const sizes = await residentSizes(command)
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new Error(`the drain ended with ${code ?? 'a signal'}`)
  return sizes
}
