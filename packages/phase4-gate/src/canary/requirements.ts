import { join } from 'node:path'
import { type Attempt, openAttempt, resumeAttempt } from '../evidence/attempt.ts'
import { knownSecrets } from '../world/known-secrets.ts'
import { failed, GateStop, isSealed, sealAttempt } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { reopenBlocker } from '../publication/reopen.ts'
import type { Fact } from '../run/facts.ts'
import { requireSameDeployment, takeSnapshot } from '../service/snapshot.ts'
import { type Canary, runCanary } from './protocol.ts'
import { claimHome } from '../installation/home-claim.ts'
import { renderReopening } from './reopening.ts'
import { runSelfTests } from './self-tests.ts'
import { type CanaryVerdict, judgeCanary } from './verdict.ts'

/**
 * GATE/FR-007: one run of the canary; all four scenarios pass. On a failure the evidence is
 * preserved and sealed first, then the blocker that it proves to be open is re-opened.
 */
export async function verifySingleCanary(run: GateRun): Promise<void> {
  const { tag } = await run.facts.read('candidate')
  await claimHome(run)
  await runSelfTests(run)
  const attempt = await openAttempt(run, tag)
  await sealingOnStop(run, attempt, () => singleCanary(run, attempt))
}

async function singleCanary(run: GateRun, attempt: Attempt): Promise<void> {
  const canary = await runCanary(run, { protocol: 'single', previous: null })
  await preserveLog(attempt, canary, 'single')
  const verdict = judgeCanary(canary, attempt.folder, run.world.canary.command)
  const files = await preserveSingle(attempt, canary, verdict)
  await run.facts.write('singleRan', proofOf(canary, files))
  if (verdict.kind === 'stop') await endFailedAttempt(run, attempt, canary, verdict)
  await run.facts.write('single', proofOf(canary, files))
  await run.facts.write('stateBeforeSingle', canary.stateBefore)
  await run.facts.write('stateAfterSingle', canary.stateAfter)
}

/**
 * GATE/FR-008: four runs in a row all say "outcome": "pass", after a health snapshot from right
 * before them. The attempt is complete with them, so it is sealed here, whatever they say.
 */
export async function verifyFourRunProtocol(run: GateRun): Promise<void> {
  await run.facts.read('single')
  await claimHome(run)
  const attempt = await attemptForFourRuns(run)
  await sealingOnStop(run, attempt, () => fourRuns(run, attempt))
}

async function fourRuns(run: GateRun, attempt: Attempt): Promise<void> {
  const previous = await run.facts.read('stateAfterSingle')
  await takeSnapshotBeforeRuns(run, attempt)
  const canary = await runCanary(run, { protocol: 'four-run', previous })
  await preserveLog(attempt, canary, 'four-run')
  const files = await preserveAll(attempt, canary)
  await run.facts.write('fourRunRan', proofOf(canary, files))
  const verdict = judgeCanary(canary, attempt.folder, run.world.canary.command)
  if (verdict.kind === 'stop') await endFailedAttempt(run, attempt, canary, verdict)
  await attempt.write('interventions.json', json({ interventions: canary.interventions }))
  await run.facts.write('fourRun', proofOf(canary, files))
  await run.facts.write('stateAfterFourRuns', canary.stateAfter)
  await seal(run, attempt)
}

/** A sealed attempt is complete: a gate that is taken up again gets a new one, with a copy of the run. */
async function attemptForFourRuns(run: GateRun): Promise<Attempt> {
  const begun = await resumeAttempt(run)
  if (!(await isSealed(begun.folder))) return begun
  const { tag } = await run.facts.read('candidate')
  const { files } = await run.facts.read('single')
  const attempt = await openAttempt(run, tag)
  for (const name of files) await attempt.preserve(join(begun.folder, name), name)
  return attempt
}

