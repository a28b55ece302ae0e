import { setTimeout as pause } from 'node:timers/promises'
import { knownSecrets, tokenVariables } from '../world/known-secrets.ts'
import {
  describeOutcome,
  lookUpTimeoutMs,
  plainEnvironment,
  runProgram,
} from '@canary-gate/programs'
import { blocked, inconclusive, redact } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import type { ServiceSnapshot } from '../run/facts.ts'
import { drainOf, type ExpectedService, readHealth, readReady } from './answers.ts'
import { type Health, identityKeys, type Ready } from './contract.ts'
import { infraFailures } from './degraded.ts'
import { isFromTheFuture, isTooOld } from './snapshot-age.ts'
import { openService, type ServiceAnswer, type ServicePath, type ServiceReader } from './reader.ts'

/**
 * Looks at the service: both endpoints, the drain counts, the deployed image. Both documents are read
 * twice and compared with themselves, because a balancer may have two services behind one address.
 * @throws GateStop `blocked` where it is degraded, `inconclusive` where it cannot be read
 */
export async function takeSnapshot(run: GateRun): Promise<ServiceSnapshot> {
  const { service } = run.world
  const reader = openService(service)
  const expected: ExpectedService = service
  const health = readHealth(await getWithRetry(run, reader, '/health/'), expected)
  const ready = readReady(await getWithRetry(run, reader, '/health/ready/'))
  const again = {
    health: readHealth(await getWithRetry(run, reader, '/health/'), expected),
    ready: readReady(await getWithRetry(run, reader, '/health/ready/')),
  }
  requireSameAnswers({ health, ready }, again, service.url)
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

/** Both documents of one look at the service. */
export interface Answers {
  readonly health: Health
  readonly ready: Ready
}

/**
 * Ages and retryable rows move by themselves; everything else is the same a moment later. Pure.
 * @throws GateStop `inconclusive` naming what differs
 */
export function requireSameAnswers(first: Answers, again: Answers, where: string): void {
  const [one, other] = [first, again].map(({ ready }) => ready.dependencies.drain_queue)
  const counts = ['terminal_failed_count', 'business_rule_rejected_count'] as const
  const findings = [
    ...differences(first.health, again.health),
    ...counts
      .filter((name) => one?.[name] !== other?.[name])
      .map((name) => `${name}: ${one?.[name] ?? ''}, then ${other?.[name] ?? ''}`),
  ]
  if (findings.length === 0) return
  throw inconclusive({
    code: 'service-contradicts-itself',
    cause: 'environment',
    what: `two answers to one question differ: ${findings.join('; ')}`,
    where,
    next: 'find out what else answers at `service.url`, and run the gate when deployments rest',
    findings,
  })
}

function differences(one: Health, other: Health): string[] {
  return identityKeys
    .filter((key) => one[key] !== other[key])
    .map((key) => `${key}: ${one[key]}, then ${other[key]}`)
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
  const image = redact(outcome.stdout.trim(), knownSecrets(run.world))
  const ended = outcome.kind === 'exited' && outcome.exitCode === 0
  if (ended && imageReference.test(image)) {
    if (service.image === undefined || service.image === image) return image
    throw otherImage(image, service.image, imageCommand)
  }
  const why = ended ? `it printed ${JSON.stringify(image.slice(0, 80))}` : describeOutcome(outcome)
  throw inconclusive({
    code: 'image-unknown',
    cause: 'environment',
    what: `the command that prints the deployed image does not name one: ${why}`,
    where: imageCommand.join(' '),
    next: 'run it by hand, or remove `service.imageCommand`: the image is then taken from git_sha',
  })
}

/** `name:tag`, `name@sha256:…` or `sha256:…`, in one word. */
const imageReference = /^[\w./@-]+:[\w./@:-]{1,200}$/

function otherImage(image: string, expected: string, command: readonly string[]): Error {
  return inconclusive({
    code: 'service-identity',
    cause: 'environment',
    what: `the deployed image is ${image}, expected is ${expected}`,
    where: command.join(' '),
    next: 'correct `service.image`, or have the expected image deployed, then run the gate again',
  })
}

/**
 * Judges a recorded snapshot once more (GATE/NFR-002): it must say ready with no infra failure, and
 * be younger than 24 hours and not from the future.
 */
export function requireUsable(snapshot: ServiceSnapshot, label: string, now: Date): void {
  const { takenAt } = snapshot
  if (isTooOld(takenAt, now) || isFromTheFuture(takenAt, now)) {
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
  if (deploymentChanges(before, after).length === 0) return
  throw blocked({
    code: 'service-redeployed',
    what:
      `the service was redeployed during the gate: ${before.gitSha} (${before.image}) at ` +
      `${before.takenAt}, ${after.gitSha} (${after.image}) at ${after.takenAt}`,
    where: url,
    next: 'wait until deployments rest, then run the whole gate again',
  })
}

/**
 * What identifies the deployment and differs between two snapshots, one line each. They keep the health
 * document as it was read: the same commit may be built anew, with other packages.
 */
export function deploymentChanges(before: ServiceSnapshot, after: ServiceSnapshot): string[] {
  const [one, other] = [before, after].map(
    ({ health, image, gitSha, eventsVersion }): Readonly<Record<string, unknown>> => ({
      ...(health as object),
      ...{ image, git_sha: gitSha, spec_kitty_events: eventsVersion },
    }),
  )
  return ['image', ...identityKeys]
    .filter((key) => one?.[key] !== other?.[key])
    .map((key) => `${key} ${String(other?.[key])} is deployed now, it was ${String(one?.[key])}`)
}
