import { compare, valid } from '@renovatebot/pep440'
import { z } from 'zod'
import type { ServiceSnapshot } from '../run/facts.ts'
import { blocked, type GateStop, inconclusive } from '../verdict.ts'
import type { ServiceAnswer } from './reader.ts'

/** `GET /health/`. Further keys may come; these must be there. */
const healthSchema = z.looseObject({
  status: z.string(),
  git_sha: z.string().min(1),
  spec_kitty_events: z.string(),
})
export type Health = z.infer<typeof healthSchema>

const drainQueueSchema = z.looseObject({
  status: z.string(),
  oldest_pending_age_seconds: z.number().nullable(),
  retryable_count: z.int().nonnegative(),
  terminal_failed_count: z.int().nonnegative(),
  business_rule_rejected_count: z.int().nonnegative(),
})

/** `GET /health/ready/`, the primary source of the drain counts. */
const readySchema = z.looseObject({
  status: z.string(),
  dependencies: z.looseObject({
    postgres: z.unknown().refine((value) => value !== undefined, 'missing'),
    redis: z.unknown().refine((value) => value !== undefined, 'missing'),
    channel_layer: z.unknown().refine((value) => value !== undefined, 'missing'),
    celery_broker: z.unknown().refine((value) => value !== undefined, 'missing'),
    drain_queue: drainQueueSchema,
  }),
})
export type Ready = z.infer<typeof readySchema>

/** An answer older than this is history, not the state of the service. */
export const snapshotLifetimeSeconds = 24 * 60 * 60

type Answered = Extract<ServiceAnswer, { kind: 'answer' }>

/** The health document, or the stop that its absence means (GATE/FR-005). */
export function readHealth(answer: ServiceAnswer, minimumEventsVersion: string): Health {
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
  requireEventsVersion(health.spec_kitty_events, minimumEventsVersion, answered.url)
  return health
}

/** Words of a dependency that does not work; how one says that it does is not agreed upon. */
const unwell =
  /degraded|fail|error|unhealthy|stall|unavailable|unreachable|critical|blocked|down|not[ _-]/i

/** Dependencies that say, or whose status says, that they do not work. */
function unwellDependencies(ready: Ready): string[] {
  return Object.entries(ready.dependencies).flatMap(([name, value]) => {
    const parsed = statedSchema.safeParse(value)
    const status = parsed.success ? parsed.data.status : value
    const isUnwell = status === false || (typeof status === 'string' && unwell.test(status))
    return isUnwell ? [`${name} "${String(status)}"`] : []
  })
}

const statedSchema = z.looseObject({ status: z.unknown() })

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

/** Infra failures contaminate readiness; deleting the rows would hide them (seed 000, decision 5). */
export function infraFailures(count: number, url: string): GateStop {
  return blocked({
    code: 'infra-terminal-failed',
    what: `${count} infrastructure rows are terminally failed; 0 are allowed`,
    where: url,
    next: 'investigate the infra failures of the drain; do not fix readiness by deleting rows',
  })
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
  if (answer.ageSeconds > snapshotLifetimeSeconds) {
    throw inconclusive({
      code: 'snapshot-too-old',
      what: `a cache held this answer for ${answer.ageSeconds} s; older than 24 h is not evidence`,
      where: answer.url,
      next: 'reach the service without the cache, then run the gate again',
    })
  }
  return answer
}

function notOk(answer: Answered): GateStop {
  const failed = terminalFailedIn(answer.body)
  if (failed > 0) return infraFailures(failed, `${answer.url} (HTTP ${answer.status})`)
  const reason = reasonIn(answer.body)
  return blocked({
    code: 'service-degraded',
    what: `HTTP ${answer.status} instead of 200${reason === '' ? '' : `: ${reason}`}`,
    where: answer.url,
    next: 'ask the owners of the service why it is degraded; run the gate again when it is ready',
  })
}

const degradedSchema = z.looseObject({
  dependencies: z.looseObject({
    drain_queue: z.looseObject({
      status: z.string().optional(),
      reason: z.string().optional(),
      terminal_failed_count: z.int().optional(),
    }),
  }),
})

function terminalFailedIn(body: unknown): number {
  const parsed = degradedSchema.safeParse(body)
  return parsed.data?.dependencies.drain_queue.terminal_failed_count ?? 0
}

function reasonIn(body: unknown): string {
  const queue = degradedSchema.safeParse(body).data?.dependencies.drain_queue
  if (queue === undefined) return ''
  return `drain queue ${queue.status ?? 'unknown'}${queue.reason === undefined ? '' : `, ${queue.reason}`}`
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: Answered): z.infer<Schema> {
  const result = schema.safeParse(answer.body)
  if (result.success) return result.data
  const findings = result.error.issues.map((issue) => {
    const key = issue.path.join('.')
    return key === '' ? 'the body is no JSON object' : `${key}: ${issue.message}`
  })
  throw inconclusive({
    code: 'service-schema',
    what: `the answer lacks what the gate needs: ${findings.join('; ')}`,
    where: answer.url,
    next: 'compare the service with its health contract; the gate does not guess missing values',
    findings,
  })
}

function requireEventsVersion(actual: string, minimum: string, url: string): void {
  if (!valid(actual)) {
    throw inconclusive({
      code: 'service-schema',
      what: `spec_kitty_events: "${actual}" is no version`,
      where: url,
      next: 'compare the service with its health contract',
      findings: [`spec_kitty_events: "${actual}" is no version`],
    })
  }
  if (compare(actual, minimum) >= 0) return
  throw blocked({
    code: 'events-version-too-old',
    what: `the service runs events ${actual}; ${minimum} or newer is required`,
    where: url,
    next: 'deploy a service with the newer events package, then run the gate again',
  })
}
