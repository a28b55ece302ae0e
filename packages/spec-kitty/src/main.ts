import { explainSqlite, homeFolder, journalPath } from '@canary-gate/sync-engine'
import { CATALOGUE } from './catalogue/index.ts'
import { complain } from './command/complain.ts'
import { printJson, processIo, withVisibleControls, type Edges, type Io } from './command/io.ts'
import { UsageError } from './command/define.ts'
import { buildProgram } from './program.ts'
import { VERSION } from './command/version.ts'

const USAGE = 64
const BUG = 70

/**
 * Runs `spec-kitty` with the words after its name and returns the exit code.
 * The code is 0 when done, 2 for a refusal, 64 for a wrong command line; see docs/cli.md.
 */
export async function main(argv: string[], edges: Edges = processIo()): Promise<number> {
  const io = withVisibleControls(edges)
  const wantsJson = argv.includes('--json')
  try {
    return await buildProgram(CATALOGUE, VERSION, io)(argv)
  } catch (cause) {
    if (cause instanceof UsageError) return usage(cause, io, wantsJson)
    const known = ofJournal(cause, io)
    return complain(known, io, wantsJson) ?? bug(known, io, wantsJson)
  } finally {
    io.progress.end()
  }
}

/**
 * SQLite does not name the file. Whoever opens another database of the home says which one it is, so what is
 * left is about the journal: a damaged page is met by whichever statement comes to it first.
 */
function ofJournal(cause: unknown, { env }: Io): unknown {
  // Only then: a home that is nowhere is a refusal of its own.
  const isOfSqlite =
    cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_')
  if (!isOfSqlite || 'path' in cause) return cause
  return explainSqlite(cause, journalPath(homeFolder(env)))
}

/** What is wrong stands on standard error already; a script gets it as JSON too. */
function usage({ message }: UsageError, io: Io, wantsJson: boolean): number {
  if (wantsJson)
    printJson(io, {
      ok: false,
      error_code: 'usage',
      error: message.replace(/^error: /, ''),
      where: 'command line',
      remediation: ['add --help for the details'],
    })
  return USAGE
}

/** Anything unexpected: name the fault and where it arose, never swallow it. */
function bug(cause: unknown, io: Io, wantsJson: boolean): number {
  const story = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  io.err(`spec-kitty: this is a bug, please report it with these lines\n${story}\n`)
  if (wantsJson)
    printJson(io, {
      ok: false,
      error_code: 'bug',
      error: cause instanceof Error ? cause.message : String(cause),
      where: 'spec-kitty',
      remediation: ['report it with the lines on standard error'],
    })
  return BUG
}
