import { statSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { execa } from 'execa'
import { expect } from 'vitest'
import {
  attemptsFolder,
  fingerprintAttempts,
  openAttempt,
  resumeAttempt,
} from '../../packages/phase4-gate/src/evidence/attempt.ts'
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

spec('GATE/FR-010', 'gates that race for an attempt folder never share one', async () => {
  await using world = await testRun()
  const racer = join(import.meta.dirname, 'racer.ts')
  const racers = Array.from({ length: 6 }, () =>
    execa(process.execPath, [racer, world.run.folder, '15'], { stdin: 'ignore' }),
  )
  const claimed = (await Promise.all(racers)).flatMap(({ stdout }) => stdout.trim().split('\n'))
  const expected = Array.from({ length: 90 }, (_, index) => String(index + 1))
  expect(claimed.sort((a, b) => Number(a) - Number(b))).toEqual(expected)
})

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
  await expect(attempt.preserve(source, 'runs/run-1.json')).rejects.toThrow(/never overwritten/)
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

spec('GATE/FR-010', 'a tag that is no plain name never becomes a folder', async () => {
  await using world = await testRun()
  for (const tag of ['../v3.2.0rc16', 'a/b', 'v3.2.0rc16/', 'v3 2', '']) {
    await expect(openAttempt(world.run, tag), tag).rejects.toThrow(/cannot name a folder/)
  }
  expect(await readdir(attemptsFolder(world.run))).toEqual([])
})

spec('GATE/FR-010', 'a folder that cannot be made ends the search for a free number', async () => {
  await using world = await testRun()
  await expect(openAttempt(world.run, 'v'.repeat(300))).rejects.toThrow(/ENAMETOOLONG/)
})

spec('GATE/FR-010', 'bytes that are no text are preserved as they are', async () => {
  await using world = await testRun()
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`ghp_${'a1'.repeat(18)}`)])
  expect(await attempt.write('core.bin', bytes)).toMatchObject({ redacted: [] })
  expect(await readFile(join(attempt.folder, 'core.bin'))).toEqual(bytes)
})

spec('GATE/FR-010', 'a copy that is not what was to be written is found', async () => {
  await using world = await testRun()
  const attempt = await openAttempt(world.run, 'v3.2.0rc16')
  // Written in many pieces; the first byte changes once it has reached the disk.
  const bytes = Buffer.alloc(16 * 1024 * 1024, 0xff)
  const written = attempt.write('core.bin', bytes).catch(String)
  const target = join(attempt.folder, 'core.bin')
  while ((statSync(target, { throwIfNoEntry: false })?.size ?? 0) === 0) await turn()
  bytes[0] = 0
  expect(await written).toMatch(/the copy has SHA-256/)
})

spec(
  'GATE/FR-010',
  'evidence that cannot be read stops the gate instead of being left out',
  async () => {
    await using world = await testRun()
    const attempt = await openAttempt(world.run, 'v3.2.0rc16')
    const absent = join(world.root, 'absent.json')
    await expect(attempt.preserve(absent, 'latest.json')).rejects.toThrow(/cannot be read.*absent/)
  },
)
