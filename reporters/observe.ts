import type { SerializedError } from 'vitest'
import type { TestCase, TestModule } from 'vitest/node'
import type { ModuleObservation, TestObservation } from '@canary-gate/gate-kernel'

/** A module of the test runner as plain data. */
export function observeModule(module: TestModule): ModuleObservation {
  const tests = [...module.children.allTests()]
  const startedAt = tests[0]?.diagnostic()?.startTime
  return {
    file: module.relativeModuleId,
    state: module.state(),
    errors: module.errors().map(messageOf),
    tests: tests.map(observeTest),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    durationMs: module.diagnostic().duration,
    programsMs: tests.reduce((sum, test) => sum + programsMsOf(test), 0),
  }
}

function programsMsOf(test: TestCase): number {
  const { programsMs } = test.meta() as { programsMs?: unknown }
  return typeof programsMs === 'number' ? programsMs : 0
}

function observeTest(test: TestCase): TestObservation {
  const result = test.result()
  return {
    title: test.fullName,
    state: result.state,
    mode: test.options.mode,
    fails: test.options.fails === true,
    retries: Math.max(test.diagnostic()?.retryCount ?? 0, retriesOf(test)),
    repeats: test.options.repeats ?? 0,
    errors: (result.errors ?? []).map(messageOf),
    meta: (test.meta() as { requirement?: unknown }).requirement,
    progress: test.annotations().map((annotation) => annotation.message),
  }
}

function retriesOf(test: TestCase): number {
  const { retry } = test.options
  return typeof retry === 'object' ? (retry.count ?? 0) : (retry ?? 0)
}

export function messageOf(error: Pick<SerializedError, 'message'>): string {
  return error.message === '' ? 'an error without a message' : error.message
}
