import { expect } from 'vitest'
import type { IssueAfter } from '../../fixtures/rehearsal/aftermath.ts'
import { gate, type GateId } from '../../gate/gate.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'
import { spec } from '../spec.ts'
import type { BrokenWorld } from './broken-world.ts'
import { differences } from './judge.ts'
import type { Played } from './play.ts'

const attempt = 'workspace/e2e/artifacts/sync_identity_boundary/v3.2.0rc16-attempt1'

const row = {
  name: 'a rollback is swallowed',
  covers: 'the judge itself',
  faults: {},
  ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141' },
  reopens: [1141],
} as const satisfies BrokenWorld

const issue = (number: number, state: 'open' | 'closed', comments = 0): IssueAfter => ({
  ...{ repository: 'a/b', number, state },
  comments: Array.from({ length: comments }, () => ({ author: 'gate', body: '' })),
})

const issues = [
  issue(41, 'open'),
  issue(1038, 'open'),
  issue(1141, 'open', 1),
  issue(1182, 'closed'),
]

/** A gate that did exactly what the row asks for. */
function faultless(): Played {
  const stopAt = gate.order.indexOf(row.stopsAt)
  const stop = {
    code: row.code,
    verdict: row.verdict,
    cause: 'product',
    what: '',
    where: '',
    next: '',
  } as const
  const verdictAt = (place: number): 'pass' | 'fail' | 'not-run' => {
    if (place === stopAt) return 'fail'
    return place < stopAt ? 'pass' : 'not-run'
  }
  return {
    ...{ exitCode: 1, seconds: 1, output: '', alive: [], sealProblems: [], world: {} as World },
    evidence: {
      ...{ schemaVersion: 1, runId: 'r', world: 'w', verdict: 'hold', state: 'STOPPED' },
      ...{ startedAt: '', finishedAt: '', candidate: null, attempt: null, weakenings: [] },
      requirements: gate.order.map((id: GateId, place) => {
        return { id, text: '', progress: [], verdict: verdictAt(place) }
      }),
      stop: { ...stop, requirement: row.stopsAt },
      publication: { status: 'withheld', comments: [], record: null },
    },
    aftermath: {
      ...{ issues, violations: [], overwritten: [] },
      writes: ['PATCH issue 1141', 'POST comment 1141'],
    },
    left: new Map(
      ['harness-single.log', 'manifest.json'].map((name) => [`${attempt}/${name}`, '']),
    ),
  }
}

function judged(change: (played: Played) => Partial<Played>): string[] {
  const played = faultless()
  return differences(row, { ...played, ...change(played) })
}

spec('GATE/FR-007', 'the judge of the matrix finds nothing where the gate did right', () => {
  expect(judged(() => ({}))).toStrictEqual([])
})

spec('GATE/FR-007', 'it finds another stop, another verdict and another exit code', () => {
  const other = judged(({ evidence }) => ({
    evidence: { ...evidence, stop: null, verdict: 'release' },
    exitCode: 0,
  }))
  expect(other).toStrictEqual([
    'expected GATE/FR-007 fail canary-reopens-1141, saw no stop: ',
    'the verdict is release',
    'the exit code is 0',
  ])
})

spec('GATE/FR-007', 'it finds the right stop for another reason', () => {
  const { stopsAt, verdict, code, ...rest } = row
  const picky = { ...rest, ...{ stopsAt, verdict, code }, says: 'scenario 4' } as const
  expect(differences(picky, faultless())).toStrictEqual(['the stop does not say "scenario 4": '])
})

spec('GATE/FR-007', 'it finds what ran after the stop', () => {
  const later = judged(({ evidence }) => ({
    evidence: {
      ...evidence,
      requirements: evidence.requirements.map((one) =>
        one.id === 'GATE/C-007' ? { ...one, verdict: 'pass' } : one,
      ),
    },
  }))
  expect(later).toStrictEqual(['GATE/C-007 is pass, not not-run'])
})

spec(['GATE/FR-015', 'GATE/C-007'], 'it finds every write that was not asked for', () => {
  const written = judged(({ aftermath }) => ({
    aftermath: {
      ...aftermath,
      writes: [...aftermath.writes, 'PATCH issue 1038'],
      issues: [
        issue(41, 'open', 1),
        issue(1038, 'closed'),
        issue(1141, 'closed'),
        issue(1182, 'open'),
      ],
    },
  }))
  expect(written).toStrictEqual([
    '#41 has 1 new comments, not 0',
    '#1038 is closed, not open',
    '#1141 has 0 new comments, not 1',
    '#1141 is closed, not open',
    '#1182 is open, not closed',
    'stray write: PATCH issue 1038',
  ])
})

spec(['GATE/FR-010', 'GATE/NFR-003'], 'it finds evidence that is lost or touched', () => {
  expect(judged(() => ({ left: new Map() }))).toStrictEqual([
    'not preserved: harness-single.log',
    'not preserved: manifest.json',
  ])
  expect(judged(() => ({ sealProblems: ['run-1.json was edited'] }))).toStrictEqual([
    'evidence was touched: run-1.json was edited',
  ])
})

spec('GATE/C-008', 'it finds tokens, files and servers that are left', () => {
  const secret = `rehearsal_${'0a'.repeat(18)}`
  const found = judged(({ left }) => ({
    left: new Map([...left, ['evidence.json', secret], ['workspace/pipx/x', '']]),
    alive: ['http://127.0.0.1:1'],
  }))
  expect(found).toStrictEqual([
    'the token stands in evidence.json',
    'left behind: workspace/pipx/x',
    'still running: http://127.0.0.1:1',
  ])
})
