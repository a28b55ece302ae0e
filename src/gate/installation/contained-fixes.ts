import { isAncestor } from '../git/git.ts'
import type { Fact } from '../run/facts.ts'

/**
 * Fixes of the blockers that the candidate does not contain, by ancestry: a fix that was merged after
 * the tag, or into a branch that the tag does not lead back to, is none of this candidate, however
 * substantive it is.
 *
 * @param clone local clone of the command-line tool
 */
export async function missingFixes(
  clone: string,
  candidate: Pick<Fact<'candidate'>, 'tag' | 'commit'>,
  fixes: Fact<'fixes'>,
): Promise<string[]> {
  const checked = fixes.map(async ({ issue, commit }) =>
    (await isAncestor(clone, commit, candidate.commit))
      ? []
      : [`${candidate.tag} does not contain ${commit}, the fix of #${issue}`],
  )
  return (await Promise.all(checked)).flat()
}
