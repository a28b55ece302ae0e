import { afterAll, beforeAll, expect, type TestContext } from 'vitest'
import { type CandidateName, realCandidates } from '../../../fixtures/real-tools/candidates.ts'
import {
  verifyBoundaryImports,
  verifyNotBeforeBaseline,
  verifyOnlyPrerelease,
  verifyTraceableBuild,
} from '../../../packages/phase4-gate/src/installation/requirements.ts'
import { verifyRecord } from '../../../packages/phase4-gate/src/installation/record.ts'
import type { RequirementId } from '../../register.ts'
import { canaryRunSchema } from '../../../packages/phase4-gate/src/run/canary-run.ts'
import { spec } from '../../spec.ts'
import { openStage, type PlannedPlay, type Stage } from './stage.ts'

// Real installers, real candidates of the real index; docs/real-candidates.md tells what it all means.

const rehearsed: readonly PlannedPlay[] = [
  { candidate: 'rc15', deployment: 'holding', historicRollback: true },
  { candidate: 'rc16', deployment: 'holding' },
  { candidate: 'rc16', deployment: 'strict' },
  { candidate: 'rc45', deployment: 'later' },
]

/** Generous: the work is bounded, but the machine may be busy with every other spec. */
const timeLimitMs = 1_200_000

let stage: Stage

beforeAll(async () => {
  stage = await openStage(rehearsed)
  if (stage.kind === 'closed') process.stderr.write(`real-tools are skipped: ${stage.reason}\n`)
}, 300_000)

afterAll(async () => {
  if (stage.kind === 'open') await stage.close()
}, timeLimitMs)

type Open = Extract<Stage, { kind: 'open' }>

function onStage(
  ids: RequirementId | readonly RequirementId[],
  behaviour: string,
  body: (stage: Open) => Promise<void>,
): void {
  const whereOpen = async ({ skip }: TestContext): Promise<void> => {
    if (stage.kind === 'closed') skip(stage.reason)
    else await body(stage)
  }
  spec(ids, behaviour, whereOpen, timeLimitMs)
}

for (const name of Object.keys(realCandidates) as CandidateName[]) {
  const { version, installer, events, wheelSha256 } = realCandidates[name]

  onStage(
    'GATE/FR-003',
    `the real ${installer} installs ${version}, as it was published`,
    async (open) => {
      const { facts } = await open.installed(name)
      expect(await facts.read('candidate')).toMatchObject({ version, wheelSha256 })
      expect(await facts.read('installation')).toMatchObject({
        version,
        distributionSha256: wheelSha256,
        eventsVersion: events,
      })
    },
  )

  onStage(
    ['GATE/C-001', 'GATE/NFR-004', 'GATE/C-005'],
    `${version} is a prerelease, and what is installed is what was tagged`,
    async (open) => {
      const run = await open.installed(name)
      await verifyOnlyPrerelease(run)
      await run.facts.write('fixes', [])
      await verifyTraceableBuild(run)
      await verifyNotBeforeBaseline(run)
    },
  )

  onStage('GATE/FR-004', `${version} imports, and its status has every key`, async (open) => {
    await verifyBoundaryImports(await open.installed(name))
  })
}

/** Status and failure mode of the four scenarios, in their order. */
async function scenarios(open: Open, { candidate, deployment }: PlannedPlay): Promise<string[]> {
  const { latest } = await open.played(candidate, deployment)
  return canaryRunSchema
    .parse(latest)
    .scenarios.map(({ status, failure_mode: mode, details }) =>
      status === 'pass' ? 'pass' : `${mode ?? ''} · ${details ?? ''}`,
    )
}

onStage(
  'GATE/FR-007',
  'rc15 counts what the service holds as unknown errors (#1182), as it did in its day',
  async (open) => {
    const [first, second, third, fourth] = await scenarios(open, {
      candidate: 'rc15',
      deployment: 'holding',
    })
    expect(first).toMatch(
      /^sync\.event_loop_unavailable · .*Errors: (\d+) \(unknown: \1\), exit 1$/,
    )
    expect(second).toMatch(/^sync\.event_loop_unavailable · .*Errors: 27 \(unknown: 27\), exit 1$/)
    expect([third, fourth]).toStrictEqual(['pass', 'pass'])
  },
)

onStage(
  'GATE/FR-007',
  'rc15 passes scenario 4 once the rollback names its review; without, the newest row is the one before',
  async (open) => {
    const { rollback } = await open.played('rc15', 'holding')
    expect(rollback?.ended).toMatch(/^exit 1: .*review-feedback-file/)
    expect(rollback?.newest).toMatchObject({ from: 'for_review', to: 'in_review' })
  },
)

onStage(
  'GATE/FR-007',
  'rc16 knows pending events, but loses them in its sum: nothing seems to have moved',
  async (open) => {
    const [first, second, ...rest] = await scenarios(open, {
      candidate: 'rc16',
      deployment: 'holding',
    })
    for (const scenario of [first, second])
      expect(scenario).toMatch(/^sync\.\w+ · .*Pending: [1-9]\d* \/ Errors: 0, exit 1$/)
    expect(rest).toStrictEqual(['pass', 'pass'])
  },
)

onStage(
  'GATE/FR-007',
  'rc16 has its whole batches refused by a service that takes no unknown fields (#1188, #1190)',
  async (open) => {
    const [first, second, ...rest] = await scenarios(open, {
      candidate: 'rc16',
      deployment: 'strict',
    })
    for (const scenario of [first, second])
      expect(scenario).toMatch(
        /^sync\.\w+ · .*Errors: [1-9]\d* \(unknown: \d+(?:, schema_mismatch: \d+)?\), exit 1$/,
      )
    expect(rest).toStrictEqual(['pass', 'pass'])
    const { requests } = await open.played('rc16', 'strict')
    expect(requests['POST /api/v1/events/batch/ 400']).toBeGreaterThan(1)
    expect(requests).not.toHaveProperty('POST /api/v1/events/batch/ 200')
  },
)

onStage(
  'GATE/FR-007',
  'rc45 delivers at the end of every command; its delivered moves cannot be peeked at any more',
  async (open) => {
    const results = await scenarios(open, { candidate: 'rc45', deployment: 'later' })
    expect(results.slice(0, 3)).toStrictEqual(['pass', 'pass', 'pass'])
    expect(results[3]).toMatch(/^queue\.no_status_change/)
  },
)

onStage('GATE/NFR-004', 'no canary changed an installed file', async (open) => {
  for (const { candidate, deployment } of rehearsed) {
    await open.played(candidate, deployment)
    const { facts } = await open.installed(candidate)
    const installation = await facts.read('installation')
    const { files, problems } = await verifyRecord(installation, 'spec-kitty-cli')
    expect(problems).toStrictEqual([])
    expect(files).toBeGreaterThan(500)
  }
})
