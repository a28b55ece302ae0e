import type { Change, ChangedFile } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { askGit, git } from '@canary-gate/programs'
import { isForeignCode } from '../changes/paths.ts'
import type { Node } from '../syntax/node.ts'
import { compare, type CompareContext, type Kind } from './compare.ts'
import { type Membership, membershipOf } from './criterion-units.ts'
import { type Pair, type ReadFile, readFiles } from './files.ts'
import { followCalls } from './follow.ts'
import { assignedAttribute, filledName, statementsOf } from './ineffective.ts'
import { type Lines, unreadNames } from './product-use.ts'
import { definedNames } from './rename.ts'
import { spelledFor } from '../changes/spelling.ts'
import { switchesOf } from './switches.ts'
import { testTreesOf } from './tests.ts'
import { type UnderTest, underTestOf } from './under-test.ts'

/** What reading says about one changed function, class, constant or rest of a module. */
export interface UnitReading {
  readonly file: string
  readonly name: string
  /** First and last line, in the tree with the fix; of a removed unit in the tree before. */
  readonly lines: readonly [number, number]
  readonly change: 'changed' | 'added' | 'removed'
  readonly kinds: readonly Kind[]
  readonly membership: Membership
  /** Statements without effect, in words. */
  readonly suspicious: readonly string[]
}

/** What reading says about a whole change. Nothing was executed for it. */
export interface Reading {
  readonly units: readonly UnitReading[]
  /** Changed code in languages that nothing here reads. */
  readonly foreign: readonly string[]
  /** Of it, what may concern the criterion, because it mentions one of its names. */
  readonly concerning: readonly string[]
  /** Names that the change adds to product code and that only tests use. */
  readonly testOnly: readonly string[]
  /** Names and calls that only tests switch on, and what asks whether it is being tested. */
  readonly switches: readonly string[]
  readonly underTest: readonly UnderTest[]
  readonly pairs: readonly Pair[]
  readonly files: readonly ReadFile[]
}

export async function readStatically(change: Change, named: Criterion): Promise<Reading> {
  const product = change.files.filter(({ role }) => role === 'product')
  const criterion = spelledFor(
    named,
    product.map(({ path }) => path),
  )
  const files = readFiles(change.files, criterion.diagnostics)
  const pairs = files.flatMap((file) => file.pairs)
  const [existing, unused] = await Promise.all([
    existingPlaces(change, criterion),
    unusedUnits(change, pairs, files),
  ])
  const unread = await unreadNames(change.repo, change.fix, writtenNames(pairs), unused)
  const context = contextOf(pairs, unread)
  const followed = await followCalls(criterion, change, files)
  const units = pairs
    .map((pair) =>
      readPair(pair, files, context, membershipOf(pair, criterion, existing, followed)),
    )
    .filter(({ kinds }) => kinds.length > 0)
  const testOnly = await testOnlyNames(change, pairs)
  const switches = await switchesOf(change, pairs, testTreesOf(change))
  const underTest = pairs.flatMap((pair) => underTestOf(pair, linesOf(pair, files)))
  const foreign = change.files.filter(({ path }) => isForeignCode(path))
  const paths = (some: readonly ChangedFile[]): readonly string[] => some.map(({ path }) => path)
  const concerning = [
    ...paths(foreign.filter((file) => mayConcern(file, criterion))),
    ...(await dataOfPath(change, criterion)),
  ]
  return { units, foreign: paths(foreign), concerning, testOnly, switches, underTest, pairs, files }
}

