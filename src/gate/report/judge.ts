import { requirementOfFile } from '../latch/tokens.ts'
import { type GateId, gateOrder, requirementOf } from '../register.ts'
import type { StopReport } from '../verdict.ts'
import {
  type EvidenceStop,
  requirementMetaSchema,
  type RequirementResult,
  type Weakening,
} from './evidence.ts'
import type { ModuleObservation, RunObservation } from './observation.ts'
import { findWeakenings, modulePassed } from './weakenings.ts'

/** The judgement of a run before anything is published. */
export interface Judgement {
  /** One per id of the register, in gate order. */
  readonly requirements: readonly RequirementResult[]
  readonly stop: EvidenceStop | null
  readonly weakenings: readonly Weakening[]
  /** True only if all 28 passed in a run that nothing weakened: then, and only then, publish. */
  readonly publishable: boolean
}

/** Judges a run by what was seen of it. Pure and total: whatever was seen, it answers. */
export function judge(run: RunObservation): Judgement {
  const own = new Map(gateOrder.map((id) => [id, verdictOf(id, run)]))
  const stoppedAt = gateOrder.find((id) => own.get(id)?.verdict !== 'pass')
  const requirements = gateOrder.map((id) => {
    const result = own.get(id) ?? notRun(id)
    const after = stoppedAt !== undefined && gateOrder.indexOf(id) > gateOrder.indexOf(stoppedAt)
    return after
      ? { ...withoutStop(result), verdict: 'not-run' as const, stoppedBy: stoppedAt }
      : result
  })
  const weakenings = weakeningsBeside(run, own.get(stoppedAt ?? gateOrder[0]), stoppedAt)
  const began = run.modules.length > 0 || run.selected.length === 0
  const stop = began ? stopOf(requirements, stoppedAt, weakenings) : notStarted
  return { requirements, stop, weakenings, publishable: stop === null && weakenings.length === 0 }
}

function verdictOf(id: GateId, run: RunObservation): RequirementResult {
  const module = run.modules.find((one) => requirementOfFile(one.file) === id)
  if (module === undefined) return notRun(id)
  const result: RequirementResult = {
    id,
    text: requirementOf(id).text,
    verdict: 'pass',
    ...(module.startedAt && { startedAt: module.startedAt.toISOString() }),
    ...(module.durationMs !== undefined && { durationMs: Math.round(module.durationMs) }),
    ...(module.programsMs !== undefined && { programsMs: Math.round(module.programsMs) }),
    progress: module.tests.flatMap((test) => test.progress),
  }
  return modulePassed(module)
    ? { ...result, ...reusedFrom(module) }
    : { ...result, ...explain(id, module) }
}

/** The run whose proof a requirement took over, if it said so. */
export function reusedFrom(module: ModuleObservation): Pick<RequirementResult, 'reusedFrom'> {
  const meta = requirementMetaSchema.safeParse(module.tests[0]?.meta)
  if (!meta.success || meta.data.verdict !== 'pass' || meta.data.reusedFrom === undefined) return {}
  return { reusedFrom: meta.data.reusedFrom }
}

/** The stop of a requirement that ran without reporting a pass or a stop of its own. */
const NO_PROOF = 'no-proof'

type Explanation = Pick<RequirementResult, 'verdict' | 'stop' | 'stoppedBy'>

/** Why a module is no proof: its own stop report where it made one, else what was seen. */
function explain(id: GateId, module: ModuleObservation): Explanation {
  for (const test of module.tests) {
    const meta = requirementMetaSchema.safeParse(test.meta)
    if (!meta.success || meta.data.id !== id) continue
    if (meta.data.verdict === 'not-run')
      return { verdict: 'not-run', stoppedBy: meta.data.stoppedBy }
    if (meta.data.verdict !== 'pass') return { verdict: meta.data.verdict, stop: meta.data.stop }
  }
  const seen = [...module.errors, ...module.tests.flatMap((test) => test.errors)]
  return {
    verdict: 'inconclusive',
    stop: {
      code: NO_PROOF,
      verdict: 'inconclusive',
      cause: 'cannot-tell',
      what: seen[0] ?? `the file ran but reported no pass (${module.tests.length} tests)`,
      where: module.file,
      next: `run the gate as it is pinned: canary-gate run`,
    },
  }
}

function notRun(id: GateId): RequirementResult {
  return { id, text: requirementOf(id).text, verdict: 'not-run', progress: [] }
}

function withoutStop(result: RequirementResult): RequirementResult {
  const { id, text, verdict, progress } = result
  return { id, text, verdict, progress }
}

/**
 * A stop that a requirement reported explains itself and everything behind it; only what lies before
 * it is news of its own. A module that merely proved nothing is explained by its weakenings.
 */
function weakeningsBeside(
  run: RunObservation,
  result: RequirementResult | undefined,
  stoppedAt: GateId | undefined,
): Weakening[] {
  if (stoppedAt === undefined) return findWeakenings(run)
  const at = run.modules.findIndex((module) => requirementOfFile(module.file) === stoppedAt)
  const end = result?.stop?.code === NO_PROOF ? at + 1 : at
  const modules = at === -1 ? run.modules : run.modules.slice(0, end)
  return findWeakenings({ ...run, modules, reason: 'passed' })
}

function stopOf(
  requirements: readonly RequirementResult[],
  stoppedAt: GateId | undefined,
  weakenings: readonly Weakening[],
): EvidenceStop | null {
  const stopped = requirements.find((result) => result.id === stoppedAt)
  if (stopped?.stop !== undefined) return { ...stopped.stop, requirement: stopped.id }
  const [first] = weakenings
  if (first === undefined && stopped === undefined) return null
  if (weakenings.every((one) => one.code === 'dry-run') && stopped === undefined) return dryRun
  return {
    ...weakened(first?.what ?? 'a requirement was not run'),
    requirement: stopped?.id ?? null,
  }
}

const notStarted: EvidenceStop = {
  requirement: null,
  code: 'world-not-started',
  verdict: 'inconclusive',
  cause: 'environment',
  what: 'no requirement began: the world of this run could not be started',
  where: 'the error that is printed with this screen',
  next: 'mend what that error names; check a configuration with: canary-gate doctor --config FILE',
}

const dryRun: EvidenceStop = {
  requirement: null,
  code: 'dry-run',
  verdict: 'inconclusive',
  cause: 'environment',
  what: 'every requirement passed; a dry run writes nothing and releases nothing',
  where: 'the option --dry-run',
  next: 'run the gate without it: canary-gate run',
}

function weakened(what: string): StopReport {
  return {
    code: 'weakened-run',
    verdict: 'inconclusive',
    cause: 'environment',
    what: `this run proves less than the gate demands: ${what}`,
    where: 'the command line, the environment or the configuration of this run',
    next: 'run the gate as it is pinned: canary-gate run',
  }
}
