/** The output could not be written: the caller has not got what it asked for. */
const REFUSED = 2

/**
 * Keeps the process on its feet when its output goes nowhere. A reader that went away (`| head`) wanted
 * no more, so the command finishes its work in silence; a full disk is said aloud and fails the command.
 */
export function surviveClosedOutput(): void {
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE') return
    process.once('exit', () => (process.exitCode = REFUSED))
    process.stderr.write(
      `Refused: the output cannot be written: ${cause.message}\n  where: standard output\n  next:  send it elsewhere and repeat the command\n`,
    )
  })
  process.stderr.on('error', () => undefined)
}
