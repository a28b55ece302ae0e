import { requirementOfFile } from '../definition/files.ts'
import { type Gate, rowOf } from '../definition/gate.ts'
import type { StopReport } from '../stop/verdict.ts'
import {
  type EvidenceStop,
  requirementMetaSchema,
  type RequirementResult,
  type Weakening,
} from '../evidence/run-evidence.ts'
import type { ModuleObservation, RunObservation } from './observation.ts'
import { DRY_RUN } from '../evidence/headline.ts'
import { asIfPassed, findViolations, modulePassed } from './integrity.ts'

/** The verdict on a run before anything is published. */
export interface RunVerdict {
  /** One per row of the table, in its order. */
  readonly requirements: readonly RequirementResult[]
  readonly stop: EvidenceStop | null
  readonly weakenings: readonly Weakening[]
  /** True only if all of them passed in a run that nothing weakened: then, and only then, publish. */
  readonly publishable: boolean
}

/** Judges a run by what was seen of it. Pure and total: whatever was seen, it answers. */
export function verdictOfRun(gate: Gate, run: RunObservation): RunVerdict {
  const { order } = gate
  const own = new Map(order.map((id) => [id, verdictOf(gate, id, run)]))
  const stoppedAt = order.find((id) => !goesOn(own.get(id)))
  const requirements = order.map((id) => {
    const result = own.get(id) ?? notRun(gate, id)
    const after = stoppedAt !== undefined && order.indexOf(id) > order.indexOf(stoppedAt)
    return after
      ? { ...withoutStop(result), verdict: 'not-run' as const, stoppedBy: stoppedAt }
      : result
  })
  const weakenings = violationsApart(gate, run, own.get(stoppedAt ?? order[0] ?? ''), stoppedAt)
  const began = run.modules.length > 0 || run.selected.length === 0
  const stop = began ? stopOf(requirements, stoppedAt, weakenings) : notStarted
  const isWhole = requirements.every(({ verdict }) => verdict === 'pass')
  const publishable = isWhole && stop === null && weakenings.length === 0
  return { requirements, stop, weakenings, publishable }
}

/** A requirement that passed, or in spite of whose stop an owner goes on: the run is then no release. */
function goesOn(result: RequirementResult | undefined): boolean {
  return result !== undefined && (result.verdict === 'pass' || result.waiver !== undefined)
}

function waivedStop(requirements: readonly RequirementResult[]): EvidenceStop | null {
  const waived = requirements.find(({ waiver }) => waiver !== undefined)
  return waived?.stop === undefined ? null : { ...waived.stop, requirement: waived.id }
}

function verdictOf(gate: Gate, id: string, run: RunObservation): RequirementResult {
  const module = run.modules.find((one) => requirementOfFile(gate.order, one.file) === id)
  if (module === undefined) return notRun(gate, id)
  const result: RequirementResult = {
    id,
    text: textOf(gate, id),
    verdict: 'pass',
    ...(module.startedAt && { startedAt: module.startedAt.toISOString() }),
    ...(module.durationMs !== undefined && { durationMs: Math.round(module.durationMs) }),
    ...(module.programsMs !== undefined && { programsMs: Math.round(module.programsMs) }),
    progress: module.tests.flatMap((test) => test.progress),
  }
  if (run.problem?.id === id)
    return { ...result, verdict: run.problem.stop.verdict, stop: run.problem.stop }
  return modulePassed(gate.order, module)
    ? { ...result, ...reusedFrom(module) }
    : { ...result, ...explain(id, module), ...waiverOf(gate, module) }
}

/** The run whose proof a requirement took over, if it said so. */
export function reusedFrom(module: ModuleObservation): Pick<RequirementResult, 'reusedFrom'> {
  const meta = requirementMetaSchema.safeParse(module.tests[0]?.meta)
  if (!meta.success || meta.data.verdict !== 'pass' || meta.data.reusedFrom === undefined) return {}
  return { reusedFrom: meta.data.reusedFrom }
}

/** The waiver by which the run went on, where nothing else is wrong with the module. */
function waiverOf(gate: Gate, module: ModuleObservation): Pick<RequirementResult, 'waiver'> {
  const meta = requirementMetaSchema.safeParse(module.tests[0]?.meta)
  if (asIfPassed(gate.order, module) === undefined) return {}
  return meta.success && 'waiver' in meta.data ? { waiver: meta.data.waiver } : {}
}

/** The stop of a requirement that ran without reporting a pass or a stop of its own. */
const NO_PROOF = 'no-proof'

type Explanation = Pick<RequirementResult, 'verdict' | 'stop' | 'stoppedBy'>

/** Why a module is no proof: its own stop report where it made one, else what was seen. */
function explain(id: string, module: ModuleObservation): Explanation {
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
      next: 'run the gate as it is pinned',
      command: ['run'],
    },
  }
}

function notRun(gate: Gate, id: string): RequirementResult {
  return { id, text: textOf(gate, id), verdict: 'not-run', progress: [] }
}

function textOf(gate: Gate, id: string): string {
  return rowOf(gate, id)?.text ?? ''
}

function withoutStop(result: RequirementResult): RequirementResult {
  const { id, text, verdict, progress } = result
  return { id, text, verdict, progress }
}

/**
 * A stop that a requirement reported explains itself and everything after it; only what comes before it
 * is reported besides. A module that merely proved nothing is explained by its violations.
 */
function violationsApart(
  gate: Gate,
  run: RunObservation,
  result: RequirementResult | undefined,
  stoppedAt: string | undefined,
): Weakening[] {
  const seen = { ...run, modules: run.modules.map((one) => asIfPassed(gate.order, one) ?? one) }
  if (stoppedAt === undefined) return findViolations(gate.order, seen)
  const at = run.modules.findIndex(({ file }) => requirementOfFile(gate.order, file) === stoppedAt)
  const end = result?.stop?.code === NO_PROOF ? at + 1 : at
  const modules = at === -1 ? seen.modules : seen.modules.slice(0, end)
  return findViolations(gate.order, { ...run, modules, reason: 'passed' })
}

function stopOf(
  requirements: readonly RequirementResult[],
  stoppedAt: string | undefined,
  weakenings: readonly Weakening[],
): EvidenceStop | null {
  const stopped = requirements.find((result) => result.id === stoppedAt)
  if (stopped?.stop !== undefined) return { ...stopped.stop, requirement: stopped.id }
  const [first] = weakenings
  // A dry run in which a requirement was waived has not shown that everything passes.
  const waived = waivedStop(requirements)
  const isPinned = stopped === undefined && weakenings.every((one) => one.code === DRY_RUN)
  if (isPinned && waived !== null) return waived
  if (first === undefined && stopped === undefined) return null
  if (isPinned) return dryRun
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
  next: 'repair what that error names; check a configuration',
  command: ['doctor'],
}

const dryRun: EvidenceStop = {
  requirement: null,
  code: DRY_RUN,
  verdict: 'inconclusive',
  cause: 'environment',
  what: 'every requirement passed; a dry run writes nothing and releases nothing',
  where: 'the option --dry-run',
  next: 'run the gate without it',
  command: ['run'],
}

function weakened(what: string): StopReport {
  return {
    code: 'weakened-run',
    verdict: 'inconclusive',
    cause: 'environment',
    what: `this run proves less than the gate demands: ${what}`,
    where: 'the command line, the environment or the configuration of this run',
    next: 'run the gate as it is pinned',
    command: ['run'],
  }
}
