import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Guard } from './guards.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** The packages, and the documents that are played, are loaded once for each gate; libraries are shared. */
const own = ['packages/', 'specs/surprises/subjects/'].map(
  (path) => pathToFileURL(join(root, path)).href,
)

/** The source of a module, changed; below the checkout. */
export type Changes = ReadonlyMap<string, (source: string) => string>

const gates = new Map<string, Changes>()

/**
 * Makes a gate of its own in this process, with changed sources, from which nothing is written.
 *
 * @returns loads a module of that gate, by its path below the checkout
 */
export function gateWith(
  name: string,
  changes: Changes,
): <Module>(path: string) => Promise<Module> {
  if (gates.size === 0) registerHooks({ resolve, load })
  gates.set(name, changes)
  return async <Module>(path: string) =>
    (await import(`${pathToFileURL(join(root, path)).href}?gate=${name}`)) as Module
}

type Hooks = Parameters<typeof registerHooks>[0]

const resolve: NonNullable<Hooks['resolve']> = (specifier, context, next) => {
  const found = next(specifier, context)
  const name = nameIn(context.parentURL ?? '')
  const isOwn = own.some((place) => found.url.startsWith(place)) && !found.url.includes('?')
  return name === undefined || !isOwn ? found : { ...found, url: `${found.url}?gate=${name}` }
}

const load: NonNullable<Hooks['load']> = (url, context, next) => {
  const loaded = next(url, context)
  const change = changeOf(url)
  if (change === undefined || loaded.source === undefined) return loaded
  const source =
    typeof loaded.source === 'string'
      ? loaded.source
      : Buffer.from(loaded.source as Uint8Array).toString('utf8')
  return { ...loaded, source: change(source) }
}

function changeOf(url: string): ((source: string) => string) | undefined {
  const [plain = ''] = url.split('?')
  const path = plain.slice(pathToFileURL(`${root}/`).href.length)
  if (nameIn(url) === undefined) return undefined
  if (path === 'packages/programs/src/git.ts') return rememberAnswers
  return gates.get(nameIn(url) ?? '')?.get(path)
}

function nameIn(url: string): string | undefined {
  return /[?&]gate=(\w+)/.exec(url)?.[1]
}

/** The repositories do not change while they are played, and starting git takes longer than all the rest. */
function rememberAnswers(source: string): string {
  const begin = 'export async function askGit('
  if (!source.includes(begin)) throw new Error(`git.ts does not have "${begin}"`)
  return source.replace(
    begin,
    'const answers = new Map(); export function askGit(...asked) { const key = JSON.stringify(asked); ' +
      'if (!answers.has(key)) answers.set(key, askOnce(...asked)); return answers.get(key) } ' +
      'async function askOnce(',
  )
}

/** A source with one check disabled. */
export function disabling({ start, end, disabled }: Guard): (source: string) => string {
  return (source) => source.slice(0, start) + disabled + source.slice(end)
}

/**
 * A source in which each check tells its number and what came of it, and does what it did.
 *
 * @param loaded is called once the source is read
 */
export function telling(
  guards: readonly (Guard & { readonly number: number })[],
  loaded: () => void,
): (source: string) => string {
  const marks = guards
    .filter(({ kind }) => kind !== 'made')
    .flatMap(({ kind, start, end, number }) => [
      { at: start, size: end - start, text: `globalThis.tellCheck.${kind}(${number},(` },
      { at: end, size: start - end, text: '))' },
    ])
    // From behind. At one place, what begins there is put in first, of that the inner one before the outer.
    .sort((one, other) => other.at - one.at || one.size - other.size)
  return (source) => {
    loaded()
    return marks.reduce(
      (text, { at, text: mark }) => text.slice(0, at) + mark + text.slice(at),
      source,
    )
  }
}
