import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { otherProjects } from '../../fixtures/fix-corpus/runners/others.ts'
import { writeHistory } from '../../fixtures/fix-corpus/runners/write.ts'
import { readChange } from '../../packages/fix-prover/src/changes/change.ts'
import type { Criterion } from '../../packages/fix-prover/src/changes/criterion.ts'
import { judgeSeen } from '../../packages/fix-prover/src/inspecting/by-execution.ts'
import { foreignUnits } from '../../packages/fix-prover/src/inspecting/foreign-units.ts'
import { inspectFix } from '../../packages/fix-prover/src/inspecting/inspect.ts'
import type { FixReport } from '../../packages/fix-prover/src/inspecting/report.ts'
import {
  type ProveHunk,
  type ProveTest,
  proveVerdicts,
  testResults,
} from '../../packages/fix-prover/src/proving/report.ts'
import { spec } from '../spec.ts'

let folder = ''
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'by-execution-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Files = Readonly<Record<string, string>>

async function written(before: Files, after: Files): Promise<{ repo: string; commits: string[] }> {
  const repo = join(folder, `project-${count++}`)
  const shas = await writeHistory(repo, [
    ['Begin', before],
    ['Change', after],
  ])
  return { repo, commits: shas.slice(1) }
}

function criterionOf(file: string, ...names: string[]): Criterion {
  return { issue: 1, about: 'a function', places: [{ file, names }], diagnostics: [] }
}

interface Language {
  readonly file: string
  readonly before: string
  /** A change, and the functions that it is in. */
  readonly changes: readonly (readonly [from: string, to: string, units: readonly string[]])[]
}

const languages: readonly Language[] = [
  {
    file: 'queue.go',
    before: `package queue

const (
	limit = 5
)

type Queue struct {
	rows []int
}

// Push adds a row.
func (q *Queue) Push(row int) bool {
	if len(q.rows) >= limit {
		return false
	}
	q.rows = append(q.rows, row)
	return true
}

func Empty() *Queue {
	return &Queue{}
}
`,
    changes: [
      ['>= limit', '> limit', ['Queue.Push']],
      ['limit = 5', 'limit = 6', ['limit']],
      ['&Queue{}', 'new(Queue)', ['Empty']],
      ['rows []int', 'rows []int64', ['Queue']],
      ['func Empty', 'func Full() bool {\n\treturn false\n}\n\nfunc Empty', ['Full']],
      ['	q.rows = append(q.rows, row)\n', '', ['Queue.Push']],
    ],
  },
  {
    file: 'src/queue.rs',
    before: `pub const LIMIT: usize = 5;

pub struct Queue {
    rows: Vec<i32>,
}

impl Queue {
    /// Adds a row.
    pub fn push(&mut self, row: i32) -> bool {
        if self.rows.len() >= LIMIT {
            return false;
        }
        self.rows.push(row);
        true
    }
}

pub fn empty() -> Queue {
    Queue { rows: Vec::new() }
}
`,
    changes: [
      ['>= LIMIT', '> LIMIT', ['Queue.push']],
      ['usize = 5', 'usize = 6', ['LIMIT']],
      ['Vec::new()', 'vec![]', ['empty']],
    ],
  },
  {
    file: 'src/main/java/Queue.java',
    before: `package org.example;

public final class Queue {
  private static final int LIMIT = 5;

  @Override
  public boolean push(int row) {
    if (rows.size() >= LIMIT) {
      return false;
    }
    return rows.add(row);
  }

  static Queue empty() {
    return new Queue();
  }
}
`,
    changes: [
      ['>= LIMIT', '> LIMIT', ['Queue.push']],
      ['LIMIT = 5', 'LIMIT = 6', ['Queue.LIMIT']],
      ['new Queue()', 'of()', ['Queue.empty']],
    ],
  },
]

describe.each(languages)('$file', ({ file, before, changes }) => {
  spec('GATE/FR-002', `a hunk is of the function that it is in: ${file}`, async () => {
    for (const [from, to, units] of changes) {
      expect(before).toContain(from)
      const { repo, commits } = await written(
        { [file]: before },
        { [file]: before.replace(from, to) },
      )
      const change = await readChange(repo, commits)
      const named = await foreignUnits(change, criterionOf(file, ...units))
      expect([from, named.map(({ name }) => name)]).toEqual([from, [...units]])
      expect(await foreignUnits(change, criterionOf(file, 'other', 'Queue.other'))).toEqual([])
      expect(await foreignUnits(change, criterionOf(`other/${file}`, ...units))).toEqual([])
    }
  })
})

