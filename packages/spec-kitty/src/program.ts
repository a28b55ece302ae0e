import { Argument, Command, CommanderError, Option } from 'commander'
import {
  UsageError,
  type ArgumentDefinition,
  type Call,
  type CommandDefinition,
  type OptionDefinition,
} from './command/define.ts'
import { examplesText } from './help.ts'
import type { Io } from './command/io.ts'

/** Builds the commander tree from the catalogue; the returned function runs one command line. */
export function buildProgram(
  catalogue: readonly CommandDefinition[],
  version: string,
  io: Io,
): (argv: readonly string[]) => Promise<number> {
  let exitCode = 0
  let typed: readonly string[] = []
  const program = quiet(new Command('spec-kitty'), io)
    .description(
      'Records what happens in a project first, delivers it afterwards, loses none of it.',
    )
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(add --help for the details)')
  for (const definition of catalogue)
    attach(program, definition, io, async (command, call) => {
      refuseForgotten(command, call.args, typed)
      // A program that runs until it is ended is at nothing that takes long.
      if (definition.hidden !== true) io.progress.begin(definition.path.join(' '))
      const { run } = await definition.load()
      exitCode = await run({ ...call, command: commandName(definition), catalogue, io })
    })
  return async (argv) => {
    typed = argv
    try {
      await program.parseAsync(argv, { from: 'user' })
      return exitCode
    } catch (cause) {
      if (!(cause instanceof CommanderError)) throw cause
      if (cause.exitCode === 0) return 0
      throw new UsageError(cause.message, { cause })
    }
  }
}

function commandName({ path }: CommandDefinition): string {
  return ['spec-kitty', ...path].join(' ')
}

function attach(
  program: Command,
  definition: CommandDefinition,
  io: Io,
  act: (command: Command, call: Pick<Call, 'args' | 'options'>) => Promise<void>,
): void {
  const name = definition.path.at(-1) ?? ''
  const parent = definition.path.slice(0, -1).reduce((node, word) => group(node, word, io), program)
  const command = quiet(parent.command(name, { hidden: definition.hidden === true }), io)
    .summary(definition.summary)
    .description([definition.summary, definition.description].filter(Boolean).join('\n\n'))
    .addHelpText('after', () => examplesText(definition))
  for (const argument of definition.args ?? []) command.addArgument(toArgument(argument))
  for (const option of definition.options ?? []) command.addOption(toOption(option))
  const count = definition.args?.length ?? 0
  command.action(async (...values: unknown[]) => {
    const args = values.slice(0, count).flat() as (string | undefined)[]
    await act(command, { args, options: command.opts() })
  })
}

/**
 * A variable that is not set would be taken for no option at all, and the next option for a value that was
 * forgotten: the command would do something else than was meant. `--project=--all` is meant.
 */
function refuseForgotten(
  command: Command,
  args: readonly (string | undefined)[],
  typed: readonly string[],
): void {
  if (args.some((given) => given?.trim() === '')) command.error('error: an argument is empty')
  const known = new Set(command.options.flatMap(({ long, short }) => [long, short, '--help', '-h']))
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName())
    if (typeof value !== 'string') continue
    const isNext = typed.some((word, at) => word === option.long && typed[at + 1] === value)
    if (value.trim() === '' || (isNext && known.has(value)))
      command.error(`error: option '${option.flags}' needs a value`)
  }
}

const GROUPS: Readonly<Record<string, string>> = {
  auth: 'log in and out',
  agent: 'what agents call while they work on a mission',
  mission: 'missions',
  tasks: 'work packages of a mission',
  sync: 'capture, delivery, status and clean-up of events',
  daemon: 'the background process that delivers',
  producer: 'the identity under which this home delivers',
  failed: 'events that a target refused for good',
  journal: 'read the journal of captured events',
  doctor: 'find and repair what is broken',
}

function group(parent: Command, word: string, io: Io): Command {
  const known = parent.commands.find((command) => command.name() === word)
  if (known !== undefined) return known
  return quiet(parent.command(word), io).description(GROUPS[word] ?? word)
}

/** Never ends the process and writes to our edges only. */
function quiet(command: Command, io: Io): Command {
  return command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
}

function toArgument(definition: ArgumentDefinition): Argument {
  const name = `${definition.name}${definition.variadic === true ? '...' : ''}`
  const notation = definition.required === true ? `<${name}>` : `[${name}]`
  return new Argument(notation, definition.summary)
}

function toOption(definition: OptionDefinition): Option {
  const option = new Option(definition.flags, definition.summary)
  if (definition.choices !== undefined) option.choices([...definition.choices])
  if (definition.default !== undefined) option.default(definition.default)
  return option
}
