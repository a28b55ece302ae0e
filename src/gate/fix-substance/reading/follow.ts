import { posix } from 'node:path'
import { askGit } from '../../git/git.ts'
import type { Change } from '../change.ts'
import type { Criterion } from '../criterion.ts'
import { languageOf } from '../syntax/languages.ts'
import { common, dotted, type Node, walk } from '../syntax/node.ts'
import { type FileSide, openSide, treeOf } from './facets.ts'
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
  const used = new Set(users.flatMap((name) => usedNames(side, name)))
  return importsOf(side).flatMap(([local, source]) => {
    const [module = '', name = ''] = source.split(':')
    const file = files.find(({ file: { path } }) => isModule(path, module, side.path))
    if (!used.has(local) || file === undefined) return []
    const sides = [file.before, file.after].filter((one) => one !== null)
    const names = sides.flatMap((one) => [...calledFrom(one, [name], 1)])
    return [{ path: file.file.path, names: [name, ...names] }]
  })
}

function importsOf({
  units,
  ownUnits,
  language,
}: FileSide): readonly (readonly [string, string])[] {
  return units.flatMap(({ raw, kind }) => {
    const others = new Set(ownUnits)
    if (kind !== 'module') for (const node of raw) others.delete(node)
    return raw.flatMap((node) => language.sideText(node, others).imports)
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
    edge = side.units.filter(
      ({ name }) => names.includes(name) && !reached.has(name) && !from.includes(name),
    )
    for (const { name } of edge) reached.add(name)
  }
  return reached
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
