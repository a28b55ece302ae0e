import { daemonWords, type CommandContext, type DaemonProgram } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'

/** Starts this very program again, as the daemon of this home. */
export function programOf({ io }: Call, { paths }: CommandContext): DaemonProgram {
  return {
    command: process.execPath,
    args: [...process.execArgv, io.program, ...daemonWords(paths.home)],
    env: { ...io.env, SPEC_KITTY_HOME: paths.home },
  }
}
