import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { otherProjects } from '../../fixtures/fix-corpus/runners/others.ts'
import { writeHistory } from '../../fixtures/fix-corpus/runners/write.ts'
import { readChange } from '../../packages/fix-prover/src/changes/change.ts'
import type { Criterion } from '../../packages/fix-prover/src/changes/criterion.ts'
import { judgeHunks } from '../../packages/fix-prover/src/inspecting/by-execution.ts'
import { foreignUnits } from '../../packages/fix-prover/src/inspecting/foreign-units.ts'
import { inspectFix } from '../../packages/fix-prover/src/inspecting/inspect.ts'
import { type ProveHunk, proveVerdicts } from '../../packages/fix-prover/src/proving/report.ts'
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
      reasons: [{ code: 'not-executed', file: 'ranges.go', unit: 'Clamp' }],
      units: [{ file: 'ranges.go', name: 'Clamp', criterion: 'yes' }],
    })
  },
)

const states = [
  ...(['proven', 'needed', 'executed', 'not executed', 'execution unknown'] as const),
  ...(['unproven', 'no behaviour', 'not tried'] as const),
]
const hunk = fc.record({ id: fc.integer({ min: 1, max: 4 }), state: fc.constantFrom(...states) })

spec(
  'GATE/FR-002',
  'by execution alone a fix is accepted only if a hunk of the criterion is proven and nothing raises a doubt',
  () => {
    let accepted = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...proveVerdicts),
        fc.array(hunk, { minLength: 1, maxLength: 4 }),
        fc.array(fc.constant('doubt'), { maxLength: 1 }),
        (verdict, some, doubts) => {
          const hunks = some.map((one): ProveHunk => ({
            ...one,
            ...{ file: 'a.go', lines: [1, 1], tests: [], mutants: { tried: 0, survived: [] } },
          }))
          const { standing } = judgeHunks(
            { verdict, hunks, reasons: ['why'] },
            new Set([1]),
            doubts,
          )
          if (standing !== 'accepted') return
          accepted += 1
          expect(['proven', 'partly']).toContain(verdict)
          expect(doubts).toEqual([])
          expect(hunks.some(({ id, state }) => id === 1 && state === 'proven')).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(10)
  },
)
