import type { Io } from './io.ts'

/**
 * Runs work that ends early and cleanly when somebody presses Ctrl-C: the first time the running batch
 * is finished and recorded, the second time the process ends at once. Nothing is lost either way.
 */
export async function interruptible<T>(
  io: Io,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const interrupt = (): void => {
    io.err('Finishing the running batch; press Ctrl-C again to end at once.\n')
    stop.abort()
  }
  process.once('SIGINT', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.removeListener('SIGINT', interrupt)
  }
}
