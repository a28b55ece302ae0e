import { z } from 'zod'

/*
 * What the hosted service answers, as the health contract names it. Further keys of `/health/` may
 * come as long as they only inform (a text each). Everything that could say "not well" is closed: a
 * key or a word that nobody here knows is not read as good news.
 */

const text = z.string().min(1).max(200)
const count = z.int().nonnegative()

/** `GET /health/`. */
export const healthSchema = z
  .object({
    status: text,
    service: text,
    version: text,
    git_sha: z.string().regex(/^[0-9a-f]{40}$/, 'must be a commit, 40 hex digits'),
    build_timestamp: z.iso.datetime({ offset: true, local: true }),
    spec_kitty_events: text,
    environment: text,
  })
  .catchall(text)
export type Health = z.infer<typeof healthSchema>

/** What identifies a deployment; the other keys of `/health/` may differ from one answer to the next. */
export const identityKeys = [
  'service',
  'version',
  'git_sha',
  'build_timestamp',
  'spec_kitty_events',
  'environment',
] as const satisfies readonly (keyof Health)[]

const drainQueueSchema = z.strictObject({
  status: text,
  reason: text.nullable().optional(),
  oldest_pending_age_seconds: z.number().nonnegative().nullable(),
  retryable_count: count,
  terminal_failed_count: count,
  /** The same count under the name that NFR-002 gives it. */
  terminal_failed_infra_count: count.optional(),
  business_rule_rejected_count: count,
})

/** A dependency says its state in a word; what else it says can only be numbers. */
const dependency = z.union([
  z.boolean(),
  text,
  z.object({ status: z.union([z.boolean(), text]) }).catchall(z.number().nonnegative().nullable()),
])

/** `GET /health/ready/`, the primary source of the drain counts. */
export const readySchema = z
  .strictObject({
    status: text,
    dependencies: z
      .object({
        postgres: dependency,
        redis: dependency,
        channel_layer: dependency,
        celery_broker: dependency,
        drain_queue: drainQueueSchema,
      })
      .catchall(dependency),
  })
  .refine(({ dependencies: { drain_queue: queue } }) => {
    const named = queue.terminal_failed_infra_count
    return named === undefined || named === queue.terminal_failed_count
  }, 'drain_queue counts its infra failures twice, with two results')
export type Ready = z.infer<typeof readySchema>

/** `GET /api/v1/sync/health/`: the limits that C-004 compares. */
export const limitsSchema = z.looseObject({
  sync_ingress: z.looseObject({ limits: z.record(z.string(), z.int().nonnegative()) }),
})

/** The words with which a dependency says that it works; in another case they are other words. */
const good: readonly unknown[] = ['ok', 'healthy', 'connected', 'available', 'ready', 'up', true]
const goodDrain: readonly unknown[] = ['ok', 'healthy', 'idle']

/** Dependencies that do not say that they work, with what they say. */
export function unwellDependencies({ dependencies }: Ready): string[] {
  return Object.entries(dependencies).flatMap(([name, value]) => {
    const status = typeof value === 'object' ? value.status : value
    const words = name === 'drain_queue' ? goodDrain : good
    const reason = name === 'drain_queue' ? dependencies.drain_queue.reason : undefined
    if (words.includes(status) && (reason ?? '') === '') return []
    return [`${name} "${String(status)}"${(reason ?? '') === '' ? '' : ` (${String(reason)})`}`]
  })
}
