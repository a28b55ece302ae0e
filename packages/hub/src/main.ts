import { Command, CommanderError } from 'commander'
import { HubError, messageOf } from './base/errors.ts'
import { Problem } from './base/problem.ts'
import { packageVersion } from './base/version.ts'
import { addConflicts } from './cli/conflicts.ts'
import type { Io } from './cli/context.ts'
import { addServe } from './cli/serve.ts'
import { addTenants, addTokens } from './cli/tenants.ts'
import { addUpkeep, addVerify } from './cli/upkeep.ts'

const USAGE = 64
const BUG = 70

const processIo: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
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
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (cause) {
    return explain(cause, io)
  }
}

/** Sub-commands answer wrong arguments the way the program does. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}

function explain(cause: unknown, io: Io): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : USAGE
  if (cause instanceof HubError) {
    io.err(`spec-kitty-hub: ${cause.message}\n  where: ${cause.where}\n  next:  ${cause.next}\n`)
    return cause.exitCode
  }
  if (cause instanceof Problem) {
    io.err(`spec-kitty-hub: ${cause.message}\n  next:  ${cause.details.next}\n`)
    return 1
  }
  const stack = cause instanceof Error ? cause.stack : undefined
  io.err(
    `spec-kitty-hub: this is a bug, please report it with these lines\n${stack ?? messageOf(cause)}\n`,
  )
  return BUG
}
