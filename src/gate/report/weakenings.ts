import { requirementOfFile } from '../latch/tokens.ts'
import { gateOrder } from '../register.ts'
import { requirementMetaSchema, type Weakening } from './evidence.ts'
import type { ModuleObservation, RunObservation, TestObservation } from './observation.ts'

/**
 * Everything that makes a run weaker than the pinned one. The list must be empty for a release,
 * whatever the test runner's own verdict says: `passed` is also its answer to a filtered run, to an
 * empty one, and to one with retries.
 */
export function findWeakenings(run: RunObservation): Weakening[] {
  return [
    ...run.foreignOptions.map((what) => weakening('option', `the command line has ${what}`)),
    ...run.changedSettings.map((what) => weakening('configuration', what)),
    ...run.foreignVariables.map((what) => weakening('environment', `variable ${what} is set`)),
    ...run.foreignModules.map((what) => weakening('foreign-module', `${what} ran along`)),
    ...run.unhandledErrors.map((what) => weakening('unhandled-error', what)),
    ...missingModules(run),
    ...wrongOrder(run),
    ...run.modules.flatMap(moduleWeakenings),
    ...(run.dryRun ? [weakening('dry-run', 'a dry run writes nothing and releases nothing')] : []),
    ...(run.reason === 'passed' ? [] : [weakening('run-reason', `the run ended: ${run.reason}`)]),
  ]
}

/** True if the module shows, by itself, that its requirement passed: the condition of its token. */
export function modulePassed(module: ModuleObservation): boolean {
  return moduleWeakenings(module).length === 0
}

function missingModules(run: RunObservation): Weakening[] {
  const selected = new Set(run.selected.map(requirementOfFile))
  return gateOrder
    .filter((id) => !selected.has(id))
    .map((id) => weakening('filtered', `no file of ${id} was selected`))
}

function wrongOrder(run: RunObservation): Weakening[] {
  const order = run.modules.map((module) => requirementOfFile(module.file))
  const misplaced = order.findIndex((id, place) => place > 0 && rank(id) <= rank(order[place - 1]))
  if (misplaced === -1) return []
  return [
    weakening(
      'order',
      `${order[misplaced] ?? 'a file'} ended after ${order[misplaced - 1] ?? 'a file'}`,
    ),
  ]
}

function rank(id: string | undefined): number {
  return gateOrder.findIndex((known) => known === id)
}

function moduleWeakenings(module: ModuleObservation): Weakening[] {
  const id = requirementOfFile(module.file)
  const where = module.file
  if (id === undefined) return [weakening('foreign-module', `${where} belongs to no requirement`)]
  const [test, ...others] = module.tests
  const found: Weakening[] = module.errors.map((what) =>
    weakening('module-errors', `${where}: ${what}`),
  )
  if (test === undefined || others.length > 0) {
    found.push(weakening('test-count', `${where} has ${module.tests.length} tests, expected one`))
  }
  if (module.state !== 'passed') found.push(weakening('no-proof', `${where} is ${module.state}`))
  return [...found, ...module.tests.flatMap((one) => testWeakenings(where, id, one))]
}

function testWeakenings(where: string, id: string, test: TestObservation): Weakening[] {
  const found: Weakening[] = []
  if (test.mode !== 'run' || test.fails) {
    found.push(
      weakening('test-mode', `${where}: the test is marked ${test.fails ? 'fails' : test.mode}`),
    )
  }
  if (test.retries > 0 || test.repeats > 0) {
    found.push(weakening('retried', `${where}: the test may repeat or retry`))
  }
  const meta = requirementMetaSchema.safeParse(test.meta)
  const proven = meta.success && meta.data.verdict === 'pass' && meta.data.id === id
  if (test.state !== 'passed' || !proven || test.errors.length > 0) {
    found.push(weakening('no-proof', `${where}: ${id} did not report a pass`))
  }
  return found
}

function weakening(code: Weakening['code'], what: string): Weakening {
  return { code, what }
}
