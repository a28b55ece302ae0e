import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { resumePublication } from '../../packages/gate-kernel/src/finish/finish.ts'
import { recordPassed } from '../../packages/gate-kernel/src/finish/passed-run.ts'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { gateDigest } from '../../packages/gate-kernel/src/resume/gate-digest.ts'
import { beginHistory, recordEvent } from '../../packages/gate-kernel/src/state/history.ts'
import { blocked, inconclusive } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { defineGate, type StepResult } from '../../packages/gate-kernel/src/index.ts'
import { z } from 'zod'
import { spec } from '../spec.ts'
import { impatient, openScene } from './scene.ts'

// What a verdict rests on may change while the comments are written: it is looked at when all are there.

type Moment = 'first' | 'last' | 'pause'

/** A run that passed, whose blocker somebody re-opens in one moment of the publication. */
interface Meddled {
  readonly moment: Moment
  /** What the look at the blocker ends with while it is open. */
  readonly stop: Error
  isOpen: boolean
  /** Whether the process dies once, before the last write. */
  dies: boolean
  readonly written: string[]
}

function meddled(moment: Moment, stop: Error, dies = false): Meddled {
  return { moment, stop, dies, isOpen: false, written: [] }
}

const open = { code: 'blocker-open', what: '1141 is open', where: 'issue 1141', next: 'close it' }

function stepOf(name: Moment, all: Meddled) {
  const perform = (): Promise<StepResult> => {
    if (name === all.moment) all.isOpen = true
    if (name === 'last' && all.dies) {
      all.dies = false
      throw new Error('the process died')
    }
    all.written.push(name)
    return Promise.resolve({ url: `https://github.example/${name}`, commentId: 1 })
  }
  return { name, description: name, perform }
}

function gateOf(root: string, all: Meddled) {
  const look = (): Promise<void> => (all.isOpen ? Promise.reject(all.stop) : nothing())
  return defineGate({
    ...{ title: 'meddled', root, world: z.looseObject({}), facts: {} },
    requirements: [
      { id: 'GATE/FR-001', text: 'It is closed.', verify: nothing, reaches: 'CLOSED' },
      {
        ...{ id: 'GATE/FR-011', text: 'One comment.', verify: nothing },
        publish: { ...stepOf('first', all), reaches: [{ event: 'first', state: 'COMMENTED' }] },
      },
      {
        ...{ id: 'GATE/FR-014', text: 'Another comment.', verify: nothing },
        publish: { ...stepOf('last', all), reaches: [{ event: 'last', state: 'COMPLETE' }] },
      },
    ],
    lastLook: [{ requirement: 'GATE/FR-001', what: 'it is closed', look }],
  })
}

/** Publishes a run in which everything passed, or completes it: one call is one process. */
async function passed(all: Meddled): Promise<() => Promise<Evidence>> {
  const root = await mkdtemp(join(tmpdir(), 'after-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const gate = gateOf(root, all)
  const folder = join(root, 'runs', 'run-1')
  await mkdir(join(root, 'gate'))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'world.json'), '{}')
  await beginHistory(folder, new Date())
  await recordEvent(gate, folder, { type: 'passed', id: 'GATE/FR-001' }, new Date())
  const requirements = gate.requirements.map(({ id, text }) => ({
    ...{ id, text, verdict: 'pass' as const, progress: [] },
  }))
  const verdict = { requirements, stop: null, weakenings: [], publishable: true }
  await recordPassed(folder, verdict, new Date(), await gateDigest(gate))
  const pause = (): Promise<void> => {
    if (all.moment === 'pause') all.isOpen = true
    return nothing()
  }
  const end = { gate, artifacts: join(root, 'runs'), folder, now: () => new Date() }
  const how = { progress: () => undefined, publishOptions: { pause, readBackAfterMs: 0 } }
  return async () => (await resumePublication({ ...end, ...how })).evidence
}

const nothing = (): Promise<void> => Promise.resolve()

spec(
  ['GATE/FR-001', 'GATE/FR-011', 'GATE/FR-014'],
  'what changes between the first write and the last is a hold that says so',
  async () => {
    for (const moment of ['first', 'last', 'pause'] as const) {
      const all = meddled(moment, blocked(open))
      const end = await passed(all)
      const held = await end()
      expect(held, moment).toMatchObject({ verdict: 'hold', state: 'COMMENTED' })
      expect(held.stop, moment).toMatchObject({ requirement: 'GATE/FR-001', code: 'blocker-open' })
      expect(held.stop?.what).toMatch(/not after its last write; the comments stand: 1141 is open/)
      // What was published is told, and what was read back stays a pass.
      expect(held.publication.comments).toHaveLength(2)
      const verdicts = held.requirements.map(({ verdict }) => verdict)
      expect(verdicts).toEqual(['blocked', 'pass', 'pass'])
      expect(await end(), moment).toMatchObject({ verdict: 'hold', stop: { code: 'blocker-open' } })
      all.isOpen = false
      expect(await end(), moment).toMatchObject({ verdict: 'release', state: 'COMPLETE' })
      expect(all.written, moment).toEqual(['first', 'last'])
    }
  },
)

spec(
  ['GATE/FR-001', 'GATE/FR-014'],
  'a publication that died half-way is not completed on what has changed meanwhile',
  async () => {
    const all = meddled('first', blocked(open), true)
    const end = await passed(all)
    expect(await end()).toMatchObject({ verdict: 'hold' })
    expect(await end()).toMatchObject({ verdict: 'hold', stop: { code: 'blocker-open' } })
    expect(all.written).toEqual(['first'])
    all.isOpen = false
    expect(await end()).toMatchObject({ verdict: 'release', state: 'COMPLETE' })
    expect(all.written).toEqual(['first', 'last'])
  },
)

spec('GATE/FR-014', 'what cannot be read after the last write is asked again', async () => {
  const all = meddled('last', inconclusive({ ...open, code: 'github-unreachable' }))
  const end = await passed(all)
  const held = await end()
  expect(held.stop?.remedy?.command).toEqual(['publish', '--resume', 'run-1'])
  expect(held.stop?.findings).toEqual(['close it'])
  all.isOpen = false
  expect(await end()).toMatchObject({ verdict: 'release' })
})

spec('GATE/FR-014', 'a publication resumed right after its last write waits, too', async () => {
  await using scene = await openScene()
  const pauses: number[] = []
  const publishAt = async (now: Date): Promise<string> => {
    const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms))
    const options = { now: () => now, pause, readBackAfterMs: 15_000 }
    const means = { github: await scene.github(), polling: impatient }
    return (await publish(await scene.run('run-1'), { ...means, ...options })).outcome
  }
  const writtenAt = Date.now()
  const after = [0, 14_000, -60_000, 16_000]
  for (const ms of after) expect(await publishAt(new Date(writtenAt + ms))).toBe('complete')
  // The last one comes when the pause is over, so nothing more is waited for.
  expect(pauses).toEqual([15_000, 15_000, 15_000])
})
