/** Quick commands stay quiet; this long nobody wonders. */
const QUIET_MS = 2_000

/** Standard error, or what stands for it. */
export interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/**
 * Says on a terminal, once a second, what a command waits for and how long it has; the line is taken away
 * when the work ends. Silent where nobody watches.
 */
export async function busy<T>(
  what: string,
  work: Promise<T>,
  screen: Screen = process.stderr,
): Promise<T> {
  if (screen.isTTY !== true) return work
  const since = performance.now()
  let drawn = 0
  const timer = setInterval(() => {
    const passedMs = performance.now() - since
    if (passedMs < QUIET_MS) return
    drawn += 1
    screen.write(`\r${what}, ${Math.floor(passedMs / 1_000)} s `)
  }, 1_000)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (drawn > 0) screen.write('\r\u001b[K')
  }
}
