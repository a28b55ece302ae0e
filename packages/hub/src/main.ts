import { Command, CommanderError } from 'commander'
import { HubError, messageOf } from './base/errors.ts'
import { Problem } from './base/problem.ts'
import { packageVersion } from './base/version.ts'
import { addConflicts } from './cli/conflicts.ts'
import { assertComplete, type Io } from './cli/context.ts'
import { addExamples } from './cli/examples.ts'
import { addServe } from './cli/serve.ts'
import { addTenants, addTokens } from './cli/tenants.ts'
import { addUpkeep, addVerify } from './cli/upkeep.ts'

const USAGE = 64
const BUG = 70

const processIo: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
}

/**
 * The program `spec-kitty-hub`.
 * @param argv arguments after its name
 * @returns exit code: 0 done, 1 a finding or an unknown name, 64 wrong command line, 69 database or port
 * not usable, 70 a bug, 75 the folder is in use, 77 rights are missing
 */
export async function main(argv: readonly string[], io: Io = processIo): Promise<number> {
  let exitCode = 0
  const program = new Command('spec-kitty-hub')
    .description('Where a fleet of spec-kitty homes delivers: stores each event once for ever.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError('(add --help for the details)')
  addServe(program, io)
  addTenants(program, io)
  addTokens(program, io)
  addConflicts(program, io)
  addUpkeep(program, io)
  addVerify(program, io, () => (exitCode = 1))
  inherit(program)
  addExamples(program)
  program.hook('preAction', (_, command) => assertComplete(command))
  try {
    await program.parseAsync(withCommand(argv), { from: 'user' })
    return exitCode
  } catch (cause) {
    return explain(cause, argv.includes('--json') ? withJson(io) : io)
  }
}

/** Without a command a hub is started. A default command of commander would take every wrong word for its own. */
function withCommand(argv: readonly string[]): readonly string[] {
  const [first = '--'] = argv
  const isOwn = ['-h', '--help', '-V', '--version'].includes(first)
  return first.startsWith('-') && !isOwn ? ['serve', ...argv] : argv
}

/** Sub-commands answer wrong arguments the way the program does. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}

interface Failures extends Io {
  /** For a script that asked for JSON. */
  fail?(failure: { error_code: string; error: string; where: string; remediation: string[] }): void
}

function withJson(io: Io): Failures {
  return { ...io, fail: (failure) => io.out(`${JSON.stringify({ ok: false, ...failure })}\n`) }
}

function explain(cause: unknown, io: Failures): number {
  const say = (error_code: string, where: string, next: string): void =>
    io.fail?.({ error_code, error: messageOf(cause), where, remediation: [next] })
  if (cause instanceof CommanderError) {
    if (cause.exitCode === 0) return 0
    say('command-line', 'command line', 'add --help for the details')
    return USAGE
  }
  if (cause instanceof HubError) {
    io.err(`spec-kitty-hub: ${cause.message}\n  where: ${cause.where}\n  next:  ${cause.next}\n`)
    say(cause.code, cause.where, cause.next)
    return cause.exitCode
  }
  if (cause instanceof Problem) {
    io.err(`spec-kitty-hub: ${cause.message}\n  next:  ${cause.details.next}\n`)
    say(cause.problem, 'hub', cause.details.next)
    return 1
  }
  const stack = cause instanceof Error ? cause.stack : undefined
  io.err(
    `spec-kitty-hub: this is a bug, please report it with these lines\n${stack ?? messageOf(cause)}\n`,
  )
  say('bug', 'spec-kitty-hub', 'report it with the lines on standard error')
  return BUG
}
