import type { Io } from './io.ts'

/** Quick commands stay quiet; a bar appears only after this long. */
const QUIET_MS = 2_000

export interface ProgressBar {
  add: (count: number) => void
  end: () => void
}

/** A counter on standard error while a long step runs; silent where nobody watches. */
export function progressBar(io: Io, what: string): ProgressBar {
  const since = io.now()
  let count = 0
  let isDrawn = false
  return {
    add: (more) => {
      count += more
      if (!io.isTerminal || io.now() - since < QUIET_MS) return
      isDrawn = true
      io.draw(`\r${count} ${what}, ${Math.round((io.now() - since) / 1000)} s `)
    },
    end: () => {
      if (isDrawn) io.draw('\n')
    },
  }
}
