import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { readPassed, readPublicationRecord } from '../../packages/gate-kernel/src/index.ts'
import { gate } from '../../gate/gate.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')
const older = '20260101T000000Z-aaaa'
const newer = '20260101T000001Z-bbbb'

/** Runs as they are after a crash, a restored backup, or another version of the gate. */
async function withRuns(
  files: Readonly<Record<string, string | null>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'odd-folders-'))
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    if (text === null) await mkdir(file)
    else if (text.startsWith('-> ')) await symlink(text.slice(3), file)
    else await writeFile(file, text)
  }
  await body(folder)
  await rm(folder, { recursive: true })
}

async function answer(folder: string, ...words: string[]) {
  const env = { CANARY_GATE_ARTIFACTS: folder }
  const options = { cwd: root, env, reject: false, all: true } as const
  const { exitCode, all } = await execa(process.execPath, [program, ...words], options)
  return { exitCode, output: all }
}

/** What stands in the place of a record. */
const unreadable: Readonly<Record<string, string | null>> = {
  'half of it': '{"startedAt": "2026-',
  'one of a newer version': '{"startedAt":"2026-01-01T00:00:00Z","requirements":[],"newer":1}',
  'one with a key twice': '{"run":"a","run":"b","requirements":[],"requirements":[]}',
  'a folder': null,
  'a link to itself': '-> judgement.json',
}

for (const [what, text] of Object.entries(unreadable))
  spec('GATE/FR-011', `${what} is not a record, and not none either`, async () => {
    await withRuns({ [`${older}/judgement.json`]: text }, async (folder) => {
      const stop = await stopOf(readPassed(gate, join(folder, older)))
      expect(stop).toMatchObject({ code: 'record-unreadable', verdict: 'inconclusive' })
      const { exitCode, output } = await answer(folder, 'publish', '--resume', older)
      expect(output).not.toContain('bug of canary-gate')
      expect(output).toContain('what this run recorded cannot be read')
      expect(exitCode).toBe(3)
    })
  })

spec('GATE/FR-011', 'what was published is asked of a record that can be read', async () => {
  await withRuns({ [`${older}/publication.json`]: '{"outcome":"complete"}' }, async (folder) => {
    const stop = await stopOf(readPublicationRecord(join(folder, older)))
    expect(stop.code).toBe('record-unreadable')
    expect(await readPublicationRecord(join(folder, newer))).toBeNull()
  })
})

spec('GATE/FR-011', 'where no evidence can be read, nothing is told of a candidate', async () => {
  await withRuns({ [`${older}/evidence.json`]: '{"schemaVersion":2}' }, async (folder) => {
    const { exitCode, output } = await answer(folder, 'trace', '--candidate', 'v1.0.0')
    expect(output).toContain('cannot be told')
    expect(exitCode).toBe(3)
  })
})

spec('GATE/FR-011', 'a run that left no evidence is there all the same', async () => {
  const files = { [`${older}/facts/a.json`]: '{}', [`${newer}/evidence.json`]: '-> nowhere' }
  await withRuns(files, async (folder) => {
    const { output } = await answer(folder, 'report', older)
    expect(output).toContain('left no evidence: it came to no verdict')
    const history = await answer(folder, 'history')
    expect(history.output).toContain(`${newer} has no evidence that can be read`)
    expect(history.exitCode).toBe(1)
  })
})
