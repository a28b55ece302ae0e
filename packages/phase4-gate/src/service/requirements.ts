import type { GateRun } from '../run/run.ts'
import { readHistoricalRows } from './rows.ts'
import { requireSameDeployment, requireUsable, takeSnapshot } from './snapshot.ts'

/** GATE/FR-005: both endpoints answer 200, events are new enough, no infra row is terminally failed. */
export async function verifyPreflight(run: GateRun): Promise<void> {
  run.progress(`preflight of ${run.world.service.url}`)
  await run.facts.write('preflight', await takeSnapshot(run))
}

/** GATE/FR-006: the historical rows are all there and in their state; their content is recorded. */
export async function verifyHistoricalRows(run: GateRun): Promise<void> {
  const { drain } = await run.facts.read('preflight')
  const rows = await readHistoricalRows(run, drain.businessRuleRejected)
  if (rows.contentSha256 === null) {
    run.progress('historical rows are checked by count only: no `service.rowsCommand`')
  }
  await run.facts.write('historicalRows', rows)
}

/**
 * GATE/NFR-002: every preflight of this gate saw a ready service without infra failures, on one and
 * the same deployment; the service is looked at once more now.
 */
export async function verifyReadyAtEveryPreflight(run: GateRun): Promise<void> {
  const first = await run.facts.read('preflight')
  const beforeRuns = await run.facts.read('snapshotBeforeFourRuns')
  const now = await takeSnapshot(run)
  requireUsable(first, 'first preflight', new Date())
  requireUsable(beforeRuns, 'four-run preflight', new Date())
  requireSameDeployment(first, beforeRuns, run.world.service.url)
  requireSameDeployment(beforeRuns, now, run.world.service.url)
}
