import { posix } from 'node:path'
import { askGit, git } from '@canary-gate/programs'
import type { Change, ChangedFile } from '../changes/change.ts'
import { isNeverRun, isSettings, isTestModule, roleOf } from '../changes/paths.ts'

/** Enough to notice, few enough to run. */
const most = 20

/** How test code of any language and runner begins a test; what has none may still be a test module. */
const declares =
  /(?:^|[^\w.$])(?:describe|it|test|suite|specify|context|tape|t|QUnit)(?:\.\w+)*\s*[(`]|^\s*(?:async\s+)?def test|@Test\b|#\[(?:\w+::)?test\b|^func Test/m

/**
 * The test modules to run: those that the change touches. Where it touches only what stands beside them
 * (`conftest.py`, a base class, a helper, a snapshot, data), those that use it.
 */
export async function testsOf(change: Change): Promise<readonly string[]> {
  const touched = change.files.filter(({ role, after }) => role === 'test' && after !== null)
  const declaring = touched.filter(declaresTests).map(({ path }) => path)
  const others = touched.map(({ path }) => path).filter((path) => !declaring.includes(path))
  const used = await Promise.all(others.map((path) => modulesUsing(change, path)))
  // A module in which no test was found is one all the same if no other test uses it.
  const own = others.filter((path, at) => isTestModule(path) && used[at]?.length === 0)
  if (declaring.length > 0 || touched.length === 0) return [...declaring, ...own]
  const users = [...own, ...nearest([...new Set(used.flat())], touched[0]?.path ?? '')]
  if (users.length > 0) return users
  const data = others.find((path) => !isSettings(path) && !/\.(?:md|rst|adoc)$/.test(path))
  return data === undefined ? [] : modulesAround(change, posix.dirname(data))
}

/** What no test names is read by one that takes all of a folder: of the nearest folder that has tests. */
async function modulesAround(change: Change, folder: string): Promise<readonly string[]> {
  if (roleOf(`${folder}/data`) !== 'test') return []
  const modules = await modulesBelow(change, folder)
  if (modules.length > 0) return modules.length > most ? [] : modules
  return modulesAround(change, posix.dirname(folder))
}

function declaresTests({ path, after }: ChangedFile): boolean {
  const isCode = /\.(?:py|[cm]?[jt]sx?|go|rs|java|kt)$/.test(path)
  const isKept = /(?:^|\/)(?:__)?(?:fixtures?|(?:tap-)?snapshots?)(?:__)?\//.test(path)
  return isCode && !isNeverRun(path) && !isKept && declares.test(after ?? '')
}

/** Of the modules to run, those that the change does not touch, as they stand in the tree with the fix. */
export async function othersOf(
  { repo, fix, files }: Change,
  modules: readonly string[],
): Promise<readonly ChangedFile[]> {
  const others = modules.filter((module) => !files.some(({ path }) => path === module))
  const texts = others.map((path) => git(repo, ['cat-file', 'blob', `${fix}:${path}`]))
  const read = await Promise.all(texts)
  return others.map((path, at) => ({ path, role: 'test', before: null, after: read[at] ?? '' }))
}

/** Test modules that the change leaves alone and that name what it changes: they must stay green. */
export async function neighboursOf(
  change: Change,
  units: readonly { readonly path: string; readonly name: string }[],
): Promise<readonly string[]> {
  const names = new Set(units.map(({ name }) => name.split('.')[0] ?? name))
  const changed = new Set(change.files.map(({ path }) => path))
  const naming = await modulesNaming(change, [...names])
  const modules = naming.filter((path) => !changed.has(path))
  return nearest(modules, change.files.find(({ role }) => role === 'test')?.path ?? '')
}

/** A `conftest.py` serves every module below it; anything else is named by those that use it. */
async function modulesUsing(change: Change, path: string): Promise<readonly string[]> {
  const { base, name, dir } = posix.parse(path)
  if (base === 'conftest.py') return modulesBelow(change, dir)
  const kept = /^(?<folder>.*\/)?tap-snapshots\/(?<file>.*)\.test\.cjs$/.exec(path)?.groups
  if (kept !== undefined) {
    const owner = `${kept['folder'] ?? ''}${kept['file'] ?? ''}`
    return (await modulesBelow(change, posix.dirname(owner))).filter((one) => one === owner)
  }
  const naming = await modulesNaming(change, [base, name])
  // `__snapshots__/test_rows.ambr` belongs to `test_rows.py`.
  const siblings = await modulesBelow(change, posix.dirname(dir))
  const own = siblings.filter((module) =>
    [posix.parse(module).name, posix.basename(module)].includes(name),
  )
  return [...naming, ...own].filter((module) => module !== path)
}

async function modulesBelow({ repo, fix }: Change, folder: string): Promise<readonly string[]> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', fix, '--', folder]
  const list = await git(repo, folder === '.' || folder === '' ? args.slice(0, -2) : args)
  return list.split('\0').filter(isTestModule)
}

async function modulesNaming(
  { repo, fix }: Change,
  words: readonly string[],
): Promise<readonly string[]> {
  if (words.length === 0) return []
  const patterns = words.flatMap((word) => ['-e', word])
  const answer = await askGit(repo, ['grep', '-l', '-z', '-I', '-w', '-F', ...patterns, fix])
  if (!answer.ok) return []
  const places = answer.stdout.toString('utf8').split('\0')
  return places.map((place) => place.slice(fix.length + 1)).filter(isTestModule)
}

/** Those in the same folder first. */
function nearest(modules: readonly string[], path: string): readonly string[] {
  const folder = posix.dirname(path)
  const isNear = (module: string): number => (posix.dirname(module) === folder ? 0 : 1)
  return modules.toSorted((one, other) => isNear(one) - isNear(other)).slice(0, most)
}
