import { setTimeout as pause } from 'node:timers/promises'
import { knownSecrets, tokenVariables } from '../evidence/known-secrets.ts'
import { describeOutcome, lookUpTimeoutMs, plainEnvironment, runProgram } from '../process.ts'
import { redact } from '../redact.ts'
import type { ServiceSnapshot } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { blocked, inconclusive } from '../verdict.ts'
import {
  drainOf,
  infraFailures,
  readHealth,
  readReady,
  snapshotLifetimeSeconds,
} from './answers.ts'
import { openService, type ServiceAnswer, type ServicePath, type ServiceReader } from './reader.ts'

/**
 * Looks at the service once: both endpoints, the drain counts, the deployed image.
 * @throws GateStop `blocked` where it is degraded, `inconclusive` where it cannot be read
 */
export async function takeSnapshot(run: GateRun): Promise<ServiceSnapshot> {
  const { service } = run.world
  const reader = openService(service)
  const healthAnswer = await getWithRetry(run, reader, '/health/')
  const health = readHealth(healthAnswer, service.minimumEventsVersion)
  const ready = readReady(await getWithRetry(run, reader, '/health/ready/'))
  return {
    takenAt: new Date().toISOString(),
    image: await deployedImage(run, health.git_sha),
    gitSha: health.git_sha,
    eventsVersion: health.spec_kitty_events,
    health,
    ready,
    drain: drainOf(ready),
  }
}

/** A 503 or a missing answer is looked at once more after `retryAfterMs`; the second one counts. */
async function getWithRetry(
  run: GateRun,
  reader: ServiceReader,
  path: ServicePath,
): Promise<ServiceAnswer> {
  const first = await reader.get(path)
  if (first.kind === 'answer' && first.status !== 503) return first
  const waitMs = run.world.service.retryAfterMs
  const seen = first.kind === 'answer' ? `HTTP ${first.status}` : first.reason
  run.progress(`${first.url}: ${seen}; looking once more in ${waitMs / 1000} s`)
  await pause(waitMs)
  return reader.get(path)
}

async function deployedImage(run: GateRun, gitSha: string): Promise<string> {
  const { github, service } = run.world
  const { imageCommand } = service
  if (imageCommand === undefined) return `git:${gitSha}`
  const notIts = tokenVariables.filter((name) => name !== 'FLY_API_TOKEN')
  const env = plainEnvironment([...notIts, github.tokenEnv])
  const outcome = await runProgram({ command: imageCommand, env, timeoutMs: lookUpTimeoutMs })
  const image = outcome.stdout.trim()
  if (outcome.kind === 'exited' && outcome.exitCode === 0 && image !== '') {
    return redact(image, knownSecrets(run.world))
  }
  throw inconclusive({
    code: 'image-unknown',
    cause: 'environment',
    what: `the command that prints the deployed image failed: ${describeOutcome(outcome)}`,
    where: imageCommand.join(' '),
    next: 'run it by hand, or remove `service.imageCommand`: the image is then taken from git_sha',
  })
}

/**
 * Judges a recorded snapshot once more (GATE/NFR-002): it must say ready with no infra failure, and
 * be younger than 24 hours and not from the future.
 */
export function requireUsable(snapshot: ServiceSnapshot, label: string, now: Date): void {
  const ageSeconds = (now.getTime() - Date.parse(snapshot.takenAt)) / 1000
  if (ageSeconds > snapshotLifetimeSeconds || ageSeconds < -60) {
    throw inconclusive({
      code: 'snapshot-too-old',
      what: `the ${label} snapshot was taken at ${snapshot.takenAt}, it is now ${now.toISOString()}`,
      where: label,
      next: 'run the gate again; a health snapshot older than 24 hours is not evidence',
    })
  }
  if (snapshot.drain.infraTerminalFailed !== 0) {
    throw infraFailures(snapshot.drain.infraTerminalFailed, `${label} snapshot`)
  }
}

/** The deployment must stay the same during the gate, or its halves prove different services. */
export function requireSameDeployment(
  before: ServiceSnapshot,
  after: ServiceSnapshot,
  url: string,
): void {
  if (before.gitSha === after.gitSha && before.image === after.image) return
  throw blocked({
    code: 'service-redeployed',
    what:
      `the service was redeployed during the gate: ${before.gitSha} (${before.image}) at ` +
      `${before.takenAt}, ${after.gitSha} (${after.image}) at ${after.takenAt}`,
    where: url,
    next: 'wait until deployments rest, then run the whole gate again',
  })
}
