import { basename, dirname } from 'node:path'
import { blocked, GitHubStop, inconclusive } from '@canary-gate/gate-kernel'
import { tagsOfEarlierRuns } from '../candidates/earlier-runs.ts'
import type { Candidate } from '../candidates/judge.ts'
import {
  type CandidateList,
  listCandidates,
  ofOtherLines,
  refusedByTag,
  untaggedAfter,
  untaggedVersions,
} from '../candidates/list.ts'
import { openGitHub } from '../github/open.ts'
import type { GateRun } from '../run/run.ts'

export type ChosenCandidate = Candidate & {
  readonly tag: string
  readonly commit: string
  readonly wheelSha256: string
}

/**
 * The newest eligible candidate; only reads.
 *
 * @throws CheckError where there is none, or where something that would tell it cannot be read
 */
export async function chooseCandidate(run: GateRun): Promise<ChosenCandidate> {
  const { indexUrl, project, after, line, baseline } = run.world.candidate
  const { apiUrl, repositories } = run.world.github
  const lastSeen = await tagsOfEarlierRuns(
    dirname(run.folder),
    ({ github }) => github.apiUrl === apiUrl && github.repositories.cli === repositories.cli,
    basename(run.folder),
  )
  const repository = run.world.checkouts.cli
  const query = { repository, indexUrl, project, after, line, baseline, lastSeen }
  const list = await listCandidates(query)
  const { chosen } = list
  await requireFetched(run, list)
  const untagged = untaggedAfter(list)
  if (untagged !== null) run.progress(`published, but without a tag in ${repository}: ${untagged}`)
  const others = ofOtherLines(list).slice(0, 3).join(', ')
  if (others !== '') run.progress(`of other lines, and therefore not chosen: ${others}`)
  if (chosen !== null && isComplete(chosen)) return chosen
  if (list.candidates.some(({ reasons }) => reasons.some(isBaselineUnknown)))
    throw inconclusive({
      code: 'baseline-unknown',
      cause: 'environment',
      what: `the clone lacks the baseline ${baseline}, or the history that would show which tags contain it`,
      where: repository,
      next: `git -C ${repository} fetch --tags --unshallow, or correct checkouts.cli or candidate.baseline`,
    })
  throw noneEligible(list, after, `${repository} and ${indexUrl}`)
}

function noneEligible({ candidates }: CandidateList, after: string, where: string): Error {
  return blocked({
    code: 'no-new-candidate',
    cause: 'product',
    what: `no eligible release candidate after ${after}`,
    where,
    next: 'have the next release candidate cut and published by an operator; the gate never cuts one',
    findings: candidates
      .filter((candidate) => candidate.prerelease)
      .slice(0, 20)
      .map(
        ({ tag, version, reasons }) =>
          `${tag ?? version}: ${reasons.map(({ text }) => text).join('; ')}`,
      ),
  })
}

function isBaselineUnknown({ code }: Candidate['reasons'][number]): boolean {
  return code === 'baseline-unknown'
}

function isComplete(candidate: Candidate): candidate is ChosenCandidate {
  return candidate.tag !== null && candidate.commit !== null && candidate.wheelSha256 !== null
}

/**
 * A later candidate that is published and has a tag on GitHub is only missing in the clone: it was not
 * fetched, and the candidate that would be chosen is not the newest. Nor is it where the clone has that tag
 * at another commit: what speaks against that commit says nothing about the candidate.
 */
async function requireFetched({ world }: GateRun, list: CandidateList): Promise<void> {
  const versions = untaggedVersions(list)
  const refused = refusedByTag(list)
  if (versions.length + refused.length === 0) return
  const github = await openGitHub(world)
  for (const { tag, commit } of refused) {
    const there = tag === null ? null : await github.tag('cli', tag).catch(ifNotFound)
    if (tag !== null && there !== null && there.commit !== commit)
      throw otherTag(world.checkouts.cli, tag, commit, there.commit)
  }
  for (const version of versions) {
    for (const name of [`v${version}`, version]) {
      const tag = await github.tag('cli', name).catch(ifNotFound)
      if (tag !== null) throw notFetched(world.checkouts.cli, name, version)
    }
  }
}

function ifNotFound(error: unknown): null {
  if (error instanceof GitHubStop && error.kind === 'not-found') return null
  throw error
}

function notFetched(clone: string, tag: string, version: string): Error {
  return inconclusive({
    code: 'clone-not-fetched',
    cause: 'environment',
    what: `${version} is published and tagged ${tag} on GitHub, and the clone does not have that tag`,
    where: clone,
    next: `git -C ${clone} fetch --tags, then run the gate again`,
  })
}

function otherTag(clone: string, tag: string, here: string | null, there: string): Error {
  return inconclusive({
    code: 'clone-not-fetched',
    cause: 'environment',
    what: `${tag} is ${here ?? 'not a commit'} in the clone, and ${there} on GitHub`,
    where: clone,
    next: `ask who moved it; git -C ${clone} fetch --tags --force takes over that of GitHub, then run the gate again`,
  })
}

/**
 * GATE/FR-003 once more: a run that began now would choose the same candidate, and the index still offers
 * what was installed. A wheel may be withdrawn, and a newer candidate published, while the gate runs.
 */
export async function requireStillChosen(run: GateRun): Promise<void> {
  const proven = await run.facts.read('candidate')
  const now = await chooseCandidate(run)
  const findings = [
    ...(now.tag === proven.tag && now.commit === proven.commit
      ? []
      : [
          `${now.tag} (${now.commit}) would be chosen now, ${proven.tag} (${proven.commit}) was proven`,
        ]),
    ...(now.tag !== proven.tag || now.wheels.includes(proven.wheelSha256)
      ? []
      : [`the index does not offer the wheel ${proven.wheelSha256} any more`]),
  ]
  if (findings.length === 0) return
  throw blocked({
    code: 'candidate-superseded',
    cause: 'cannot-tell',
    what: `what was proven is not the newest candidate any more: ${findings.join('; ')}`,
    where: run.world.candidate.indexUrl,
    next: 'run the whole gate again, on the candidate that is offered now: canary-gate run',
    findings,
  })
}