/** Changed data (JSON, YAML, …) that a source file of the criterion names, so that it may read it. */
async function dataOfPath({ repo, fix, files }: Change, criterion: Criterion): Promise<string[]> {
  const isData = ({ path, role }: ChangedFile): boolean =>
    role === 'other' && /\.(?:json|ya?ml|toml|ini|cfg|csv)$/.test(path) && path.includes('/')
  const sources = criterion.places.map(({ file }) => file)
  const found = files.filter(isData).map(async ({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const answer = await askGit(repo, ['grep', '-q', '-w', '-F', '-e', name, fix, '--', ...sources])
    return answer.ok ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

/** Whether code that nothing here reads mentions a telling name of the criterion. */
function mayConcern({ before, after }: ChangedFile, { places }: Criterion): boolean {
  const names = places.flatMap((place) => place.names.map((name) => name.split('.').at(-1) ?? name))
  const telling = names.filter((name) => /_[a-z]|[a-z][A-Z]/.test(name))
  return telling.some((name) => `${before}\n${after}`.includes(name))
}

function readPair(
  pair: Pair,
  files: readonly ReadFile[],
  context: CompareContext,
  membership: Membership,
): UnitReading {
  const { kinds, suspicious } = compare(pair.before, pair.after, context)
  const all: readonly Kind[] =
    pair.movedFrom === null ? kinds : [...new Set<Kind>([...kinds, 'move'])]
  return {
    file: pair.path,
    name: pair.name,
    lines: linesOf(pair, files),
    change: pair.before === null ? 'added' : pair.after === null ? 'removed' : 'changed',
    kinds: all.length > 1 ? all.filter((kind) => kind !== 'format') : all,
    membership,
    suspicious,
  }
}

function linesOf(pair: Pair, files: readonly ReadFile[]): [number, number] {
  const file = files.find((candidate) => candidate.file.path === pair.path)
  const source = (pair.after === null ? file?.before : file?.after)?.source ?? ''
  const { from = 0, to = 0 } = (pair.after ?? pair.before)?.unit ?? {}
  const first = source.slice(0, from).split('\n').length
  return [first, first + source.slice(from, to).trimEnd().split('\n').length - 1]
}

/** Which places of the criterion exist at all, before or after. */
async function existingPlaces(change: Change, criterion: Criterion): Promise<ReadonlySet<string>> {
  const paths = criterion.places.map(({ file }) => file)
  const list = (tree: string): Promise<string> =>
    git(change.repo, ['ls-tree', '-r', '--name-only', '--full-tree', tree, '--', ...paths])
  const lists = await Promise.all([list(change.base), list(change.fix)])
  return new Set(lists.flatMap((text) => text.split('\n')))
}

/** Attributes and collections that the change writes to, on its newer side. */
function writtenNames(pairs: readonly Pair[]): readonly string[] {
  const written = (core: Node | undefined): string[] =>
    core === undefined
      ? []
      : statementsOf(core)
          .flatMap((statement) => [assignedAttribute(statement), filledName(statement)])
          .filter((name) => name !== null)
  return [
    ...new Set(
      pairs.flatMap(({ before, after }) => {
        const old = written(before?.core)
        return written(after?.core).filter(
          (name) => count(written(after?.core), name) > count(old, name),
        )
      }),
    ),
  ]
}

/** Functions that the change adds and no product code uses: what only they read, only tests can see. */
async function unusedUnits(
  { repo, fix }: Change,
  pairs: readonly Pair[],
  files: readonly ReadFile[],
): Promise<readonly Lines[]> {
  const added = pairs.filter(
    ({ before, after }) => before === null && after?.unit.kind === 'function',
  )
  const simple = ({ name }: Pair): string => name.split('.').at(-1) ?? name
  const unread = await unreadNames(repo, fix, [...new Set(added.map(simple))])
  return added
    .filter((pair) => unread.has(simple(pair)) && !isRegistered(pair))
    .map((pair) => ({ file: pair.path, lines: linesOf(pair, files) }))
}

/** `@app.command()` or `__enter__`: called by somebody who does not name it. */
function isRegistered({ name, after }: Pair): boolean {
  const decorators = after?.text.matchAll(/^\s*@(?<name>[\w.]+)/gm) ?? []
  const plain =
    /^(?:(?:functools\.)?cached_property|property|staticmethod|classmethod|\w+\.setter)$/
  return (
    name.endsWith('__') || [...decorators].some(({ groups }) => !plain.test(groups?.['name'] ?? ''))
  )
}

function count(list: readonly string[], name: string): number {
  return list.filter((other) => other === name).length
}

/** A rename is one only if, over the whole change, the old definition is gone and the new one is new. */
export function contextOf(pairs: readonly Pair[], unread: ReadonlySet<string>): CompareContext {
  const definitions = (side: 'before' | 'after'): Set<string> =>
    new Set(
      pairs.flatMap((pair) => [...(pair[side] === null ? [] : definedNames(pair[side].core))]),
    )
  const old = definitions('before')
  const now = definitions('after')
  return {
    unread,
    isRename(from, to, core) {
      const isLocal = definedNames(core.before).has(from) && definedNames(core.after).has(to)
      return isLocal || (old.has(from) && !now.has(from) && now.has(to) && !old.has(to))
    },
  }
}

/** New functions, properties and attributes that the changed tests use and no product code does. */
async function testOnlyNames(change: Change, pairs: readonly Pair[]): Promise<readonly string[]> {
  const tests = change.files.filter(({ role }) => role === 'test').map(({ after }) => after ?? '')
  const simple = (name: string): string => name.split('.').at(-1) ?? name
  const added = pairs.flatMap(({ before, after, name }) => {
    if (before === null) return name === '<module>' ? [] : [simple(name)]
    const old = definedNames(before.core)
    return after === null
      ? []
      : [...definedNames(after.core)].filter((defined) => !old.has(defined))
  })
  const usedByTests = added.filter((name) => tests.some((text) => mentions(text, name)))
  return [...(await unreadNames(change.repo, change.fix, [...new Set(usedByTests)]))]
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(text)
}
