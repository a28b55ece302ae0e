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
  ['--typecheck'],
  ['--inspect=0', '--no-file-parallelism'],
  ['--environment=happy-dom'],
  ['--execArgv=--no-warnings'],
  ['--hookTimeout=1'],
  ['--teardownTimeout=1'],
  ['--slowTestThreshold=1'],
  ['--outputFile=report.json'],
  ['--api.port=0'],
  ['--printConsoleTrace'],
  ['--experimental.fsModuleCache'],
  ['--fsModuleCache'],
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

for (const given of [
  '"--import=data:text/javascript,0"',
  '-r=./fixtures/short.ts',
  '--max-old-space-size=4096 --require ./package.json',
  '--experimental-test-module-mocks',
]) {
  endsWithoutRelease(`NODE_OPTIONS=${given}`, {
    variables: { NODE_OPTIONS: given },
  })
}

spec('GATE/FR-008', 'NODE_OPTIONS that change no behaviour do not hold a release', async () => {
  await withShortGate(async (folder) => {
    const variables = { NODE_OPTIONS: '--max-old-space-size=4096 --no-warnings' }
    const result = await runShortGate(folder, ['run', 'gate'], variables)
    expect(result.evidence?.verdict, result.output).toBe('release')
  })
})

for (const name of ['VITEST_POOL', 'VITEST_MIN_WORKERS', 'VITEST_SHARD', 'VITEST_ANYTHING']) {
  endsWithoutRelease(`${name} in the environment`, {
    variables: { [name]: '1' },
    names: 'environment',
  })
}

for (const [name, value] of [
  ['OPENSSL_CONF', '/tmp/openssl.cnf'],
  ['ESBUILD_BINARY_PATH', '/bin/true'],
] as const) {
  endsWithoutRelease(`code loaded by ${name}`, {
    variables: { [name]: value },
    names: 'environment',
  })
}

endsWithoutRelease('answers whose sender nobody checks', {
  variables: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
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
