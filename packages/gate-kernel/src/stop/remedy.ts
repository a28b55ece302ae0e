import { shellWord } from '../command/typed.ts'

/** What to do next, as data: a sentence, and the command that does it, if one does. */
export interface Remedy {
  /** One sentence without a full stop; empty where the command says everything. */
  readonly remark: string
  /** Words behind the name of the program: `['publish', '--resume', '20260520T080000Z-1f3a']`. */
  readonly command?: readonly string[] | undefined
}

/** The name of the program, where no folder is known in which it will be typed. */
export const PROGRAM = 'canary-gate'

/**
 * A remedy in words, its command at the end and as a shell reads it.
 *
 * @param form how the program is started where this is read
 */
export function remedyText({ remark, command }: Remedy, form: string = PROGRAM): string {
  if (command === undefined) return remark
  return [...(remark === '' ? [] : [remark]), commandLine(command, form)].join(': ')
}

/** A command as it is typed. */
export function commandLine(words: readonly string[], form: string = PROGRAM): string {
  return [form, ...words.map(shellWord)].join(' ')
}

/** The way in which a run was started, and in which the next one is. */
export interface RunManner {
  /** File of the world, undefined for a world that was made for this run. */
  readonly configuration: string | undefined
  /** True for a run that writes nothing: the next one is to write nothing either. */
  readonly dryRun?: boolean
  /** Folder of the gate, by which it is named. */
  readonly gate?: string
  /** False for a gate that examines nothing of its own. */
  readonly examines?: boolean
}

/**
 * Completes a command with the manner of its run. Where a stop is found, nothing knows which that
 * is; and the same command without it would run the gate somewhere else: in the rehearsal world, which
 * may well release. And whoever runs it dry does not want it to write the next time.
 */
export function inMannerOf(command: readonly string[], manner: RunManner): readonly string[] {
  const { gate = USUAL } = manner
  const [name = '', ...rest] = inWorldOf(command, manner)
  const isNamed = gate === USUAL || command.includes('--gate')
  return [name, ...(isNamed ? [] : ['--gate', gate]), ...rest]
}

/**
 * Whether a command has something to do after a run of that manner. Without a configuration, and without
 * anything that the gate examines, there is nothing for `doctor` to look at.
 */
export function isOfUse([name]: readonly string[], manner: RunManner): boolean {
  return name !== 'doctor' || manner.configuration !== undefined || manner.examines !== false
}

/** The folder that is meant where none is named. */
const USUAL = 'gate'

function inWorldOf(
  command: readonly string[],
  { configuration, dryRun = false }: RunManner,
): readonly string[] {
  const [name = ''] = command
  const isDry = dryRun && name === 'run' && !command.includes('--dry-run')
  const words = [...command, ...(isDry ? ['--dry-run'] : [])]
  if (!TAKES_CONFIGURATION.includes(name) || command.includes('--config')) return words
  if (configuration !== undefined) return [name, '--config', configuration, ...words.slice(1)]
  // A rehearsal has no configuration; what is to be examined is the file of the next run.
  return name === 'doctor' ? [name, '--config', 'FILE', ...words.slice(1)] : words
}

const TAKES_CONFIGURATION: readonly string[] = ['run', 'doctor']
