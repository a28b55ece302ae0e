import type { Io } from './context.ts'

/** Quick commands stay quiet; this long nobody wonders. */
const QUIET_MS = 2_000

/** What is being done now, for people. */
export type Say = (what: string) => void

/**
 * Says on a terminal, once a second, what a command does and how long it has; the line is taken away when the
 * work ends. Silent where nobody watches, and for a script that asked for JSON.
 * @param first what is done until the work says something else
 */
export async function watched<T>(
  io: Io,
  json: boolean | undefined,
  first: string,
  work: (say: Say) => Promise<T>,
): Promise<T> {
  let what = first
  const say: Say = (next) => void (what = next)
  if (io.isTerminal !== true || json === true) return work(say)
  const began = performance.now()
  let drawn = 0
  const timer = setInterval(() => {
    const passedMs = performance.now() - began
    if (passedMs < QUIET_MS) return
    drawn += 1
    io.err(`\r\u001b[K${what}, ${Math.floor(passedMs / 1_000)} s `)
  }, 1_000)
  try {
    return await work(say)
  } finally {
    clearInterval(timer)
    if (drawn > 0) io.err('\r\u001b[K')
  }
}
