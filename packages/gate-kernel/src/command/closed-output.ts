/**
 * Lets the process outlive the reader of its output: after `| head -1` the rest is printed to no reader,
 * which ends neither a run nor its evidence. Ctrl-C ends a run.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeListener('error', onlyIfGone).on('error', onlyIfGone)
  }
}

function onlyIfGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
