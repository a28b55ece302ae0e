import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { takeSnapshot } from '../../packages/phase4-gate/src/service/snapshot.ts'
import { type CanaryRunWorld, canaryWorld } from '../canary/world.ts'
import type { SuiteScript } from './play-suite.ts'

export type Part = SuiteScript['runs'][number]

export async function suiteWorld(runs: readonly Part[], withJUnit = true): Promise<CanaryRunWorld> {
  const world = await canaryWorld()
  const script = join(world.root, 'suite.json')
  await writeFile(script, JSON.stringify({ runs }))
  const program = join(import.meta.dirname, 'play-suite.ts')
  const junit = withJUnit ? ['--junitxml', '{junit}'] : []
  world.run.world.teamspace.command = [process.execPath, program, script, ...junit]
  await world.run.facts.write('snapshotBeforeFourRuns', await takeSnapshot(world.run))
  return world
}

/** Modules of the suite, as a report names them. */
export const modules = [
  'test_go_live_pre_connector_saas_e2e',
  'test_teamspace_pulse_deployed_dev_e2e',
  'test_teamspace_sync_deployed_dev_e2e',
]

/** A report whose cases stand in the files of the suite by turns. */
export function junitOf(...cases: string[]): string {
  const body = cases.map((inner, index) => {
    const place = modules[index % modules.length] ?? ''
    return `<testcase classname="tests.${place}" name="t${index}">${inner}</testcase>`
  })
  const count = (...found: string[]): number =>
    cases.filter((inner) => found.some((one) => inner.startsWith(`<${one}`))).length
  const totals = `tests="${cases.length}" failures="${count('failure', 'error')}" errors="0"`
  const skipped = `skipped="${count('skipped')}"`
  const suite = `<testsuite ${totals} ${skipped} timestamp="{now}">${body.join('')}</testsuite>`
  return `<testsuites>${suite}</testsuites>`
}

/** As `pytest -v` prints it. */
export const verbose = modules.map((module) => `tests/${module}.py::test_it PASSED`).join('\n')

export const good: Part = { junit: junitOf('', '', ''), prints: '3 passed' }
