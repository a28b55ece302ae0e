import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isRunId } from './resumed.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Every variable that steers a run; docs/operating.md says what each means. */
const variables = [
  'CANARY_GATE_ARTIFACTS',
  'CANARY_GATE_RUN_ID',
  'CANARY_GATE_CONFIG',
  'CANARY_GATE_DRY_RUN',
  'CANARY_GATE_RESUME',
  'CANARY_GATE_FAULTS',
  'CANARY_GATE_TYPED_AS',
] as const

/**
 * What is wrong with the variables that steer a run, a line for each: what it is, what to write. They
 * are read before anything is made: a slip of the pen in one that asks for a dry run must not publish.
 *
 * @param artifacts folder of all runs, as {@link artifactsOf} found it
 */
export function wrongSettings(environment: Environment, artifacts: string): string[] {
  return [
    ...unknownOnes(environment),
    ...whereSet(environment, 'CANARY_GATE_ARTIFACTS', (folder) =>
      folder.trim() === '' ? ['is empty; name a folder, or unset it'] : [],
    ),
    ...whereSet(environment, 'CANARY_GATE_RUN_ID', (id) => wrongNewId(id, artifacts)),
    ...whereSet(environment, 'CANARY_GATE_CONFIG', (file) =>
      file.trim() === '' ? ['is empty; name a .toml or .json file, or unset it to rehearse'] : [],
    ),
    ...whereSet(environment, 'CANARY_GATE_DRY_RUN', (value) =>
      value === '1' ? [] : [`is ${said(value)}; write 1 for a dry run, or unset it`],
    ),
    ...whereSet(environment, 'CANARY_GATE_RESUME', (id) => wrongOldId(id, environment, artifacts)),
    ...whereSet(environment, 'CANARY_GATE_FAULTS', (text) => wrongFaults(text, environment)),
  ]
}

const known: readonly string[] = variables
/** What to write for `canary-gate run` instead of a variable that steers `vitest run gate`. */
const options: Readonly<Record<string, string>> = {
  CANARY_GATE_CONFIG: 'write --config FILE',
  CANARY_GATE_DRY_RUN: 'write --dry-run',
  CANARY_GATE_RESUME: 'write --resume RUN-ID',
}

/**
 * What `canary-gate run` is not steered by, a line for each: it takes options. Passing over one that
 * asks for a dry run in silence would publish.
 */
export function settingsForOptions(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('CANARY_GATE_') && name !== 'CANARY_GATE_ARTIFACTS')
    .sort()
    .map((name) => `${name} does not steer canary-gate run; ${options[name] ?? 'unset it'}`)
}

type Variable = (typeof variables)[number]

function whereSet(
  environment: Environment,
  name: Variable,
  check: (value: string) => readonly string[],
): string[] {
  const value = environment[name]
  return value === undefined ? [] : check(value).map((problem) => `${name} ${problem}`)
}

function unknownOnes(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('CANARY_GATE_') && !known.includes(name))
    .sort()
    .map((name) => `${name} is unknown; unset it, or write one of ${known.join(', ')}`)
}

function wrongNewId(id: string, artifacts: string): string[] {
  const wrong = notAnId(id)
  if (wrong.length > 0 || !existsSync(join(artifacts, id))) return wrong
  return [`is ${said(id)}, which ${artifacts} has already; choose another, or unset it`]
}

function wrongOldId(id: string, environment: Environment, artifacts: string): string[] {
  const wrong = notAnId(id)
  if (wrong.length > 0) return wrong
  if (environment['CANARY_GATE_CONFIG'] === undefined)
    return ['needs CANARY_GATE_CONFIG: nothing of a rehearsal can be resumed']
  return existsSync(join(artifacts, id))
    ? []
    : [`is ${said(id)}, and ${artifacts} has no such run; name one that is there, or unset it`]
}

function notAnId(id: string): string[] {
  if (isRunId(id)) return []
  return [
    `is ${id.trim() === '' ? 'empty' : said(id)}; write letters, digits, dots and dashes, such as 20260520T080000Z-1f3a, or unset it`,
  ]
}

function wrongFaults(text: string, environment: Environment): string[] {
  if (environment['CANARY_GATE_CONFIG'] !== undefined)
    return ['is for a rehearsal; unset it, or unset CANARY_GATE_CONFIG']
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? [] : ['is not a JSON object; unset it']
  } catch {
    return ['is not JSON; unset it']
  }
}

/** As it stands there, but never more than a line of it. */
function said(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)
}
