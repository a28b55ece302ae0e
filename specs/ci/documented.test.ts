import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { filled, isBegun, type Values } from '../../fixtures/runner/expression.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')

interface Step {
  readonly uses?: string
  readonly with?: Values
  readonly env?: Values
  readonly run?: string
}
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly if?: string; readonly steps: readonly Step[] }>>
}
interface Action {
  readonly inputs: Readonly<Record<string, unknown>>
}

const page = await readFile(join(root, 'docs', 'github.md'), 'utf8')
const workflow = parse(/```yaml\n([^]*?)```/.exec(page)?.[1] ?? '') as Workflow
const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Action

spec('GATE/FR-010', 'the documented workflow gives the action inputs that it has', () => {
  const given = workflow.jobs['gate']?.steps.find(({ uses }) => uses?.includes('canary-gate'))
  const inputs = Object.keys(action.inputs)
  expect(inputs).toEqual(expect.arrayContaining(Object.keys(given?.with ?? {})))
  const described = [...page.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name]) => name)
  expect(described.toSorted()).toEqual(inputs.toSorted())
})

spec('GATE/FR-010', 'a job that was skipped, or said nothing, is not a release', async () => {
  const { if: condition, steps } = workflow.jobs['released']!
  const [{ env = {}, run = 'false' } = {}] = steps
  const accepted: string[] = []
  for (const result of ['success', 'failure', 'cancelled', 'skipped'])
    for (const verdict of ['', '0', '1', '3', '8', '00', '0 '])
      for (const failed of [true, false]) {
        const values = { 'needs.gate.result': result, 'needs.gate.outputs.verdict': verdict }
        expect(isBegun(condition, failed, values)).toBe(true)
        const own = Object.entries(env).map(([name, value]) => [name, filled(value, values)])
        const { exitCode } = await execa('bash', ['-e', '-c', run], {
          env: Object.fromEntries(own) as Values,
          reject: false,
        })
        if (exitCode === 0) accepted.push(`${result} ${verdict}`)
      }
  expect(new Set(accepted)).toEqual(new Set(['success 0']))
})
