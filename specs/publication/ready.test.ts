import { afterAll, beforeAll, expect } from 'vitest'
import { issueOf, operator } from '../../fixtures/github/index.ts'
import { longestBody } from '../../packages/phase4-gate/src/publication/checklist.ts'
import { failureRateBound } from '../../packages/phase4-gate/src/publication/confidence.ts'
import { isUntouched, markerOf } from '../../packages/gate-kernel/src/publication/marker.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import {
  verifyE2eClosable,
  verifyE2eCommentReady,
  verifyTrackerCannotBeClosed,
  verifyTrackerCommentReady,
  verifyTrackerStaysOpen,
} from '../../packages/phase4-gate/src/publication/requirements.ts'
import { GateStop, type StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { spec } from '../spec.ts'
import { onBoth, onTracker } from './broken.ts'
import { digest, openProvenRun } from './proven-run.ts'
import { impatient } from './scene.ts'

async function stopOf(verify: Promise<void>): Promise<StopReport> {
  const error: unknown = await verify.then(
    () => new Error('it passed'),
    (reason: unknown) => reason,
  )
  if (error instanceof GateStop) return error.report
  throw error
}

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015', 'GATE/C-007'],
  'a proven run passes all five requirements without writing anything, then publishes',
  async () => {
    await using proven = await openProvenRun()
    const { run, github } = proven
    await verifyE2eCommentReady(run)
    await verifyE2eClosable(run)
    await verifyTrackerCommentReady(run)
    await verifyTrackerStaysOpen(run)
    await verifyTrackerCannotBeClosed(run)
    const writes = github.requests.filter(({ method, name }) => {
      return method !== 'GET' && name !== 'POST graphql'
    })
    expect(writes).toEqual([])
    expect(github.violations).toEqual([])
    expect((await publish(run, { polling: impatient })).outcome).toBe('complete')
  },
)

spec('GATE/FR-011', 'the comment on 41 carries every item, a valid marker, and fits', async () => {
  await using proven = await openProvenRun()
  await verifyE2eCommentReady(proven.run)
  const { e2e41 } = await proven.run.facts.read('comments')
  const { commit } = await proven.run.facts.read('candidate')
  const attempt = 'artifacts/sync_identity_boundary/v3.2.0rc16-attempt1'
  for (const text of [
    ...['3.2.0rc16', 'v3.2.0rc16', commit, digest, '5.1.0', 'GET /health/ready/', 'drain_queue'],
    ...['Infra terminal-failed: 0', 'Historical business-rule rows: 22', 'content unchanged'],
    ...[1, 2, 3, 4].map((n) => `\`${attempt}/runs/run-${n}.json\``),
    ...[
      '4/4',
      'No manual mutation occurred',
      'Pull requests 42 and 44',
      'only below 45 % (95 % confidence)',
    ],
  ]) {
    expect(e2e41).toContain(text)
  }
  expect(e2e41.match(/ \| pass/g)).toHaveLength(20)
  expect(markerOf(e2e41)).toMatchObject({ run: 'run-1', candidate: digest, issue: 41 })
  expect(isUntouched(e2e41) && !isUntouched(e2e41.replace('4/4', '3/4'))).toBe(true)
  expect(e2e41.length).toBeLessThan(longestBody)
})

spec(
  'GATE/FR-014',
  'the tracker’s comment adds the events package, 41, and the Teamspace logs',
  async () => {
    await using proven = await openProvenRun()
    await verifyE2eCommentReady(proven.run)
    await verifyTrackerCommentReady(proven.run)
    const { tracker1038 } = await proven.run.facts.read('comments')
    for (const text of [
      ...['v5.1.0', 'e'.repeat(40), '/issues/41 (now closed)', 'Teamspace canary: 4/4'],
      ...[1, 2, 3, 4].map((n) => `teamspace-canary-run-${n}.log`),
      ...['Identity-boundary canary: 4/4', 'No manual mutation occurred', 'stays open'],
    ]) {
      expect(tracker1038).toContain(text)
    }
  },
)