/** Whatever stops the gate while an attempt is open ends the attempt, so it is sealed as it is. */
async function sealingOnStop(
  run: GateRun,
  attempt: Attempt,
  body: () => Promise<void>,
): Promise<void> {
  try {
    await body()
  } catch (error) {
    // A stop may have sealed it already, and a seal that fails must not hide what stopped the gate.
    if (!(await isSealed(attempt.folder))) await seal(run, attempt).catch(() => undefined)
    throw error
  }
}

async function takeSnapshotBeforeRuns(run: GateRun, attempt: Attempt): Promise<void> {
  const snapshot = await takeSnapshot(run)
  requireSameDeployment(await run.facts.read('preflight'), snapshot, run.world.service.url)
  const { count, contentSha256 } = await run.facts.read('historicalRows')
  if (snapshot.drain.businessRuleRejected !== count) {
    throw failed({
      code: 'historical-rows-changed',
      cause: 'cannot-tell',
      what: `${snapshot.drain.businessRuleRejected} historical rows now, ${count} when the gate began`,
      where: run.world.service.url,
      next: 'find out who changed them; they are left as they are, never repaired by hand',
    })
  }
  await run.facts.write('snapshotBeforeFourRuns', snapshot)
  await attempt.write('health-before-four-runs.json', json(snapshot))
  const checkedBy = contentSha256 === null ? 'count' : 'content'
  await attempt.write('historical-rows.json', json({ checkedBy, count, contentSha256 }))
}

/** Of a single run that passed, `latest.json` is left to the four runs that follow it. */
async function preserveSingle(
  attempt: Attempt,
  canary: Canary,
  verdict: CanaryVerdict,
): Promise<string[]> {
  const wanted = canary.files.filter(
    ({ name }) => verdict.kind === 'stop' || name !== 'latest.json',
  )
  const preserved: string[] = []
  for (const { name, text } of wanted) {
    const as = name.replace(/^runs\//, '')
    await attempt.write(as, text)
    preserved.push(as)
  }
  return preserved
}

async function preserveAll(attempt: Attempt, canary: Canary): Promise<string[]> {
  for (const { name, text } of canary.files) await attempt.write(name, text)
  return canary.files.map(({ name }) => name).filter((name) => name.startsWith('runs/'))
}

async function preserveLog(attempt: Attempt, canary: Canary, name: string): Promise<void> {
  await attempt.write(`harness-${name}.log`, `${canary.outcome.log}\n`)
}

/** Evidence first, then the tracker; a problem with either is told beside the failure, never instead. */
async function endFailedAttempt(
  run: GateRun,
  attempt: Attempt,
  canary: Canary,
  { stop, reopen }: Extract<CanaryVerdict, { kind: 'stop' }>,
): Promise<never> {
  const troubles: string[] = []
  const manifestSha256 = await seal(run, attempt).catch((error: unknown) => {
    troubles.push(`the evidence is not sealed: ${messageOf(error)}`)
    return null
  })
  for (const issue of reopen) {
    run.progress(`re-opening #${issue}`)
    const facts = { issue, attemptFolder: attempt.folder, canary, manifestSha256 }
    const body = await renderReopening(run, facts)
    await reopenBlocker(run, issue, body).catch((error: unknown) => {
      troubles.push(`#${issue} was not re-opened: ${messageOf(error)}`)
    })
  }
  if (troubles.length === 0) throw stop
  const findings = [...(stop.report.findings ?? []), ...troubles]
  throw new GateStop(
    { ...stop.report, findings, what: `${stop.report.what}; ${troubles.join('; ')}` },
    { cause: stop },
  )
}

async function seal(run: GateRun, attempt: Attempt): Promise<string> {
  const sealed = await sealAttempt(attempt.folder, { secrets: knownSecrets(run.world) })
  await run.facts.write('seal', sealed)
  return sealed.manifestSha256
}

function proofOf(canary: Canary, files: string[]): Fact<'fourRun'> {
  return {
    protocol: canary.protocol,
    runs: [...canary.runs],
    files,
    interventions: [...canary.interventions],
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
