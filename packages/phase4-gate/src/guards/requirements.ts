import { setTimeout as pause } from 'node:timers/promises'
import { versionOf } from '../interventions/databases.ts'
import { interventions } from '../interventions/compare.ts'
import { openFingerprinter, scratchOf } from '../interventions/fingerprint.ts'
import { limitsOf } from '../interventions/service-counters.ts'
import type { GateRun } from '../run/run.ts'
import { readHistoricalRows } from '../service/rows.ts'
import { limitsPath } from '../service/reader.ts'
import { requireUsable, takeSnapshot } from '../service/snapshot.ts'
import { failed, type GateStop, inconclusive } from '@canary-gate/gate-kernel'
import { notWatched } from '../canary/verdict.ts'
import { tryMutatingDatabase, tryMutatingService } from './attempts.ts'

/**
 * GATE/FR-009: nothing was changed by hand during the gate. The gate itself cannot (its clients
 * refuse), and what it measured from before the first canary until now shows that nobody did.
 */
export async function verifyNoManualMutation(run: GateRun): Promise<void> {
  const single = await run.facts.read('single')
  const fourRun = await run.facts.read('fourRun')
  const findings = [
    ...(await tryMutatingService(run.world.service)),
    ...single.interventions,
    ...fourRun.interventions,
    ...(await changesSinceFourRuns(run)),
  ]
  if (findings.length > 0) throw mutated('manual-mutation', findings, run.world.canary.home)
}

/** GATE/C-002: the historical rows are what they were at the beginning, by content where readable. */
export async function verifyHistoricalRowsUntouched(run: GateRun): Promise<void> {
  const before = await run.facts.read('historicalRows')
  const snapshot = await takeSnapshot(run)
  requireUsable(snapshot, 'final snapshot', new Date())
  const now = await readHistoricalRows(run, snapshot.drain.businessRuleRejected)
  const findings = [
    ...(await tryMutatingService(run.world.service)),
    ...(now.count === before.count ? [] : [`${now.count} rows now, ${before.count} before`]),
    ...(now.contentSha256 === before.contentSha256
      ? []
      : [
          `content digest ${now.contentSha256 ?? 'none'} now, ${before.contentSha256 ?? 'none'} before`,
        ]),
  ]
  if (findings.length > 0) throw mutated('historical-rows-changed', findings, run.world.service.url)
}

/** GATE/C-003: no event of the local queue was replayed or deleted; the gate's handle cannot do it. */
export async function verifyLocalQueueUntouched(run: GateRun): Promise<void> {
  const databases = Object.keys((await run.facts.read('stateAfterFourRuns')).databases)
  const findings: string[] = []
  for (const file of databases) {
    const before = await versionOf(file)
    findings.push(
      ...(await tryMutatingDatabase(file, scratchOf(run))).map((what) => `${file}: ${what}`),
    )
    if ((await versionOf(file)) !== before) findings.push(`${file} changed while it was looked at`)
  }
  findings.push(
    ...(await changesSinceFourRuns(run)).filter((what) => /row|database|queue|put back/.test(what)),
  )
  if (findings.length > 0) throw mutated('local-queue-changed', findings, run.world.canary.home)
}

/** GATE/C-004: the size caps that the service advertises are those of before the first canary. */
export async function verifyIngressCapUnchanged(run: GateRun): Promise<void> {
  const before = limitsOf((await run.facts.read('stateBeforeSingle')).service)
  const now = await limitsNow(run)
  const findings = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name}: ${before[name] ?? 'absent'} before, ${now[name] ?? 'absent'} now`)
  const where = `${run.world.service.url}${limitsPath}`
  if (findings.length > 0) throw mutated('ingress-cap-changed', findings, where)
  if (Object.keys(now).length > 0) return
  throw inconclusive({
    code: 'ingress-cap-unknown',
    cause: 'environment',
    what: 'the service does not tell its ingress limits, so that they are unchanged is not shown',
    where,
    next: howToLearnLimits(run.world.service.tokenEnv, process.env),
  })
}

/** A service may tell them to signed-in readers only; then the gate signs in for that one GET. */
function howToLearnLimits(tokenEnv: string | undefined, env: NodeJS.ProcessEnv): string {
  const again = 'then run the gate again'
  if (tokenEnv === undefined)
    return `name a variable with a reader's token in service.tokenEnv, ${again}`
  if ((env[tokenEnv]?.trim() ?? '') === '') return `export ${tokenEnv}=... , ${again}`
  return `renew the token in ${tokenEnv}, or compare the answer with the health contract (sync_ingress.limits), ${again}`
}

/** A service that does not tell them this time, for whatever reason, is asked again. */
async function limitsNow(run: GateRun): Promise<Record<string, number | string>> {
  const fingerprinter = openFingerprinter(run)
  for (let attempt = 1; ; attempt += 1) {
    const limits = limitsOf((await fingerprinter.takeComplete()).service)
    if (Object.keys(limits).length > 0 || attempt === 3) return limits
    await pause(Math.min(run.world.service.retryAfterMs, 5_000))
  }
}

async function changesSinceFourRuns(run: GateRun): Promise<string[]> {
  const before = await run.facts.read('stateAfterFourRuns')
  const now = await openFingerprinter(run).takeComplete()
  const unwatched = now.unwatched ?? []
  if (unwatched.length > 0) throw notWatched(unwatched, run.world.canary.home)
  const unexplained = run.world.canary.ownSandboxes ? 'any' : 'foreign'
  return interventions(before, now, 'after the four runs', unexplained)
}

function mutated(code: string, findings: readonly string[], where: string): GateStop {
  return failed({
    code,
    cause: 'cannot-tell',
    what: `something was changed that this gate requires to be left alone: ${findings.join('; ')}`,
    where,
    next: 'find out who or what changed it, then run the whole gate again',
    findings,
  })
}
