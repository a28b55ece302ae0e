import { daemonWords, type Foreground, type Launch } from '../../sync/index.ts'
import type { Call } from '../define.ts'

/** Keeps the young generation small: a drain's garbage is short-lived, and its memory stays flat. */
const FLAT_MEMORY = '--max-semi-space-size=8'

/** Starts this very program again, as the daemon of this home. */
export function launchOf({ io }: Call, { paths }: Foreground): Launch {
  return {
    command: process.execPath,
    args: [...process.execArgv, FLAT_MEMORY, io.program, ...daemonWords(paths.home)],
    env: { ...io.env, SPEC_KITTY_HOME: paths.home },
  }
}
