import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clearFolder } from '../../fixtures/rehearsal/clear.ts'
import { sha256OfFile } from '../../packages/gate-kernel/src/evidence/tree.ts'
import { sealAttempt } from '../../packages/gate-kernel/src/evidence/seal.ts'
import type { Fingerprint } from '../../packages/phase4-gate/src/run/fingerprint.ts'
import type { RunObservation } from '../../packages/gate-kernel/src/report/observation.ts'
import { markResumed } from '../../packages/gate-kernel/src/run/resumed.ts'
import { gateDigest } from '../../packages/gate-kernel/src/resume/gate-digest.ts'
import { leaveRecord } from '../../packages/gate-kernel/src/resume/record.ts'
import { openFacts } from '../../packages/phase4-gate/src/run/run.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import { gate } from '../../gate/gate.ts'
import { openProvenRun, type ProvenRun } from '../publication/proven-run.ts'
import { evidenceOf } from '../reporter/evidences.ts'
import { perfectRun } from '../reporter/observations.ts'

/** A stopped run with its record, and beside it a new one that takes it up. */
export interface StoppedRun extends AsyncDisposable {
  readonly earlier: GateRun
  readonly next: GateRun
  /** What the new run told the operator. */
  readonly told: string[]
  readonly service: ProvenRun['service']
}

const untouched: Fingerprint = {
  ...{ takenAt: new Date(0).toISOString(), databases: {}, files: {}, daemons: {}, service: null },
}

/** @param seen what was seen of the run that stopped; if left out, a dry run in which all passed */
export async function stoppedRun(
  seen: RunObservation = { ...perfectRun(), dryRun: true },
): Promise<StoppedRun> {
  const proven = await openProvenRun()
  const { run: earlier, service } = proven
  const { folder: attempt } = await earlier.facts.read('attempt')
  await writeFile(join(attempt, 'run-1.json'), '{}')
  await earlier.facts.write('seal', await sealAttempt(attempt))
  await earlier.facts.write('blockers', blockers)
  await earlier.facts.write('fixes', [])
  await earlier.facts.write('harness', { canary: harnessPart, suite: harnessPart })
  await keepLogs(earlier)
  for (const name of ['stateBeforeSingle', 'stateAfterSingle', 'stateAfterFourRuns'] as const) {
    await earlier.facts.write(name, untouched)
  }
  await writeFile(join(earlier.folder, 'world.json'), JSON.stringify(earlier.world))
  await leaveRecord(await gateDigest(gate), earlier.folder, evidenceOf(seen))
  const told: string[] = []
  return {
    ...{ earlier, told, service, next: await takingUp(earlier, told) },
    async [Symbol.asyncDispose]() {
      await clearFolder(attempt)
      await proven[Symbol.asyncDispose]()
    },
  }
}

const harnessPart = {
  ...{ commit: '7'.repeat(40), commands: '7'.repeat(64), tracked: '7'.repeat(64) },
  ...{ versions: '7'.repeat(64), programs: {}, unknown: {}, tools: {} },
}

const blockers = [
  { issue: 1141, state: 'closed' as const, closedBy: [{ commit: 'a', foundBy: 'pull request' }] },
]

/** As the suite's requirement does: each log with the digest that it had when it was written. */
async function keepLogs({ facts }: GateRun): Promise<void> {
  const { runs } = await facts.read('teamspace')
  const kept = runs.map(async (run) => ({ ...run, logSha256: await sha256OfFile(run.log) }))
  await facts.write('teamspace', { runs: await Promise.all(kept) })
}

/** A run that has come as far as the canary, with the same answers from everybody. */
async function takingUp(earlier: GateRun, told: string[]): Promise<GateRun> {
  const folder = join(dirname(earlier.folder), 'run-2')
  await mkdir(folder)
  await copyFile(join(earlier.folder, 'world.json'), join(folder, 'world.json'))
  await markResumed(folder, earlier.id)
  const facts = openFacts(folder)
  for (const name of [
    'blockers',
    'candidate',
    'harness',
    'installation',
    'preflight',
    'historicalRows',
  ] as const)
    await facts.write(name, await earlier.facts.read(name))
  return {
    ...{ id: 'run-2', folder, world: earlier.world, facts },
    progress: (message) => void told.push(message),
  }
}
