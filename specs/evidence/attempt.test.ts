import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import {
  attemptsFolder,
  fingerprintAttempts,
  openAttempt,
  resumeAttempt,
} from '../../src/gate/evidence/attempt.ts'
import { GateStop } from '../../src/gate/verdict.ts'
import { spec } from '../spec.ts'
import { testRun } from './workspace.ts'

spec('GATE/FR-010', 'an attempt gets the first free number and never an old folder', async () => {
  await using world = await testRun()
  const root = attemptsFolder(world.run)
  await mkdir(join(root, 'v3.2.0rc16-attempt1'), { recursive: true })
  await mkdir(join(root, 'v3.2.0rc16-attempt3'))
  const second = await openAttempt(world.run, 'v3.2.0rc16')
  const fourth = await openAttempt(world.run, 'v3.2.0rc16')
  expect([second.number, fourth.number]).toEqual([2, 4])
  expect((await resumeAttempt(world.run)).folder).toBe(fourth.folder)
})

spec(
  'GATE/FR-010',
  'gates that race for an attempt folder never share one',
  async () => {
    await using world = await testRun()
    const racer = join(import.meta.dirname, 'racer.ts')
    const racers = Array.from({ length: 6 }, () =>
      execa(process.execPath, [racer, world.run.folder, '15'], { stdin: 'ignore' }),
    )
    const claimed = (await Promise.all(racers)).flatMap(({ stdout }) => stdout.trim().split('\n'))
    const expected = Array.from({ length: 90 }, (_, index) => String(index + 1))
    expect(claimed.sort((a, b) => Number(a) - Number(b))).toEqual(expected)
  },
  60_000,
)

spec('GATE/FR-010', 'earlier attempts are fingerprinted before this one writes', async () => {
  await using world = await testRun()
  const earlier = join(attemptsFolder(world.run), 'v3.2.0rc15-attempt1')
  await mkdir(earlier, { recursive: true })
  await writeFile(join(earlier, 'run-1.json'), '{}')
  await openAttempt(world.run, 'v3.2.0rc16')
  const fact = await world.run.facts.read('attempt')
  expect(Object.keys(fact.earlier)).toEqual(['v3.2.0rc15-attempt1'])
})

spec('GATE/FR-010', 'preserved evidence is a copy that nothing may overwrite', async () => {
  await using world = await testRun()
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  const source = join(world.root, 'source.json')
  await writeFile(source, '{"outcome":"fail"}')
  await attempt.preserve(source, 'runs/run-1.json')
  await writeFile(source, '{"outcome":"pass"}')
  await expect(attempt.preserve(source, 'runs/run-1.json')).rejects.toThrow(GateStop)
  const kept = join(attempt.folder, 'runs', 'run-1.json')
  expect(await readFile(kept, 'utf8')).toBe('{"outcome":"fail"}')
  expect((await stat(kept)).mode & 0o222).toBe(0)
})

spec('GATE/FR-010', 'evidence cannot be written outside its attempt', async () => {
  await using world = await testRun()
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  for (const as of ['../run-1.json', '..', 'a/../../b', '', 'manifest.json']) {
    await expect(attempt.write(as, 'x'), as).rejects.toThrow(TypeError)
  }
  expect(await readdir(attempt.folder)).toEqual([])
})

spec('GATE/FR-010', 'a secret in preserved text is redacted and the copy says so', async () => {
  await using world = await testRun()
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  const token = `ghp_${'a1'.repeat(18)}`
  const { redacted } = await attempt.write('harness.log', `cloning with ${token}\n`)
  expect(redacted).toEqual(['github-token'])
  const text = await readFile(join(attempt.folder, 'harness.log'), 'utf8')
  expect(text).toBe('cloning with [redacted:github-token]\n')
})

spec('GATE/FR-010', 'the record of an earlier seal is fingerprinted with its attempt', async () => {
  await using world = await testRun()
  const root = attemptsFolder(world.run)
  const record = join(root, 'v3.2.0rc15-attempt1.seal.json')
  await mkdir(join(root, 'v3.2.0rc15-attempt1'), { recursive: true })
  await writeFile(record, '{"manifestSha256":"a"}')
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  await writeFile(join(root, 'v3.2.0rc16-attempt1.seal.json'), 'of this attempt')
  const { earlier } = await world.run.facts.read('attempt')
  expect(await fingerprintAttempts(root, basename(attempt.folder))).toEqual(earlier)
  await writeFile(record, '{"manifestSha256":"b"}')
  expect(await fingerprintAttempts(root, basename(attempt.folder))).not.toEqual(earlier)
})
