import { rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { edit, type ProvenRun } from './proven-run.ts'

/** One broken world per item of the two checklists: how it is broken, and the stop it leads to. */
export interface Broken {
  readonly item: string
  readonly verdict: StopReport['verdict']
  readonly by: (proven: ProvenRun) => unknown
}

/** From the interpreter of the candidate's environment. */
const moduleOfCandidate = '../../lib/python3.11/site-packages/specify_cli.py'

const runFile = (run: ProvenRun['run'], number: number): string =>
  join(
    run.world.checkouts.e2e,
    `artifacts/sync_identity_boundary/v3.2.0rc16-attempt1/runs/run-${number}.json`,
  )

/** The same content, elsewhere: what is there can be changed without a trace here. */
async function becomeLink(file: string): Promise<void> {
  await rename(file, `${file}.moved`)
  await symlink(`${file}.moved`, file)
}

export const onBoth: readonly Broken[] = [
  {
    ...{ item: 'version', verdict: 'fail' },
    by: async ({ run }) =>
      edit((await run.facts.read('installation')).bin, (text) => text.replace('rc16', 'rc15')),
  },
  {
    ...{ item: 'tag', verdict: 'fail' },
    by: ({ github }) => {
      const tags = github.state.repositories[0]?.tags ?? []
      tags[0] = { name: 'v3.2.0rc16', commit: 'f'.repeat(40) }
    },
  },
  {
    ...{ item: 'baseline', verdict: 'fail' },
    by: ({ run }) => Object.assign(run.world.candidate, { baseline: '9'.repeat(40) }),
  },
  {
    ...{ item: 'wheel', verdict: 'fail' },
    by: ({ change }) => change('installation', () => ({ distributionSha256: '6'.repeat(64) })),
  },
  {
    ...{ item: 'wheel', verdict: 'fail' },
    by: async ({ run }) =>
      edit(
        join((await run.facts.read('installation')).python, moduleOfCandidate),
        (text) => `${text}patched = True\n`,
      ),
  },
  {
    ...{ item: 'snapshot', verdict: 'inconclusive' },
    by: ({ change }) =>
      change('snapshotBeforeFourRuns', () => ({
        takenAt: new Date(Date.now() + 3_600_000).toISOString(),
      })),
  },
  {
    ...{ item: 'deployment', verdict: 'blocked' },
    by: ({ change }) => change('snapshotBeforeFourRuns', () => ({ gitSha: 'older' })),
  },
  ...[
    { buildTimestamp: '2026-05-02T08:00:00Z' },
    { version: '0.14.3' },
    { eventsVersion: '5.2.0' },
  ].map((built): Broken => ({
    ...{ item: 'deployment', verdict: 'blocked' },
    // The same commit, built anew.
    by: ({ service }) => Object.assign(service.deployment, built),
  })),
  {
    ...{ item: 'events-package', verdict: 'fail' },
    by: ({ change }) => change('installation', () => ({ eventsVersion: '5.2.0' })),
  },
  {
    ...{ item: 'snapshot', verdict: 'inconclusive' },
    by: ({ change }) =>
      change('snapshotBeforeFourRuns', () => ({ takenAt: '2026-05-01T00:00:00Z' })),
  },
  {
    ...{ item: 'deployment', verdict: 'blocked' },
    by: ({ change }) => change('snapshotBeforeFourRuns', () => ({ image: 'registry/app:41' })),
  },
  {
    ...{ item: 'snapshot', verdict: 'inconclusive' },
    by: ({ change }) => change('snapshotBeforeFourRuns', () => ({ ready: { status: 'starting' } })),
  },
  {
    ...{ item: 'infra-count', verdict: 'blocked' },
    by: ({ change }) =>
      change('snapshotBeforeFourRuns', ({ drain }) => ({
        drain: { ...drain, infraTerminalFailed: 1 },
      })),
  },
  {
    ...{ item: 'historical-rows', verdict: 'blocked' },
    by: ({ service }) => Object.assign(service.drain, { businessRuleRejectedCount: 21 }),
  },
  {
    ...{ item: 'interventions', verdict: 'fail' },
    by: ({ change }) => change('single', () => ({ interventions: ['daemon was replaced'] })),
  },
  {
    ...{ item: 'form', verdict: 'fail' },
    by: ({ change }) => change('snapshotBeforeFourRuns', () => ({ image: '<fly-image>' })),
  },
  {
    ...{ item: 'sixteen-cells', verdict: 'fail' },
    by: ({ change }) =>
      change('fourRun', ({ runs }) => ({
        runs: runs.map((run) => ({
          ...run,
          scenarios: run.scenarios.map((one) =>
            one.id === 4 && run.run_number === 3 ? { ...one, status: 'fail' as const } : one,
          ),
        })),
      })),
  },
  {
    ...{ item: 'run-files', verdict: 'fail' },
    by: ({ run }) => edit(runFile(run, 2), (text) => text.replace('"pass"', '"fail"')),
  },
  { item: 'run-files', verdict: 'fail', by: ({ run }) => rm(runFile(run, 4)) },
  { item: 'run-files', verdict: 'fail', by: ({ run }) => becomeLink(runFile(run, 4)) },
  {
    ...{ item: 'run-files', verdict: 'fail' },
    by: ({ change }) => change('fourRun', ({ files }) => ({ files: files.slice(0, 3) })),
  },
]

export const onTracker: readonly Broken[] = [
  {
    ...{ item: 'events-tag', verdict: 'fail' },
    by: ({ github }) => {
      const tags = github.state.repositories[2]?.tags ?? []
      tags[0] = { name: 'v5.1.0', commit: 'f'.repeat(40) }
    },
  },
  {
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ change }) => change('teamspace', ({ runs }) => ({ runs: runs.slice(0, 3) })),
  },
  {
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ change }) =>
      change('teamspace', ({ runs }) => ({
        runs: runs.map((run) => ({ ...run, passed: run.number !== 2 })),
      })),
  },
  {
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ run }) => rm(join(run.world.teamspace.logs, 'teamspace-canary-run-3.log')),
  },
  {
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ change }) =>
      change('teamspace', ({ runs }) => ({
        runs: runs.map((run) => ({ ...run, logSha256: '1'.repeat(64) })),
      })),
  },
  {
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ run }) => becomeLink(join(run.world.teamspace.logs, 'teamspace-canary-run-3.log')),
  },
  ...['1'.repeat(64), null].map((junitSha256): Broken => ({
    ...{ item: 'teamspace', verdict: 'fail' },
    by: ({ change }) =>
      change('teamspace', ({ runs }) => ({
        runs: runs.map((run) => ({ ...run, junit: `${run.log}.xml`, junitSha256 })),
      })),
  })),
]