spec('GATE/FR-002', 'a type that is named stands for its methods', async () => {
  const [{ file, before } = { file: '', before: '' }] = languages
  const { repo, commits } = await written({ [file]: before }, { [file]: before.replace('>=', '>') })
  const change = await readChange(repo, commits)
  expect(await foreignUnits(change, criterionOf(file, 'Queue'))).toHaveLength(1)
  const about = criterionOf(file, 'Queue')
  const places = about.places.map((place) => ({ ...place, onlyAbout: ['append'] }))
  expect(await foreignUnits(change, { ...about, places })).toEqual([])
})

spec(
  'GATE/FR-002',
  'a change in Go, Rust or Java is for its tests to judge, not for reading to reject',
  async () => {
    const [product] = otherProjects.filter(({ name }) => name === 'go test')
    const { repo, commits } = await written(product?.base ?? {}, product?.changes.assertion ?? {})
    const report = await inspectFix({
      ...{ repo, commits, criterion: criterionOf('ranges.go', 'Clamp'), runner: null },
    })
    expect(report).toMatchObject({
      verdict: 'review',
      reasons: [{ file: 'ranges.go', unit: 'Clamp' }, { code: 'not-executed' }],
      units: [{ file: 'ranges.go', name: 'Clamp', criterion: 'yes' }],
    })
  },
)

const states = [
  ...(['proven', 'needed', 'executed', 'not executed', 'execution unknown'] as const),
  ...(['unproven', 'no behaviour', 'not tried'] as const),
]
const reason = {
  ...{ code: 'doubt', text: 'why', file: null, unit: null, lines: null },
} satisfies FixReport['reasons'][number]
/** Nothing, as a rule: each of many objections alone is enough. */
const rarely = <Value>(some: fc.Arbitrary<Value[]>): fc.Arbitrary<Value[]> =>
  fc.oneof({ arbitrary: fc.constant<Value[]>([]), weight: 4 }, { arbitrary: some, weight: 1 })
const doubt = rarely(fc.array(fc.constant(reason), { maxLength: 1 }))
const ids = fc.subarray(['a', 'b'])
const against = rarely(ids)
const seen = fc.record({
  verdict: fc.constantFrom(...proveVerdicts),
  results: fc.tuple(fc.constantFrom(...testResults), fc.constantFrom(...testResults)),
  hunks: fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom(...states),
      tests: ids,
    }),
    { minLength: 1, maxLength: 4 },
  ),
  ...{ unheard: against, withoutOutput: against, doubtful: against },
  broken: rarely(fc.subarray(['c'])),
  ...{ ofAll: doubt, ofHunk: doubt },
  ...{ isOutput: fc.boolean(), hasOwnTest: fc.boolean() },
})

spec(
  'GATE/FR-002',
  'a fix is accepted only if a hunk of the criterion is proven by a test that nothing speaks against',
  () => {
    let accepted = 0
    fc.assert(
      fc.property(seen, (one) => {
        const failure = { kind: 'assertion', message: 'no' } as const
        const tests = ['a', 'b'].map((id, at): ProveTest => ({
          ...{ id, file: null, line: null, caughtBy: [], executes: null, with: null },
          ...{ without: failure, result: one.results[at] ?? 'catches' },
        }))
        const hunks = one.hunks.map((own): ProveHunk => ({
          ...own,
          ...{ file: 'a.py', lines: [1, 1], mutants: { tried: 0, survived: [] } },
        }))
        const { standing } = judgeSeen({
          report: { verdict: one.verdict, reasons: ['why'], hunks, tests },
          narrowed: {
            unheard: new Set(one.unheard),
            withoutOutput: new Set(one.withoutOutput),
            broken: one.broken,
          },
          ids: new Set([1]),
          doubts: {
            ofAll: one.ofAll,
            ofHunk: () => one.ofHunk,
            ofTest: ({ id }) => (one.doubtful.includes(id) ? [reason] : []),
          },
          ...{ isOutput: one.isOutput, hasOwnTest: one.hasOwnTest, placeOf: () => null },
        })
        if (standing !== 'accepted') return
        accepted += 1
        expect(['proven', 'partly']).toContain(one.verdict)
        expect([...one.ofAll, ...one.ofHunk, ...one.broken]).toEqual([])
        const speaking = new Set([...one.unheard, ...one.withoutOutput, ...one.doubtful])
        const clear = hunks.filter(
          ({ id, state, tests: by }) =>
            id === 1 && state === 'proven' && by.some((test) => !speaking.has(test)),
        )
        expect(clear).not.toEqual([])
      }),
      { numRuns: 10_000 },
    )
    expect(accepted).toBeGreaterThan(100)
  },
)
