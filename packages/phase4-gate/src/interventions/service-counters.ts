import { z } from 'zod'
import { limitsSchema } from '../service/contract.ts'
import { limitsPath, type ServiceAnswer, type ServiceReader } from '../service/reader.ts'
import type { Fingerprint } from '../run/fingerprint.ts'

type Counters = NonNullable<Fingerprint['service']>

const counterSchema = z.looseObject({
  dependencies: z.looseObject({
    drain_queue: z.looseObject({
      terminal_failed_count: z.int(),
      business_rule_rejected_count: z.int(),
    }),
  }),
})

const deploymentSchema = z.looseObject({ git_sha: z.string().min(1), service: z.string().min(1) })

/**
 * What stays as it is unless somebody changes the service: terminal failures, the historical rows, the
 * deployed commit (a deployment that is taken back shows at neither end of the runs), and the ingress
 * limits. Retryable rows and ages move by themselves. An answer that is missing, refused or cannot be
 * read is no change: null, or no limits, and it is asked again.
 */
export async function serviceCounters(reader: ServiceReader): Promise<Counters | null> {
  const health = await reader.get('/health/')
  const ready = await reader.get('/health/ready/')
  const told = await reader.get(limitsPath)
  if (told.kind !== 'answer' || isPassing(told.status)) return null
  const limits = ingressLimits(told)
  const deployment = deploymentSchema.safeParse(bodyOf(health)).data
  const counters = counterSchema.safeParse(bodyOf(ready)).data?.dependencies.drain_queue
  if (deployment === undefined || counters === undefined) return null
  return {
    terminal_failed_count: counters.terminal_failed_count,
    business_rule_rejected_count: counters.business_rule_rejected_count,
    'deployed commit': deployment.git_sha,
    'service name': deployment.service,
    ...limits,
  }
}

function bodyOf(answer: ServiceAnswer): unknown {
  return answer.kind === 'answer' && answer.problems.length === 0 ? answer.body : null
}

/** Too many requests, or a service in trouble: another answer may come a moment later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** The limits the service advertises; none where it tells them only to others. */
function ingressLimits(answer: ServiceAnswer): Record<string, number> {
  if (answer.kind !== 'answer' || answer.status !== 200) return {}
  const limits = limitsSchema.safeParse(bodyOf(answer)).data?.sync_ingress.limits ?? {}
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [limitKey(name), value]))
}

const limitPrefix = 'limit '
const limitKey = (name: string): string => `${limitPrefix}${name}`

/** The limits among the counters; empty where they were not learned. */
export function limitsOf(service: Fingerprint['service']): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(service ?? {}).filter(([name]) => name.startsWith(limitPrefix)),
  )
}

/** Counters with what a sample could not learn taken over from the one before it. */
export function withKnown(
  sample: Fingerprint['service'],
  earlier: Fingerprint['service'],
): Fingerprint['service'] {
  if (sample === null) return earlier
  if (Object.keys(limitsOf(sample)).length > 0) return sample
  return { ...limitsOf(earlier), ...sample }
}
