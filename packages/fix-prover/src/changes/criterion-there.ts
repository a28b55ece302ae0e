import { askGit } from '@canary-gate/programs'
import type { Change } from './change.ts'
import type { Criterion } from './criterion.ts'
import { ProverProblem } from './problem.ts'
import { spelledFor } from './spelling.ts'

/**
 * A criterion of which nothing exists, before or after, would reject every change: a misspelt name, a
 * file that moved, the wrong clone.
 *
 * @throws ProverProblem when neither tree has any of its names
 */
export async function assureCriterionIsThere(change: Change, named: Criterion): Promise<void> {
  const paths = change.files.map(({ path }) => path)
  const { places } = spelledFor(named, paths)
  const both = [...named.places, ...places]
  for (const { file, names } of both)
    for (const tree of [change.fix, change.base])
      if (await hasAny(change.repo, tree, file, names)) return
  const first = named.places[0]
  throw new ProverProblem({
    code: 'criterion-matches-nothing',
    what: `nothing that the criterion of ${named.issue} names exists before or after the change, e.g. ${first?.names[0] ?? ''} in ${first?.file ?? ''}`,
    where: change.repo,
    next: 'check the names and files of the criterion (docs/fix-substance.md), and that the clone is the right one',
  })
}

/** Whether a tree has one of the names: in the file, or, where that is not there, in any. */
async function hasAny(
  repo: string,
  tree: string,
  file: string,
  names: readonly string[],
): Promise<boolean> {
  const words = names.flatMap((name) => ['-e', name.split('.').at(-1) ?? name])
  const find = ['grep', '-q', '-w', '-F', ...words, tree]
  const isThere = (await askGit(repo, ['cat-file', '-e', `${tree}:${file}`])).ok
  const answer = await askGit(repo, isThere ? [...find, '--', file] : find)
  return answer.ok
}
