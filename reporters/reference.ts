import { createHash } from 'node:crypto'
import { createVitest, type TestProject, type Vitest } from 'vitest/node'
import type { Gate } from '@canary-gate/gate-kernel'
import { pinnedConfig } from './pinned-config.ts'

/** Vite shows plugins by their names. */
export const EVIDENCE_PLUGIN = 'canary-gate:evidence'

/** Each setting of a resolved configuration by its path, with its value as text. */
export type Settings = ReadonlyMap<string, string>

/**
 * What this Vitest makes of the pinned configuration and nothing else, on this machine. Whatever differs
 * from it in a run was added by somebody: a plugin, an alias, a reporter, a setting that nobody thought of.
 */
export async function referenceOf(gate: Gate, globalSetup: string | undefined): Promise<Settings> {
  const config = pinnedConfig(gate, globalSetup)
  const vitest = await createVitest(
    { config: false, root: gate.root, run: true, watch: false },
    { ...config, plugins: [{ name: EVIDENCE_PLUGIN }] },
  )
  try {
    return settingsOf(gate, vitest)
  } finally {
    await vitest.close()
  }
}

/** The settings by which the run of a gate is decided; other projects are not part of them. */
export function settingsOf(gate: Gate, vitest: Vitest): Settings {
  const project = vitest.projects.find(({ name }) => name === gate.folder)
  if (project === undefined) return new Map()
  return new Map([
    ...compared(project.config, silentOfTest, `${gate.folder}: `),
    ...compared(project.vite.config, silentOfVite, `${gate.folder}: vite.`),
    ...compared(vitest.vite.config, silentOfVite, 'vite.'),
    ...plugins(project, gate.folder),
    ...plugins(vitest, 'root'),
  ])
}

/** The same once the reference is there; without one nothing is known about the configuration. */
export async function addedTo(reference: Promise<Settings>, run: Settings): Promise<string[]> {
  return reference.then(
    (pinned) => addedSettings(pinned, run),
    (error: unknown) => [
      `the pinned configuration could not be made, so nothing was compared with it: ${String(error)}`,
    ],
  )
}

/** One line for each setting of a run that the pinned configuration does not have so. */
export function addedSettings(reference: Settings, run: Settings): string[] {
  const names = new Set([...reference.keys(), ...run.keys()])
  return [...names]
    .filter((name) => reference.get(name) !== run.get(name))
    .map(
      (name) =>
        `${name} is ${run.get(name) ?? 'unset'}, pinned is ${reference.get(name) ?? 'unset'}`,
    )
}

// What is left out is either compared on its own or says nothing about what is run: reporters and plugins
// are compared by name, coverage and shuffling are pinned to be off, and the interface for browsers has a
// token that the first Vitest of a machine makes.
const silentOfTest = /^(?:api|reporters|coverage|sequence\.seed)\b/

// Here `test` is what is compared above; the server hands files to browsers; the rest is where the
// configuration was read from, a random number and objects of the running program.
const silentOfVite =
  /^(?:plugins|test|server|configFile|configFileDependencies|configLoader|inlineConfig|webSocketToken|logger|customLogger|environments\.\w+\.plugins)\b/

/** Sorted: where a plugin of ours goes between those of Vite is for Vite to say. */
function plugins({ vite }: TestProject | Vitest, of: string): [string, string][] {
  const names = vite.config.plugins.map(({ name }) => name).sort()
  return names.map((name, at) => [`plugin of ${of}: ${name} ${at - names.indexOf(name)}`, 'there'])
}

function compared(value: object, silent: RegExp, prefix: string): [string, string][] {
  return Object.entries(value)
    .flatMap(([name, inner]) => flat(inner, name, silent, [value]))
    .map(([path, text]) => [`${prefix}${path}`, text])
}

/** Does not look below what is left out: most of a configuration's objects are there. */
function flat(
  value: unknown,
  path: string,
  silent: RegExp,
  above: readonly object[],
): [string, string][] {
  if (silent.test(path)) return []
  if (typeof value === 'function')
    return [[path, `function ${value.name} ${digest(String(value))}`]]
  if (value === undefined) return []
  if (value instanceof RegExp) return [[path, String(value)]]
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]]
  if (above.includes(value)) return []
  const parts = Object.entries(value)
  if (parts.length === 0) return [[path, Array.isArray(value) ? '[]' : '{}']]
  return parts.flatMap(([name, inner]) => flat(inner, `${path}.${name}`, silent, [...above, value]))
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
