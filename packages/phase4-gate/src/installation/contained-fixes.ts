import { git, isAncestor } from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'

/**
 * Fixes of the blockers that the candidate does not contain. A fix that was merged after the tag, or
 * into a branch that the tag does not lead back to, is not in it, however substantive it is; and one
 * that was taken back before the tag is in its history only, so what it changed has to be in the
 * candidate's tree.
 *
 * @param clone local clone of the command-line tool
 */
export async function missingFixes(
  clone: string,
  candidate: Pick<Fact<'candidate'>, 'tag' | 'commit'>,
  fixes: Fact<'fixes'>,
): Promise<string[]> {
  const checked = fixes.map(async ({ issue, commit }) => {
    if (!(await isAncestor(clone, commit, candidate.commit)))
      return [`${candidate.tag} does not contain ${commit}, the fix of #${issue}`]
    const undone = await undoneFiles(clone, commit, candidate.commit)
    return undone.map(
      (what) => `the fix of #${issue} (${commit.slice(0, 12)}) is not in ${candidate.tag}: ${what}`,
    )
  })
  return (await Promise.all(checked)).flat()
}

/** Files in which the candidate no longer has what the fix changed. */
async function undoneFiles(clone: string, fix: string, candidate: string): Promise<string[]> {
  const listed = await git(clone, [
    ...['diff-tree', '-r', '-z', '--no-commit-id', '--name-only', '--no-renames'],
    ...[`${fix}^1`, fix],
  ])
  const product = listed.split('\0').filter((path) => path !== '' && isProduct(path))
  const findings = await Promise.all(
    product.map(async (path) => {
      const [before, after, now] = await Promise.all(
        [`${fix}^1`, fix, candidate].map((commit) => fileAt(clone, commit, path)),
      )
      return undoneIn(path, before ?? null, after ?? null, now ?? null)
    }),
  )
  return product.length === 0 ? ['it changed no code'] : findings.flat()
}

/** Null where the tree has no such file; one that cannot be read is another thing, and ends here. */
async function fileAt(clone: string, commit: string, path: string): Promise<string | null> {
  const entry = await git(clone, ['ls-tree', '--full-tree', '-z', commit, '--', path])
  const [, type, oid = ''] = entry.split(/[ \t]/)
  return type === 'blob' ? git(clone, ['cat-file', 'blob', oid]) : null
}

/** Code that is not a test: version files and change logs go on changing, tests are moved. */
function isProduct(path: string): boolean {
  const isTest =
    /(?:^|\/)(?:tests?|specs?|__tests__|fixtures)\//.test(path) ||
    /(?:^|\/)(?:test_[^/]*|[^/]*[._-](?:test|spec)\.\w+|conftest\.py)$/.test(path)
  return !isTest && /\.(?:py|pyi|[cm]?[jt]sx?|rs|go|java|kt|rb|php|sh|sql|c|cc|cpp|h)$/.test(path)
}

/**
 * Compares by lines, indentation left out: what the fix added must be there, and what it removed must
 * not have come back. A file that is as the fix left it needs no comparison. Pure.
 */
export function undoneIn(
  path: string,
  before: string | null,
  after: string | null,
  now: string | null,
): string[] {
  if (now === after) return []
  const [old, fixed, candidate] = [before, after, now].map(countedLines) as [Lines, Lines, Lines]
  const missing = [...fixed].filter(
    ([line, count]) => count > (old.get(line) ?? 0) && (candidate.get(line) ?? 0) < count,
  )
  const returned = [...old].filter(
    ([line, count]) => count > (fixed.get(line) ?? 0) && (candidate.get(line) ?? 0) >= count,
  )
  return [
    ...missing.map(([line]) => `${path} lacks "${line.slice(0, 80)}"`),
    ...returned.map(([line]) => `${path} has "${line.slice(0, 80)}" again`),
  ].slice(0, 3)
}

type Lines = ReadonlyMap<string, number>

/** Lines that say something, with how often each is there. */
function countedLines(text: string | null): Lines {
  const counts = new Map<string, number>()
  for (const raw of (text ?? '').split('\n')) {
    const line = raw.trim()
    if (/\w/.test(line) && !/^(?:#|\/\/|\*|\/\*)/.test(line))
      counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return counts
}
