import { posix } from 'node:path'
import { askGit } from '@canary-gate/programs'
import type { Change } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { languageOf } from '../syntax/languages.ts'
import { common, dotted, type Node, walk } from '../syntax/node.ts'
import { type FileSide, openSide, othersOf, treeOf } from './facets.ts'
import type { ReadFile } from './files.ts'

/** Path of a file → names of its units. */
export type Followed = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Per file, the functions and constants that the followed functions use: in their own file to the
 * depth asked for, and in the changed files that they import from.
 */
export async function followCalls(
  criterion: Criterion,
  change: Change,
  files: readonly ReadFile[],
): Promise<Followed> {
  const { follow } = criterion
  const result = new Map<string, Set<string>>()
  if (follow === undefined) return result
  const add = (path: string, names: Iterable<string>): void => {
    const known = result.get(path) ?? new Set()
    for (const name of names) if (!follow.except.includes(name)) known.add(name)
    result.set(path, known)
  }
  const unchanged = await unchangedOrigins(criterion, change, files)
  for (const side of [...files.flatMap(({ before, after }) => [before, after]), ...unchanged]) {
    if (!side?.units.some(({ name }) => follow.from.includes(name))) continue
    const own = calledFrom(side, follow.from, follow.depth)
    add(side.path, own)
    for (const { path, names } of importedBy(side, [...follow.from, ...own], files))
      add(path, names)
  }
  return result
}

/** Files of the followed functions that the change itself does not touch. */
async function unchangedOrigins(
  { places, follow }: Criterion,
  { repo, fix }: Change,
  files: readonly ReadFile[],
): Promise<readonly FileSide[]> {
  const isChanged = (path: string): boolean => files.some(({ file }) => file.path === path)
  const paths = places
    .filter(
      ({ file, names }) => !isChanged(file) && names.some((name) => follow?.from.includes(name)),
    )
    .map(({ file }) => file)
  const sides = paths.map(async (path) => {
    const language = languageOf(path)
    const answer = await askGit(repo, ['cat-file', 'blob', `${fix}:${path}`])
    if (!answer.ok || language === null) return []
    return [openSide(path, answer.stdout.toString('utf8'), language)]
  })
  return (await Promise.all(sides)).flat()
}

/** Units of changed files that some functions import and use, with what those use in turn. */
function importedBy(
  side: FileSide,
  users: readonly string[],
  files: readonly ReadFile[],
): readonly { path: string; names: readonly string[] }[] {
  const used = mentionsOf(side, users)
  return importsOf(side).flatMap(([local, source]) => {
    const [module = '', name = ''] = source.split(':')
    const members = [...used].flatMap((path) => {
      const [object, member, ...more] = path.split('.')
      return object === local && member !== undefined && more.length === 0 ? [member] : []
    })
    const meant = [
      { module, names: used.has(local) ? [name] : [] },
      // `from sync import rules` … `rules.is_discrete(event)`: the name is a module itself.
      { module: /^\*?$/.test(name) ? module : within(module, name), names: members },
    ]
    return meant.flatMap((one) => reachedIn(one, side.path, files))
  })
}

/** `sync.rules` of `from sync import rules`; `.rules` of `from . import rules`. */
function within(module: string, name: string): string {
  return module.endsWith('.') ? module + name : `${module}.${name}`
}

/** Units of the changed file that a module's name means, with what they use there. */
function reachedIn(
  { module, names }: { readonly module: string; readonly names: readonly string[] },
  from: string,
  files: readonly ReadFile[],
): readonly { path: string; names: readonly string[] }[] {
  const file = files.find(({ file: { path } }) => isModule(path, module, from))
  if (names.length === 0 || file === undefined) return []
  const sides = [file.before, file.after].filter((one) => one !== null)
  const called = sides.flatMap((one) => [...calledFrom(one, names, 1)])
  return [{ path: file.file.path, names: [...names, ...called] }]
}

