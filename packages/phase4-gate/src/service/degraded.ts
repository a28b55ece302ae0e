import { z } from 'zod'
import { blocked, type GateStop } from '@canary-gate/gate-kernel'
import type { ServiceAnswer } from './reader.ts'

/** Infra failures contaminate readiness; deleting the rows would hide them (seed 000, decision 5). */
export function infraFailures(count: number, url: string): GateStop {
  return blocked({
    code: 'infra-terminal-failed',
    what: `${count} infrastructure rows are terminally failed; 0 are allowed`,
    where: url,
    next: 'investigate the infra failures of the drain; do not fix readiness by deleting rows',
  })
}

/** The stop for an answer that is not 200: with the reason, as far as the service tells one. */
export function notOk(answer: Extract<ServiceAnswer, { kind: 'answer' }>): GateStop {
  const queue = degradedSchema.safeParse(answer.body).data?.dependencies.drain_queue
  const failed = queue?.terminal_failed_count ?? 0
  if (failed > 0) return infraFailures(failed, `${answer.url} (HTTP ${answer.status})`)
  const reason = queue?.reason === undefined ? '' : `, ${queue.reason}`
  const told = queue === undefined ? '' : `: drain queue ${queue.status ?? 'unknown'}${reason}`
  return blocked({
    code: 'service-degraded',
    what: `HTTP ${answer.status} instead of 200${told}`,
    where: answer.url,
    next: 'ask the owners of the service why it is degraded; run the gate again when it is ready',
  })
}

/** Only for the message of a stop, so it takes what it can get. */
const degradedSchema = z.looseObject({
  dependencies: z.looseObject({
    drain_queue: z.looseObject({
      status: z.string().optional(),
      reason: z.string().optional(),
      terminal_failed_count: z.int().optional(),
    }),
  }),
})
