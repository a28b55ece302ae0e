import { compare } from '@renovatebot/pep440'
import type { z } from 'zod'
import { canonicalVersion } from '../candidates/version.ts'
import type { ServiceSnapshot } from '../run/facts.ts'
import { blocked, type GateStop, inconclusive } from '@canary-gate/gate-kernel'
import { infraFailures, notOk } from './degraded.ts'
import {
  type Health,
  healthSchema,
  type Ready,
  readySchema,
  unwellDependencies,
} from './contract.ts'
import type { ServiceAnswer } from './reader.ts'
import { clockDifferenceMs, snapshotLifetimeMs } from './snapshot-age.ts'

/** What the configuration says about the service that must answer. */
export interface ExpectedService {
  readonly minimumEventsVersion: string
  readonly name: string
  readonly environment: string
}

type Answered = Extract<ServiceAnswer, { kind: 'answer' }>

/**
 * The health document, or the stop that its absence or its identity means (GATE/FR-005).
 *
 * @param now a build that is still to come says nothing about what is deployed
 */
export function readHealth(
  answer: ServiceAnswer,
  expected: ExpectedService,
  now = new Date(),
): Health {
  const answered = requireOk(answer)
  const health = parse(healthSchema, answered)
  if (health.status !== 'ok') {
    throw blocked({
      code: 'service-degraded',
      what: `the service says status "${health.status}" instead of "ok"`,
      where: answered.url,
      next: 'ask the owners of the service; run the gate again when it is healthy',
    })
  }
  requireIdentity(health, expected, answered.url)
  if (isBuiltLater(health.build_timestamp, now))
    throw unreadable([`build_timestamp: ${health.build_timestamp} is in the future`], answered.url)
  requireEventsVersion(health.spec_kitty_events, expected.minimumEventsVersion, answered.url)
  return health
}

/** The readiness document, or the stop that its absence or its counts mean (GATE/FR-005, NFR-002). */
export function readReady(answer: ServiceAnswer): Ready {
  const answered = requireOk(answer)
  const ready = parse(readySchema, answered)
  const { terminal_failed_count: failed } = ready.dependencies.drain_queue
  if (failed > 0) throw infraFailures(failed, answered.url)
  const broken = unwellDependencies(ready)
  if (ready.status !== 'ready' || broken.length > 0) {
    throw blocked({
      code: 'service-not-ready',
      what: [`the service says status "${ready.status}"`, ...broken].join(', '),
      where: answered.url,
      next: 'ask the owners of the service; run the gate again when it is ready',
    })
  }
  return ready
}

export function drainOf(ready: Ready): ServiceSnapshot['drain'] {
  const queue = ready.dependencies.drain_queue
  return {
    infraTerminalFailed: queue.terminal_failed_count,
    businessRuleRejected: queue.business_rule_rejected_count,
    retryable: queue.retryable_count,
    oldestPendingAgeSeconds: queue.oldest_pending_age_seconds,
  }
}

function requireOk(answer: ServiceAnswer): Answered {
  if (answer.kind === 'no-answer') {
    throw inconclusive({
      code: 'service-unreachable',
      cause: 'environment',
      what: `the hosted service did not answer: ${answer.reason}`,
      where: answer.url,
      next: 'check the network and `service.url`, then run the gate again',
    })
  }
  if (answer.status !== 200) throw notOk(answer)
  if (answer.ageSeconds * 1000 >= snapshotLifetimeMs) {
    throw inconclusive({
      code: 'snapshot-too-old',
      what: `a cache held this answer for ${answer.ageSeconds} s; older than 24 h is not evidence`,
      where: answer.url,
      next: 'reach the service without the cache, then run the gate again',
    })
  }
  return answer
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: Answered): z.infer<Schema> {
  if (answer.problems.length > 0) throw unreadable(answer.problems, answer.url)
  const result = schema.safeParse(answer.body)
  if (result.success) return result.data
  const findings = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`,
  )
  throw unreadable(findings, answer.url)
}

function unreadable(findings: readonly string[], where: string): GateStop {
  return inconclusive({
    code: 'service-schema',
    what: `the answer is not what the health contract describes: ${findings.join('; ')}`,
    where,
    next: 'compare the service with its health contract; the gate does not guess missing values',
    findings,
  })
}

/** The right document of another service, or of another environment, proves nothing about this one. */
function requireIdentity(health: Health, expected: ExpectedService, where: string): void {
  const findings = [
    ...(health.service === expected.name
      ? []
      : [`service is "${health.service}", expected is "${expected.name}"`]),
    ...(health.environment === expected.environment
      ? []
      : [`environment is "${health.environment}", expected is "${expected.environment}"`]),
  ]
  if (findings.length === 0) return
  throw inconclusive({
    code: 'service-identity',
    cause: 'environment',
    what: `another service answered: ${findings.join('; ')}`,
    where,
    next: 'correct `service.url`, or `service.name` and `service.environment`, then run the gate again',
    findings,
  })
}

/** A time without a zone may be of any: then the earliest moment counts that it may mean. */
function isBuiltLater(stated: string, now: Date): boolean {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(stated)
  const earliestMs = hasZone ? Date.parse(stated) : Date.parse(`${stated}Z`) - easternmostMs
  return !(earliestMs <= now.getTime() + clockDifferenceMs)
}

const easternmostMs = 14 * 60 * 60 * 1000

function requireEventsVersion(actual: string, minimum: string, where: string): void {
  if (canonicalVersion(actual) !== actual)
    throw unreadable([`spec_kitty_events: "${actual}" is not a version`], where)
  if (compare(actual, minimum) >= 0) return
  throw blocked({
    code: 'events-version-too-old',
    what: `the service runs events ${actual}; ${minimum} or newer is required`,
    where,
    next: 'deploy a service with the newer events package, then run the gate again',
  })
}