spec(
  'GATE/FR-011',
  'each item that is not as the comment on 41 says stops it, by name, before anything is written',
  async () => {
    for (const { item, verdict, by } of onBoth) {
      await using proven = await openProvenRun()
      await by(proven)
      const report = await stopOf(verifyE2eCommentReady(proven.run))
      expect(report.code, report.what).toBe(`comment-${item}`)
      expect(report.verdict, item).toBe(verdict)
      expect(issueOf(proven.github.state, 41).comments).toEqual([])
      await expect(proven.run.facts.read('comments')).rejects.toThrow(GateStop)
    }
  },
)

spec(
  'GATE/FR-014',
  'each item that is not as the tracker’s comment says stops it, by name',
  async () => {
    for (const { item, verdict, by } of [...onBoth.slice(0, 3), ...onTracker]) {
      await using proven = await openProvenRun()
      await verifyE2eCommentReady(proven.run)
      await by(proven)
      const report = await stopOf(verifyTrackerCommentReady(proven.run))
      expect(report.code, report.what).toBe(`comment-${item}`)
      expect(report.verdict, item).toBe(verdict)
    }
  },
)

spec('GATE/FR-011', 'a service that is degraded by now stops the comment', async () => {
  await using proven = await openProvenRun()
  Object.assign(proven.service.drain, { terminalFailedCount: 2 })
  expect((await stopOf(verifyE2eCommentReady(proven.run))).verdict).toBe('blocked')
})

spec('GATE/FR-011', 'a locked issue stops the gate before it tries to comment', async () => {
  await using proven = await openProvenRun()
  Object.assign(issueOf(proven.github.state, 41), { locked: true })
  expect((await stopOf(verifyE2eCommentReady(proven.run))).code).toBe('issue-locked')
})

spec(
  'GATE/FR-012',
  '41 that somebody closed without this evidence stops the gate; with it, it is well',
  async () => {
    await using proven = await openProvenRun()
    const { run, github } = proven
    const issue = issueOf(github.state, 41)
    Object.assign(issue, { state: 'closed', closedBy: 'somebody' })
    expect(await stopOf(verifyE2eClosable(run))).toMatchObject({
      ...{ code: 'e2e-issue-already-closed', verdict: 'blocked' },
    })
    await verifyE2eCommentReady(run)
    const { e2e41: body } = await run.facts.read('comments')
    const forged = { id: 1, author: 'somebody', body, createdAt: '2026-05-21T00:00:00Z' }
    issue.comments.push(forged)
    expect((await stopOf(verifyE2eClosable(run))).code).toBe('e2e-issue-already-closed')
    issue.comments.push({ ...forged, id: 2, author: operator })
    await verifyE2eClosable(run)
  },
)

spec(['GATE/FR-015', 'GATE/C-007'], 'a tracker that is closed already stops the gate', async () => {
  await using proven = await openProvenRun()
  Object.assign(issueOf(proven.github.state, 1038), { state: 'closed', closedBy: 'somebody' })
  for (const verify of [verifyTrackerStaysOpen, verifyTrackerCannotBeClosed]) {
    expect(await stopOf(verify(proven.run))).toMatchObject({
      ...{ code: 'tracker-closed', verdict: 'blocked' },
    })
  }
})

spec(
  'GATE/FR-008',
  'five straight passes bound the failure rate at 45 %, with 95 % confidence',
  () => {
    expect(failureRateBound(5)).toBeCloseTo(0.4507, 4)
    expect(1 - failureRateBound(5)).toBeCloseTo(0.05 ** 0.2, 10)
  },
)

let token: string | undefined
beforeAll(() => void (token = process.env['PROVEN_RUN_TOKEN']))
afterAll(() => {
  if (token === undefined) delete process.env['PROVEN_RUN_TOKEN']
})
