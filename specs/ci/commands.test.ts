import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { passesFor } from '../../packages/canary-gate/src/commands/plan.ts'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { releasedEvidence, stoppedEvidence } from '../page/evidences.ts'
import { spec } from '../spec.ts'

const program = join(import.meta.dirname, '../../packages/canary-gate/bin/canary-gate.js')
const [released, stopped, another] = ['1', '2', '3'].map((day) => `2026052${day}T080000Z-1f3a`)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ci-'))
  await keep(released ?? '', releasedEvidence())
  await keep(stopped ?? '', stoppedEvidence())
  await writeFile(join(folder, 'latest'), `${stopped ?? ''}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

async function keep(runId: string, evidence: Evidence): Promise<void> {
  await mkdir(join(folder, runId))
  await writeFile(join(folder, runId, 'evidence.json'), JSON.stringify({ ...evidence, runId }))
}

interface Answer {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

async function run(words: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, ...words], {
    env: { CANARY_GATE_ARTIFACTS: folder, ...env },
    reject: false,
  })
  return { exitCode, stdout, stderr }
}

spec(
  'GATE/FR-010',
  'the history lists every run, the newest first, and names what it cannot read',
  async () => {
    const { exitCode, stdout } = await run(['history', '--json'])
    expect(exitCode).toBe(0)
    const { runs } = JSON.parse(stdout) as {
      runs: { run: string; verdict: string; stop: string | null }[]
    }
    expect(runs.map(({ run: id, verdict, stop }) => [id, verdict, stop])).toEqual([
      [stopped, 'hold', 'GATE/C-006 service-degraded'],
      [released, 'release', null],
    ])
    await mkdir(join(folder, another ?? ''))
    await writeFile(join(folder, another ?? '', 'evidence.json'), '{"verdict":"release"}')
    const again = await run(['history'])
    await rm(join(folder, another ?? ''), { recursive: true })
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      `${another ?? ''} has no evidence that can be read`,
    ])
  },
)

spec(
  ['GATE/FR-010', 'GATE/FR-014'],
  'a candidate is traced through its newest run alone; its other runs are named',
  async () => {
    const { candidate } = releasedEvidence()
    const tag = candidate?.tag ?? ''
    await keep(another ?? '', { ...stoppedEvidence(), candidate })
    const newest = await run(['trace', '--candidate', tag, '--json'])
    expect(newest.exitCode).toBe(1)
    const traced = JSON.parse(newest.stdout) as { requirements: object[] }
    expect(traced).toMatchObject({
      ...{ run: another, verdict: 'hold', candidate: { tag } },
      otherRuns: [{ run: released, verdict: 'release', world: 'live' }],
    })
    expect(traced.requirements[0]).toMatchObject({ id: 'GATE/C-006', code: 'service-degraded' })
    const text = await run(['trace', '--candidate', tag])
    expect(text.stdout).toContain(`not part of this: run ${released ?? ''}, release`)
    const unknown = await run(['trace', '--candidate', 'v9.9.9'])
    expect(unknown.exitCode).toBe(2)
    expect(unknown.stderr).toContain(`there are: ${tag}`)
    const both = await run(['trace', '--candidate', tag, '--format', 'csv'])
    await rm(join(folder, another ?? ''), { recursive: true })
    expect(both.exitCode).toBe(2)
  },
)

spec(
  ['GATE/FR-010', 'GATE/FR-014'],
  'neither a rehearsal nor a run before an unreadable one is the last word about a candidate',
  async () => {
    const tag = releasedEvidence().candidate?.tag ?? ''
    const id = another ?? ''
    await keep(id, {
      ...stoppedEvidence(),
      world: 'rehearsal',
      candidate: releasedEvidence().candidate,
    })
    const rehearsed = await run(['trace', '--candidate', tag])
    expect([rehearsed.exitCode, rehearsed.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`release, run ${released ?? ''} .*, world live\n`)),
    ])
    expect(rehearsed.stdout).toContain(`not part of this: run ${id}, hold, world rehearsal`)
    const file = join(folder, id, 'evidence.json')
    const whole = JSON.stringify({ ...releasedEvidence(), runId: id })
    const damages: readonly (() => Promise<unknown>)[] = [
      () => writeFile(file, whole.slice(0, -1)),
      // Which of the two is meant?
      () => writeFile(file, `{"verdict":"hold",${whole.slice(1)}`),
      // The evidence of another run.
      () => writeFile(file, JSON.stringify(releasedEvidence())),
      () => mkdir(file),
      () => execa('mkfifo', [file]),
    ]
    for (const damage of damages) {
      await rm(file, { recursive: true })
      await damage()
      const unsure = await run(['trace', '--candidate', tag])
      expect([unsure.exitCode, unsure.stderr]).toEqual([3, expect.stringContaining(`${id}: newer`)])
      const reported = await run(['report', id])
      expect([reported.exitCode, reported.stderr]).toEqual([
        2,
        expect.stringContaining('cannot be read'),
      ])
    }
    await rm(join(folder, id), { recursive: true })
  },
)

spec('GATE/FR-010', 'a report is the verdict for CI: summary, annotations, exit code', async () => {
  const file = join(folder, 'summary.md')
  const stop = await run(['report', '--github'], { GITHUB_STEP_SUMMARY: file })
  expect(stop.exitCode).toBe(1)
  expect(stop.stdout).toMatch(/^::error file=gate\/01-C-006-[\w-]+\.test\.ts,title=/)
  expect(await readFile(file, 'utf8')).toMatch(/^## HOLD/)
  expect((await run(['report', released ?? ''])).exitCode).toBe(0)
  const check = await run(['report', released ?? '', '--check-run', 'c'.repeat(40)])
  expect(JSON.parse(check.stdout)).toMatchObject({
    conclusion: 'success',
    head_sha: 'c'.repeat(40),
  })
})

spec('GATE/FR-010', 'a gate that did not speak has not released', async () => {
  const nothing = { CANARY_GATE_ARTIFACTS: join(folder, 'nothing') }
  for (const words of [['report'], ['report', '20260101T000000Z-0000'], ['report', '../x']]) {
    const { exitCode, stderr } = await run(words, nothing)
    expect([words, exitCode]).toEqual([words, 2])
    expect(stderr).toContain('run')
  }
})

spec('GATE/FR-008', 'a plan says how many straight passes a bound takes', async () => {
  expect([passesFor(0.1, 0.95), passesFor(0.45, 0.95), passesFor(0.5, 0.5)]).toEqual([29, 6, 1])
  const { stdout } = await run(['plan', '--bound', '10%', '--json'])
  expect(JSON.parse(stdout)).toEqual({
    ...{ bound: 0.1, confidence: 0.95 },
    ...{ runs: 29, configured: 29 },
  })
  for (const bound of ['0', '100%', '-1', 'ten', ''])
    expect((await run(['plan', '--bound', bound])).exitCode).toBe(2)
})
