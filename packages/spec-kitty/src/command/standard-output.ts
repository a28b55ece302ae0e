import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1

/** How long a full pipe is left alone. */
const PAUSE_MS = 2

let isClosed = false

/**
 * Writes to standard output and returns when it is written. A stream would take everything and keep what a slow
 * reader has not read yet: an export of gigabytes would be in memory. A reader that went away wanted no more;
 * any other failure goes the way of those of the stream.
 */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length && !isClosed;) at += writeSome(bytes, at)
}

/** @returns how many bytes were written; none while the pipe is full */
function writeSome(bytes: Buffer, at: number): number {
  try {
    return writeSync(STANDARD_OUTPUT, bytes, at)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    else {
      isClosed = true
      process.stdout.emit('error', cause)
    }
    return 0
  }
}
