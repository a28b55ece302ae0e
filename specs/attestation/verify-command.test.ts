import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { attestRun, makeKey, placesIn, writeDocuments } from './sealed-run.ts'

const program = join(import.meta.dirname, '..', 'evidence', 'run-program.ts')

async function verify(...args: string[]): Promise<[exitCode: number | undefined, text: string]> {
  const done = await execa(process.execPath, [program, 'verify', ...args], {
    ...{ reject: false, all: true },
  })
  return [done.exitCode, done.all]
}

spec('GATE/NFR-003', 'canary-gate verify checks a whole run, and derives its verdict', async () => {
  const root = await mkdtemp(join(tmpdir(), 'verify-run-'))
  try {
    const { run, attempt } = placesIn(root)
    await mkdir(run, { recursive: true })
    await writeDocuments(root)
    await attestRun(root, await makeKey(root))
    await makeKey(root, 'foreign')
    const key = join(root, 'evidence.pub')
    const [, json] = await verify(run, '--key', key, '--json')
    expect(JSON.parse(json)).toMatchObject({ ok: true, verdict: 'release', signature: 'by-key' })
    expect(await verify(run)).toEqual([0, expect.stringContaining('signature: not-checked')])
    expect(await verify(run, '--key', join(root, 'foreign.pub'))).toEqual([
      1,
      expect.stringContaining('is not signed by the key'),
    ])
    expect(await verify(run, '--key', join(root, 'none.pub'))).toEqual([
      2,
      expect.stringContaining('none.pub'),
    ])
    expect(await verify(attempt, '--key', key)).toEqual([
      2,
      expect.stringContaining('are for a run'),
    ])
    await sayTwice(join(attempt, 'runs', 'run-2.json'))
    expect(await verify(run, '--key', key)).toEqual([1, expect.stringContaining('NOT INTACT')])
    // Sealed again, consistently: what another reader may read as a failure supports no release.
    await rm(join(run, 'attestations'), { recursive: true })
    await attestRun(root)
    const [exitCode, text] = await verify(run)
    expect([exitCode, text]).toEqual([1, expect.stringContaining('run-2.json is not a run')])
  } finally {
    await rm(root, { recursive: true })
  }
})

/** The outcome is there twice; a lenient reader takes the last one, and is content. */
async function sayTwice(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('{', '{\n  "outcome": "fail",'))
}
