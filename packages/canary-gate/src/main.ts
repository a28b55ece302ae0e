import { Command } from 'commander'
import { outliveReaders, asTyped, redact } from '@canary-gate/gate-kernel'
import { candidatesCommand } from './commands/candidates.ts'
import { doctorCommand } from './commands/doctor.ts'
import { historyCommand } from './commands/history.ts'
import { initCommand } from './commands/init.ts'
import { inspectFixCommand } from './commands/inspect-fix.ts'
import { planCommand } from './commands/plan.ts'
import { proveCommand } from './commands/prove.ts'
import { publishCommand } from './commands/publish.ts'
import { reportCommand } from './commands/report.ts'
import { runCommand } from './commands/run.ts'
import { traceCommand } from './commands/trace.ts'
import { waiveCommand } from './commands/waive.ts'
import { verifyCommand } from './commands/verify.ts'
import { type ExitCode, exitCodeHelp, exitCodes, type ProgramContext } from './program/context.ts'
import { explain } from './program/errors.ts'
import { packageVersion, typedFormHere } from './program/place.ts'

/** Each command of the program, in the order of the help. */
const commands = [
  runCommand,
  doctorCommand,
  publishCommand,
  verifyCommand,
  traceCommand,
  candidatesCommand,
  inspectFixCommand,
  initCommand,
  proveCommand,
  historyCommand,
  reportCommand,
  planCommand,
  waiveCommand,
]

/**
 * The `canary-gate` program.
 *
 * @param argv arguments after the program's name
 * @returns its exit code (see {@link exitCodes})
 */
export async function main(argv: string[]): Promise<number> {
  let code: ExitCode = exitCodes.ok
  outliveReaders()
  const here = { environment: process.env, cwd: process.cwd() }
  const form = typedFormHere(here)
  const context: ProgramContext = {
    ...here,
    gate: undefined,
    json: argv.includes('--json'),
    out: (line) => process.stdout.write(`${line}\n`),
    say: (line) => process.stdout.write(`${asTyped(line, form)}\n`),
    err: (line) => process.stderr.write(`${asTyped(redact(line), form)}\n`),
    finish: (next) => (code = next),
  }
  try {
    await buildProgram(context).parseAsync(argv, { from: 'user' })
  } catch (error) {
    code = explain(error, context)
  }
  return code
}

function buildProgram(context: ProgramContext): Command {
  const program = new Command('canary-gate')
    .description(
      'A release gate: proves its requirements in order, and releases only if every one of them passes.',
    )
    .version(packageVersion())
    .option('--gate <folder>', 'the gate that is meant, by its folder, where there are several')
    .hook('preAction', (_, command) => {
      context.gate = command.optsWithGlobals<{ gate?: string }>().gate
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.say(text.trimEnd()),
      writeErr: (text) => context.err(text.trimEnd()),
    })
    .showHelpAfterError('(run canary-gate --help for all commands)')
    .addHelpText('after', exitCodeHelp)
  for (const command of commands) program.addCommand(inherit(program, command(context)))
  return program
}

/** Sub-commands answer wrong arguments the way the program does. */
function inherit(program: Command, command: Command): Command {
  requireAfterUnknown(command)
  return command.copyInheritedSettings(program).addHelpText('after', exitCodeHelp)
}

/**
 * Commander looks for options that are missing before it looks for unknown ones: `--confg live.toml`
 * would only be told that `--config` is missing.
 */
function requireAfterUnknown(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory)
  for (const option of required) option.makeOptionMandatory(false)
  command.hook('preAction', () => {
    for (const option of required)
      if (command.getOptionValue(option.attributeName()) === undefined)
        command.error(`error: required option '${option.flags}' not specified`)
  })
}
