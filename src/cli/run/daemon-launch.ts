import { daemonWords, type Foreground, type Launch } from '../../sync/index.ts'
import type { Call } from '../define.ts'

/** Starts this very program again, as the daemon of this home. */
export function launchOf({ io }: Call, { paths }: Foreground): Launch {
  return {
    command: process.execPath,
    args: [...process.execArgv, io.program, ...daemonWords(paths.home)],
    env: { ...io.env, SPEC_KITTY_HOME: paths.home },
  }
}
