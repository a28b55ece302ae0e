import type { Evidence } from '@canary-gate/gate-kernel'
import { type ExitCode, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { artifactsFolder } from '../program/place.ts'
import { readRuns } from '../program/runs.ts'
import { didYouMean } from '../program/nearest.ts'
import { UsageError } from '../program/usage-error.ts'

/**
 * The verdict of each requirement for one candidate, of its newest run alone: results of several runs
 * are never mixed, the other runs are named. A rehearsal is only asked where nothing else ran: its candidate
 * has the name of a real one. A newer run that cannot be read may have been of this candidate.
 */
export async function traceCandidate(
  tag: string,
  json: boolean,
  context: ProgramContext,
): Promise<ExitCode> {
  const artifacts = artifactsFolder(context)
  const { runs, unreadable } = await readRuns(artifacts)
  const own = runs.filter(({ candidate }) => candidate?.tag === tag)
  const newest = own.find(({ world }) => world !== 'rehearsal') ?? own[0]
  if (newest === undefined && unreadable.length > 0) {
    const each = unreadable.map((run) => `${run} has no evidence that can be read`)
    for (const line of [...each, `whether one of them is of ${tag} cannot be told`])
      context.err(line)
    return exitCodes.unknown
  }
  if (newest === undefined) {
    const known = [...new Set(runs.flatMap(({ candidate }) => candidate?.tag ?? []))]
    const names = known.length === 0 ? 'no run chose one' : `there are: ${known.join(', ')}`
    throw new UsageError(
      `no run in ${artifacts} is of candidate ${tag}${didYouMean(tag, known)}; ${names}`,
    )
  }
  const others = own
    .filter((run) => run !== newest)
    .map(({ runId, verdict, world }) => ({ run: runId, verdict, world }))
  const newer = unreadable.filter((run) => run > newest.runId)
  if (json) printJson(context, { ...documentOf(newest), otherRuns: others, unreadable })
  else for (const line of linesOf(newest, others)) context.out(line)
  for (const run of unreadable) context.err(`${run} has no evidence that can be read`)
  if (newer.length > 0) {
    context.err(`${newer.join(', ')}: newer, so this may not be the last word about ${tag}`)
    return exitCodes.unknown
  }
  return newest.verdict === 'release' ? exitCodes.ok : exitCodes.no
}

function documentOf({ runId, verdict, candidate, finishedAt, requirements, world }: Evidence) {
  return {
    ...{ candidate, run: runId, world, verdict, at: finishedAt },
    requirements: requirements.map(({ id, text, verdict: own, stop, reusedFrom }) => ({
      ...{ id, text, verdict: own },
      ...(stop !== undefined && { code: stop.code }),
      ...(reusedFrom !== undefined && { provenBy: reusedFrom }),
    })),
  }
}

function linesOf(
  { runId, verdict, candidate, finishedAt, requirements, world }: Evidence,
  others: readonly { readonly run: string; readonly verdict: string; readonly world: string }[],
): string[] {
  const { tag = '', commit = '' } = candidate ?? {}
  return [
    `${tag} (${commit.slice(0, 12)}): ${verdict}, run ${runId} of ${finishedAt}, world ${world}`,
    ...requirements.map(({ id, text, verdict: own, stop, reusedFrom }) => {
      const why = stop === undefined ? '' : ` (${stop.code})`
      const from = reusedFrom === undefined ? '' : ` (proven by run ${reusedFrom})`
      return `${id.padEnd(17)} ${own.padEnd(12)} ${text}${why}${from}`
    }),
    ...others.map(
      (other) => `not part of this: run ${other.run}, ${other.verdict}, world ${other.world}`,
    ),
  ]
}
