import { CATALOGUE } from './catalogue/index.ts'
import { complain } from './complain.ts'
import type { Io } from './io.ts'
import { processIo } from './io.ts'
import { buildProgram, UsageError } from './program.ts'
import { VERSION } from './version.ts'

const USAGE = 64
const BUG = 70

/**
 * Runs `spec-kitty` with the words after its name and returns the exit code.
 * The code is 0 when done, 2 for a refusal, 64 for a wrong command line; see docs/cli.md.
 */
export async function main(argv: string[], io: Io = processIo()): Promise<number> {
  const wantsJson = argv.includes('--json')
  try {
    return await buildProgram(CATALOGUE, VERSION, io)(argv)
  } catch (cause) {
    if (cause instanceof UsageError) return USAGE
    return complain(cause, io, wantsJson) ?? bug(cause, io)
  }
}

/** Anything unexpected: name the fault and where it arose, never swallow it. */
function bug(cause: unknown, io: Io): number {
  const story = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  io.err(`spec-kitty: this is a bug, please report it with these lines\n${story}\n`)
  return BUG
}
