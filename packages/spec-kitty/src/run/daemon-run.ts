import { DAEMON_TIMES, runDaemon } from '@canary-gate/sync-engine'
import { text, type Call } from '../command/define.ts'
import { VERSION } from '../command/version.ts'
import { keepMemoryFlat } from './flat-memory.ts'

const NOT_FIRST = 3

/** The daemon itself. Its times can be shortened by two environment variables, in milliseconds. */
export async function run(call: Call): Promise<number> {
  keepMemoryFlat()
  const { io } = call
  const home = text(call, 'home')
  const env = home === undefined ? io.env : { ...io.env, SPEC_KITTY_HOME: home }
  const environment = () => ({ env, version: VERSION, program: io.program, now: io.now() })
  const end = await runDaemon(environment, {
    tickMs: milliseconds(env['SPEC_KITTY_DAEMON_TICK_MS'], DAEMON_TIMES.tickMs),
    idleMs: milliseconds(env['SPEC_KITTY_DAEMON_IDLE_MS'], DAEMON_TIMES.idleMs),
  })
  return end === 'not-first' ? NOT_FIRST : 0
}

function milliseconds(value: string | undefined, otherwise: number): number {
  const number = Number(value ?? '')
  return number > 0 ? number : otherwise
}
