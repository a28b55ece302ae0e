import type { Evidence, EvidenceRules, ReadDocument } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { upTo } from '../run/numbers.ts'
import { facts } from '../run/facts.ts'
import { fractionalKeys } from '../service/reader.ts'
import { fewestCanaryRuns } from '../world/schema.ts'

const worldOfRuns = z.looseObject({
  canary: z.looseObject({ runs: z.int().max(1000).optional() }).optional(),
})

/** The runs in a row that the world of the run asks for; undefined where it does not say so. */
async function askedRuns(read: ReadDocument): Promise<number | undefined> {
  const world = worldOfRuns.safeParse(await read('run/world.json'))
  return world.success ? (world.data.canary?.runs ?? fewestCanaryRuns) : undefined
}

/** Their documents: at least four, whatever the world says. */
async function runNames(read: ReadDocument): Promise<string[]> {
  const count = Math.max((await askedRuns(read)) ?? 0, fewestCanaryRuns)
  return upTo(count).map((number) => `attempt/runs/run-${number}.json`)
}

/**
 * The documents that a release of the Phase-4 gate rests on, and what they must say. An auditor's
 * check: it reads the raw documents of the harness and believes no summary of them.
 */
export const evidenceRules: EvidenceRules = {
  fractions: fractionalKeys,

  inputsOf: async (read) => [
    'attempt/run-1.json',
    ...(await runNames(read)),
    'attempt/health-before-four-runs.json',
    'attempt/historical-rows.json',
    'attempt/interventions.json',
    'run/facts/candidate.json',
    'run/facts/installation.json',
    'run/facts/teamspace.json',
  ],

  async logsOf(read) {
    const suite = teamspaceSchema.safeParse(await read('run/facts/teamspace.json'))
    if (!suite.success) return []
    return suite.data.runs.flatMap(({ log, junit }) => [log, ...(junit === null ? [] : [junit])])
  },

  async candidateOf(read) {
    const candidate = facts.candidate.safeParse(await read('run/facts/candidate.json'))
    if (!candidate.success) return undefined
    return { name: candidate.data.tag, sha256: candidate.data.wheelSha256 }
  },

  async contradictions(read, evidence) {
    return [
      ...(await candidateProblems(read, evidence)),
      ...(await runProblems(read, evidence)),
      ...(await serviceProblems(read)),
      ...(await suiteProblems(read)),
    ]
  },
}

const teamspaceSchema = z.looseObject({
  runs: z.array(
    z.looseObject({
      number: z.int(),
      passed: z.boolean(),
      tests: z.int(),
      log: z.string(),
      junit: z.string().nullable(),
    }),
  ),
})

async function candidateProblems(read: ReadDocument, evidence: Evidence): Promise<string[]> {
  const candidate = facts.candidate.safeParse(await read('run/facts/candidate.json'))
  const installation = z
    .looseObject({ version: z.string(), distributionSha256: z.string() })
    .safeParse(await read('run/facts/installation.json'))
  if (!candidate.success || !installation.success)
    return ['the candidate or its installation is not recorded']
  const { tag, version, commit, wheelSha256 } = candidate.data
  const named = evidence.candidate
  const problems: string[] = []
  if (named?.tag !== tag || named.version !== version || named.commit !== commit)
    problems.push('the candidate of the evidence is not the one that was chosen')
  if (installation.data.version !== version)
    problems.push(`installed was ${installation.data.version}, chosen ${version}`)
  if (installation.data.distributionSha256 !== wheelSha256)
    problems.push('what was installed is not the file that was published')
  return problems
}

const scenario = z.looseObject({ id: z.int(), status: z.string() })
const runDocument = z.looseObject({
  outcome: z.string(),
  run_id: z.string(),
  run_number: z.int(),
  cli_version: z.string(),
  scenarios: z.array(scenario),
})

async function runProblems(read: ReadDocument, evidence: Evidence): Promise<string[]> {
  const problems: string[] = []
  if ((await askedRuns(read)) === undefined)
    problems.push('world.json does not say how often the canary was to run')
  const ids = new Set<string>()
  for (const [index, name] of ['attempt/run-1.json', ...(await runNames(read))].entries()) {
    const run = runDocument.safeParse(await read(name))
    if (!run.success) {
      problems.push(`${name} is not a run document`)
      continue
    }
    const { outcome, run_id, run_number, cli_version, scenarios } = run.data
    const at = (what: string): number => problems.push(`${name}: ${what}`)
    if (outcome !== 'pass') at(`its outcome is ${outcome}`)
    if (run_number !== (index === 0 ? 1 : index)) at(`it is number ${run_number}`)
    if (cli_version !== evidence.candidate?.version) at(`it ran ${cli_version}`)
    if (scenarios.map(({ id }) => id).join() !== '1,2,3,4') at('not the four scenarios')
    for (const { id, status } of scenarios) if (status !== 'pass') at(`scenario ${id} is ${status}`)
    if (ids.has(run_id.toLowerCase())) at(`its id ${run_id} is that of another run`)
    ids.add(run_id.toLowerCase())
  }
  return problems
}

const health = z.looseObject({
  drain: z.looseObject({ infraTerminalFailed: z.int(), businessRuleRejected: z.int() }),
})

async function serviceProblems(read: ReadDocument): Promise<string[]> {
  const snapshot = health.safeParse(await read('run/facts/snapshotBeforeFourRuns.json'))
  const rows = z
    .looseObject({ count: z.int() })
    .safeParse(await read('attempt/historical-rows.json'))
  const world = z
    .looseObject({ service: z.looseObject({ historicalRows: z.int() }) })
    .safeParse(await read('run/world.json'))
  const interventions = z
    .strictObject({ interventions: z.array(z.unknown()) })
    .safeParse(await read('attempt/interventions.json'))
  if (!snapshot.success || !rows.success || !world.success || !interventions.success)
    return ['health, historical rows or interventions are not recorded']
  const { infraTerminalFailed, businessRuleRejected } = snapshot.data.drain
  const { historicalRows } = world.data.service
  const problems: string[] = []
  if (infraTerminalFailed !== 0) problems.push(`${infraTerminalFailed} infra rows had failed`)
  if (businessRuleRejected !== historicalRows || rows.data.count !== historicalRows)
    problems.push(`the historical rows are not ${historicalRows}`)
  if (interventions.data.interventions.length > 0)
    problems.push(`${interventions.data.interventions.length} interventions are recorded`)
  return problems
}

async function suiteProblems(read: ReadDocument): Promise<string[]> {
  const suite = teamspaceSchema.safeParse(await read('run/facts/teamspace.json'))
  if (!suite.success) return ['the runs of the Teamspace suite are not recorded']
  const { runs } = suite.data
  const numbers = runs.map(({ number }) => number).join()
  return [
    ...(numbers === '1,2,3,4' ? [] : [`the Teamspace suite ran as ${numbers || 'none'}`]),
    ...runs.flatMap(({ number, passed, tests }) =>
      passed && tests > 0 ? [] : [`run ${number} of the Teamspace suite did not pass`],
    ),
  ]
}
