import { fileURLToPath } from 'node:url'
import {
  type HostedService,
  type HostedServiceOptions,
  startHostedService,
} from '../../fixtures/service/index.ts'
import { GateStop, type StopReport } from '../../packages/gate-kernel/src/stop/verdict.ts'
import type { WorldInput } from '../../packages/phase4-gate/src/world/schema.ts'
import { type TestRun, testRun } from '../evidence/workspace.ts'

/** A run whose hosted service really listens. */
export interface ServiceRun extends TestRun {
  readonly service: HostedService
}

/** Prints the historical rows of a service of the rehearsal. */
export function printRows(url: string): string[] {
  const program = fileURLToPath(new URL('../../fixtures/service/print-rows.ts', import.meta.url))
  return [process.execPath, program, url]
}

export async function serviceRun(
  options: HostedServiceOptions = {},
  part: Partial<WorldInput['service']> = {},
): Promise<ServiceRun> {
  const service = await startHostedService(options)
  const rowsCommand = printRows(service.url)
  const world = await testRun(() => ({
    service: { url: service.url, rowsCommand, retryAfterMs: 30, timeoutMs: 20_000, ...part },
  }))
  return {
    ...world,
    service,
    [Symbol.asyncDispose]: async () => {
      await service.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

/** What a step stopped with; throws if it did not stop, or did not stop as a stop. */
export async function stopOf(step: Promise<unknown>): Promise<StopReport> {
  try {
    await step
  } catch (error) {
    if (error instanceof GateStop) return error.report
    throw error
  }
  throw new Error('nothing stopped')
}
