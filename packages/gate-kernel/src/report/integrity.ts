import { requirementOfFile } from '../definition/files.ts'
import { requirementMetaSchema, type Weakening } from '../evidence/run-evidence.ts'
import type { ModuleObservation, RunObservation, TestObservation } from './observation.ts'

type Order = readonly string[]

/**
 * Everything that makes a run weaker than the pinned one. The list must be empty for a release,
 * whatever the test runner's own verdict says: `passed` is also its answer to a filtered run, to an
 * empty one, and to one with retries.
 */
export function findViolations(order: Order, run: RunObservation): Weakening[] {
  return [
    ...run.foreignOptions.map((what) => violation('option', `the command line has ${what}`)),
    ...run.changedSettings.map((what) => violation('configuration', what)),
    ...run.foreignVariables.map((what) => violation('environment', `variable ${what} is set`)),
    ...run.foreignModules.map((what) => violation('foreign-module', `${what} ran along`)),
    ...run.unhandledErrors.map((what) => violation('unhandled-error', what)),
    ...missingModules(order, run),
    ...wrongOrder(order, run),
    ...run.modules.flatMap((module) => violationsOfModule(order, module)),
    ...(run.dryRun ? [violation('dry-run', 'a dry run writes nothing and releases nothing')] : []),
    ...(run.reason === 'passed' ? [] : [violation('run-reason', `the run ended: ${run.reason}`)]),
  ]
}

/** True if the module shows, by itself, that its requirement passed: the condition of its token. */
export function modulePassed(order: Order, module: ModuleObservation): boolean {
  return violationsOfModule(order, module).length === 0
}

/**
 * The module as one that passed, where it stopped and the run went on by a waiver, and nothing else is
 * wrong with it; undefined for every other one. The latch lets later requirements begin, and the verdict
 * stays what the requirement reported.
 */
export function asIfPassed(order: Order, module: ModuleObservation): ModuleObservation | undefined {
  const [test] = module.tests
  const meta = requirementMetaSchema.safeParse(test?.meta)
  if (!meta.success || !('waiver' in meta.data) || meta.data.waiver === undefined) return undefined
  if (meta.data.verdict === 'inconclusive') return undefined
  const { id } = meta.data
  const tests = module.tests.map((one) => ({ ...one, meta: { id, verdict: 'pass' } }))
  const passed = { ...module, tests }
  return modulePassed(order, passed) ? passed : undefined
}

function missingModules(order: Order, run: RunObservation): Weakening[] {
  const selected = new Set(run.selected.map((file) => requirementOfFile(order, file)))
  return order
    .filter((id) => !selected.has(id))
    .map((id) => violation('filtered', `no file of ${id} was selected`))
}

function wrongOrder(order: Order, run: RunObservation): Weakening[] {
  const ended = run.modules.map((module) => requirementOfFile(order, module.file))
  const rank = (id: string | undefined): number => order.findIndex((known) => known === id)
  const misplaced = ended.findIndex((id, place) => place > 0 && rank(id) <= rank(ended[place - 1]))
  if (misplaced === -1) return []
  return [
    violation(
      'order',
      `${ended[misplaced] ?? 'a file'} ended after ${ended[misplaced - 1] ?? 'a file'}`,
    ),
  ]
}

function violationsOfModule(order: Order, module: ModuleObservation): Weakening[] {
  const id = requirementOfFile(order, module.file)
  const where = module.file
  if (id === undefined) return [violation('foreign-module', `${where} belongs to no requirement`)]
  const [test, ...others] = module.tests
  const found: Weakening[] = module.errors.map((what) =>
    violation('module-errors', `${where}: ${what}`),
  )
  if (test === undefined || others.length > 0) {
    found.push(violation('test-count', `${where} has ${module.tests.length} tests, expected one`))
  }
  if (module.state !== 'passed') found.push(violation('no-proof', `${where} is ${module.state}`))
  return [...found, ...module.tests.flatMap((one) => violationsOfTest(where, id, one))]
}

function violationsOfTest(where: string, id: string, test: TestObservation): Weakening[] {
  const found: Weakening[] = []
  if (test.mode !== 'run' || test.fails) {
    found.push(
      violation('test-mode', `${where}: the test is marked ${test.fails ? 'fails' : test.mode}`),
    )
  }
  if (test.retries > 0 || test.repeats > 0) {
    found.push(violation('retried', `${where}: the test may repeat or retry`))
  }
  const meta = requirementMetaSchema.safeParse(test.meta)
  const proven = meta.success && meta.data.verdict === 'pass' && meta.data.id === id
  if (test.state !== 'passed' || !proven || test.errors.length > 0) {
    found.push(violation('no-proof', `${where}: ${id} did not report a pass`))
  }
  return found
}

function violation(code: Weakening['code'], what: string): Weakening {
  return { code, what }
}
