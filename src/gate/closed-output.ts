/**
 * Lets the process outlive whoever reads its output: after `| head -1` the rest is printed to nobody,
 * which ends neither a run nor its evidence. Whoever wants to end a run presses Ctrl-C.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeListener('error', onlyIfGone).on('error', onlyIfGone)
  }
}

function onlyIfGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
