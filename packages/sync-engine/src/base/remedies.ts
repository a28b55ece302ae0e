import { existsSync } from 'node:fs'

/** What to do about a problem, as data: status prints the commands alone, a spec carries them out. */
export interface Remedy {
  /** Typed one after the other, each as its words; empty where only a person can decide. */
  readonly commands: readonly (readonly string[])[]
  /** What a person should know in addition, or should do where no command can. */
  readonly remark?: string
}

/** A remedy of one command, given as its words. */
export function command(...words: readonly string[]): Remedy {
  return { commands: [words] }
}

/** A remedy of one `spec-kitty` command, given as the words after its name. */
export function specKitty(...words: readonly string[]): Remedy {
  return command('spec-kitty', ...words)
}

/** A remedy that no command can be. */
export function advice(remark: string): Remedy {
  return { commands: [], remark }
}

export function withRemark(remedy: Remedy, remark: string): Remedy {
  return { ...remedy, remark }
}

/** The commands of both, in this order; the remark of the first. */
export function followedBy(first: Remedy, second: Remedy): Remedy {
  return { ...first, commands: [...first.commands, ...second.commands] }
}

/** What a shell takes: the commands in one line, or undefined where there is none to type. */
export function commandLine({ commands }: Remedy): string | undefined {
  if (commands.length === 0) return undefined
  return commands.map((words) => words.map(shellWord).join(' ')).join(' && ')
}

/** The command line, or the remark where there is none. */
export function commandOrRemark(remedy: Remedy): string {
  return commandLine(remedy) ?? remedy.remark ?? ''
}

/** The remedy for a reader: `run: <commands> (<remark>)`, or the remark alone. */
export function remedyText(remedy: Remedy): string {
  const line = commandLine(remedy)
  if (line === undefined) return remedy.remark ?? ''
  return `run: ${line}${remedy.remark === undefined ? '' : ` (${remedy.remark})`}`
}

/** A placeholder such as `<url>` is printed as it is: the reader puts the value in its place. */
function shellWord(word: string): string {
  return /^<[a-z ]+>$/.test(word) ? word : quoted(word)
}

/** A text of others in the middle of a line: one of several lines could pass for a line of ours. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

/** A path as a shell takes it for one word. */
export function quoted(path: string): string {
  return /^[\w./:=+@-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

/** Moves a file or folder out of the way; it overwrites nothing that was moved before. */
export function setAside(path: string): Remedy {
  return command('mv', path, freeName(path))
}

/** A name next to `path` that nothing has yet. */
export function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.unreadable${number === 1 ? '' : `-${number}`}`
    if (!existsSync(name)) return name
  }
}
