import type { CommandDefinition, OptionDefinition } from '../command/define.ts'

/** What may follow: some of these words, and file names where a file is wanted. */
export interface Offer {
  readonly words: readonly string[]
  readonly files: boolean
}

/** Everything a completion script knows. */
export interface Steps {
  /** By the words of a command or group: what may follow them. */
  readonly after: ReadonlyMap<string, Offer>
  /** By the words of a command and one of its flags: what the value of that flag may be. */
  readonly values: ReadonlyMap<string, Offer>
}

/** The steps through a catalogue. Hidden commands are for machinery and are not offered. Pure. */
export function stepsOf(catalogue: readonly CommandDefinition[]): Steps {
  const shown = catalogue.filter(({ hidden }) => hidden !== true)
  const after = new Map<string, Offer>()
  for (const { path } of shown)
    path.forEach((word, depth) => {
      const typed = path.slice(0, depth).join(' ')
      const known = after.get(typed)?.words ?? (depth === 0 ? ['--help', '--version'] : ['--help'])
      // Flags stand behind the words, and a group is met once for each of its commands.
      const words = [...new Set([...known, word])].sort((a, b) => rank(a) - rank(b))
      after.set(typed, { words, files: false })
    })
  for (const command of shown) after.set(command.path.join(' '), offerOf(command))
  const values = shown.flatMap(({ path, options = [] }) =>
    options.flatMap((option) => valueOf(path.join(' '), option)),
  )
  return { after, values: new Map(values) }
}

function rank(word: string): number {
  return word.startsWith('-') ? 1 : 0
}

function offerOf({ args = [], options = [] }: CommandDefinition): Offer {
  const choices = args.flatMap(({ choices: values = [] }) => values)
  return {
    words: [...choices, ...options.map(flagOf), '--help'],
    files: args.some(({ name }) => name === 'file'),
  }
}

/** Flags without a value have none; a value that nobody can guess is an empty offer. */
function valueOf(path: string, option: OptionDefinition): [string, Offer][] {
  const [, value] = option.flags.split(' ')
  if (value === undefined) return []
  return [[`${path} ${flagOf(option)}`, { words: option.choices ?? [], files: value === '<file>' }]]
}

function flagOf({ flags }: OptionDefinition): string {
  return flags.split(' ')[0] ?? flags
}
