const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * Does what is due every hour, the first time a minute after the start: a hub that is restarted more often
 * than every hour does it, too. The next time begins an hour after the end of the last one.
 * @param work never fails
 * @returns ends it; what is running is finished
 */
export function startUpkeep(work: () => Promise<void>): () => void {
  let isOver = false
  const begin = (): void => void work().then(again)
  let timer = setTimeout(begin, MINUTE_MS)
  const again = (): void => {
    if (!isOver) timer = setTimeout(begin, HOUR_MS)
  }
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
