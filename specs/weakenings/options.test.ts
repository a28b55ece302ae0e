import { expect } from 'vitest'
import { runShortGate } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { endsWithoutRelease, expectNoRelease, withShortGate } from './weakened.ts'

// The control: without it every test below would also pass on a gate that never releases.
spec(['GATE/FR-008', 'GATE/FR-011'], 'the pinned run releases and publishes once', async () => {
  await withShortGate(async (folder) => {
    const result = await runShortGate(folder, ['run', 'gate'])
    expect(result.evidence?.weakenings).toEqual([])
    expect(result.evidence).toMatchObject({ verdict: 'release', state: 'GATE_COMPLETE' })
    expect(result).toMatchObject({ exitCode: 0, publications: 1 })
  })
})

const options: readonly (readonly string[])[] = [
  ['--retry=2'],
  ['--bail=0'],
  ['--no-isolate'],
  ['--pool=threads'],
  ['--testTimeout=9000'],
  ['--allowOnly'],
  ['--update'],
  ['--fileParallelism', '--maxWorkers=4'],
  ['--sequence.shuffle'],
  ['--sequence.concurrent'],
  ['--passWithNoTests'],
  ['--mode=production'],
  ['--dangerouslyIgnoreUnhandledErrors'],
  ['--reporter=json'],
  ['--reporter=dot'],
  ['--silent'],
  ['--coverage.enabled=false'],
  ['--disableConsoleIntercept'],
]

for (const words of options) {
  endsWithoutRelease(words.join(' '), { words: ['run', 'gate', ...words], names: 'option' })
}

endsWithoutRelease('VITEST_MAX_WORKERS=4', {
  variables: { VITEST_MAX_WORKERS: '4' },
  names: 'environment',
})

endsWithoutRelease('code loaded by NODE_OPTIONS', {
  variables: { NODE_OPTIONS: '--import data:text/javascript,0' },
  names: 'environment',
})

endsWithoutRelease('repeats in the command line', { words: ['run', 'gate', '--repeats=2'] })

spec(['GATE/FR-008'], 'a replaced reporter still leaves the evidence of the run', async () => {
  await withShortGate(async (folder) => {
    const result = await runShortGate(folder, ['run', 'gate', '--reporter=json'])
    expectNoRelease(result)
    expect(result.evidence?.requirements.map((one) => one.verdict)).toContain('pass')
  })
})
