import type { Io } from './io.ts'

/** Quick commands stay quiet; a bar appears only after this long. */
const QUIET_MS = 2_000

export interface ProgressBar {
  /** @param what another name begins another count */
  add: (count: number, what?: string) => void
  end: () => void
}

/** A counter on standard error while a long step runs; silent where nobody watches. */
export function progressBar(io: Io, what: string): ProgressBar {
  const since = io.now()
  let counted = { what, count: 0 }
  let isDrawn = false
  return {
    add: (more, of = what) => {
      counted = { what: of, count: (counted.what === of ? counted.count : 0) + more }
      if (!io.isTerminal || io.now() - since < QUIET_MS) return
      isDrawn = true
      const passed = Math.round((io.now() - since) / 1000)
      io.draw(`\r${counted.count} ${counted.what}, ${passed} s `)
    },
    end: () => {
      if (isDrawn) io.draw('\n')
    },
  }
}
