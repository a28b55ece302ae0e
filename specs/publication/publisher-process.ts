import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokens } from '../../fixtures/github/index.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'

export interface PublisherProcess {
  /** Ends it at once, as a power cut would: nothing of it runs any more. */
  kill(): void
  readonly ended: Promise<unknown>
}

/** Publishes a run in a process of its own, which can be killed. */
export function startPublisher(run: GateRun): PublisherProcess {
  writeFileSync(join(run.folder, 'github.json'), JSON.stringify(run.world.github))
  const program = join(import.meta.dirname, 'publisher-program.ts')
  const child = spawn(process.execPath, [program, run.folder], {
    env: { PATH: process.env['PATH'], HOME: run.folder, GITHUB_TOKEN: tokens.operator },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return { kill: () => void child.kill('SIGKILL'), ended: once(child, 'exit') }
}