/** Names and dotted names that some units mention in any way: called, compared, handed on. */
function mentionsOf(side: FileSide, users: readonly string[]): ReadonlySet<string> {
  const units = side.units.filter(({ name }) => users.includes(name))
  return new Set(
    units.flatMap((unit) => [...walk(treeOf(side, unit))].flatMap((node) => dotted(node) ?? [])),
  )
}

function importsOf(side: FileSide): readonly (readonly [string, string])[] {
  return side.units.flatMap((unit) => {
    const others = othersOf(side, unit)
    return unit.raw.flatMap((node) => side.language.sideText(node, others).imports)
  })
}

/** Whether a path is what a module's name means, seen from the importing file. */
function isModule(path: string, module: string, from: string): boolean {
  const plain = path.replace(/(?:\/__init__)?\.\w+$/, '')
  const quoted = /^"(?<file>\.{1,2}\/.*)"$/.exec(module)?.groups?.['file']
  if (quoted !== undefined) return posix.join(posix.dirname(from), quoted).startsWith(plain)
  const { dots = '', rest = '' } = /^(?<dots>\.*)(?<rest>.*)$/.exec(module)?.groups ?? {}
  const inside = rest.replaceAll('.', '/')
  if (dots === '') return inside !== '' && `/${plain}`.endsWith(`/${inside}`)
  const up = posix.join(posix.dirname(from), ...Array.from(dots.slice(1), () => '..'), inside)
  return plain === up
}

function calledFrom(side: FileSide, from: readonly string[], depth: number): ReadonlySet<string> {
  const reached = new Set<string>()
  let edge = side.units.filter(({ name }) => from.includes(name))
  for (let step = 0; step < depth; step++) {
    const names = edge.flatMap((unit) => usedNames(side, unit.name))
    const isUsed = (name: string): boolean => names.includes(name) || isEntry(name, names, side)
    edge = side.units.filter(
      ({ name }) => isUsed(name) && !reached.has(name) && !from.includes(name),
    )
    for (const { name } of edge) reached.add(name)
  }
  return reached
}

/**
 * `handlers.planned` of `const handlers = { planned() {} }`, `Rules.merged` of `class Rules`: whoever
 * uses the table may call it, whoever makes the object gets its values.
 */
function isEntry(name: string, used: readonly string[], { units }: FileSide): boolean {
  const owner = name.slice(0, Math.max(name.lastIndexOf('.'), 0))
  if (!used.includes(owner)) return false
  const isTable = units.some((unit) => unit.kind === 'constant' && unit.name === owner)
  return isTable || units.some((unit) => unit.kind === 'constant' && unit.name === name)
}

/** Names of units of the same file that a unit calls, or constants that it mentions. */
function usedNames(side: FileSide, name: string): string[] {
  const unit = side.units.find((candidate) => candidate.name === name)
  if (unit === undefined) return []
  const owner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : null
  const constants = new Set(
    side.units.filter(({ kind }) => kind === 'constant').map((constant) => constant.name),
  )
  return [...walk(treeOf(side, unit))].flatMap((node) => {
    if (node.type === common.name) return constants.has(node.text) ? [node.text] : []
    if (node.type === common.member)
      return ownMember(node, owner).filter((own) => constants.has(own))
    if (node.type !== common.call || node.children[0] === undefined) return []
    const [first = '', ...more] = dotted(node.children[0])?.split('.') ?? []
    return first !== '' && more.length === 0 ? [first] : ownMember(node.children[0], owner)
  })
}

/** `Queue.limit` of `self.limit` in a method of `Queue`. */
function ownMember(node: Node, owner: string | null): string[] {
  const [self = '', member, ...more] = dotted(node)?.split('.') ?? []
  const isOwn = /^(?:self|cls|this)$/.test(self) && member !== undefined && more.length === 0
  return isOwn && owner !== null ? [`${owner}.${member}`] : []
}
