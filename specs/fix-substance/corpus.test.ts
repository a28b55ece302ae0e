import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import {
  corpus,
  type CorpusCase,
  javascriptCriteria,
  writeCorpus,
  type WrittenCase,
} from '../../fixtures/fix-corpus/index.ts'
import { readCriterion } from '../../packages/fix-prover/src/changes/criterion.ts'
import { inspectFix } from '../../packages/fix-prover/src/inspecting/inspect.ts'
import { type FixReport, verdicts } from '../../packages/fix-prover/src/inspecting/report.ts'
import { spec } from '../spec.ts'
import { findPython, runnerFor } from './runner.ts'

const sideBySide = 4
/** Only ends one that hangs: a test also waits for the cases before its own. */
const caseTimeoutMs = 1_200_000

interface Judged {
  readonly read: FixReport
  readonly ran: FixReport
}

let folder = ''
let python: Awaited<ReturnType<typeof findPython>> = { found: false, reason: 'not looked for yet' }
const results = new Map<string, PromiseWithResolvers<Judged>>()
for (const { name } of corpus) results.set(name, Promise.withResolvers())

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fix-corpus-'))
  python = await findPython()
  const waiting = [...(await writeCorpus(folder, corpus))]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await judgeOne(next)
  }
  for (let worker = 0; worker < sideBySide; worker++) void work()
}, caseTimeoutMs)

afterAll(async () => {
  await Promise.allSettled([...results.values()].map(({ promise }) => promise))
  await rm(folder, { recursive: true, force: true })
})

async function judgeOne(written: WrittenCase): Promise<void> {
  const { case: own, repo, commits } = written
  const result = results.get(own.name)
  try {
    if (own.language === 'python' && !python.found) throw new Error(python.reason)
    const number = own.criterion
    const criterion =
      own.language === 'python' ? await readCriterion(String(number)) : javascriptCriteria[number]
    const common = { repo, commits, criterion, scratch: folder }
    const read = await inspectFix({ ...common, runner: null })
    const ran = await inspectFix({ ...common, runner: runnerFor(python) })
    result?.resolve({ read, ran })
  } catch (error) {
    result?.reject(error)
  }
}

async function judged({ name }: CorpusCase): Promise<Judged> {
  const result = results.get(name)
  if (result === undefined) throw new Error(`no such case: ${name}`)
  return result.promise
}

describe.each(verdicts)('%s', (verdict) => {
  for (const own of corpus.filter((candidate) => candidate.verdict === verdict))
    spec(
      'GATE/FR-002',
      `${own.language} ${own.criterion}: ${own.name}`,
      async ({ skip }) => {
        if (own.language === 'python' && !python.found) skip(python.reason)
        const { read, ran } = await judged(own)
        expect({ verdict: ran.verdict, reasons: ran.reasons }).toMatchObject({ verdict })
        if (own.standing !== undefined) expect(ran.standing).toBe(own.standing)
        if (own.readsAs !== undefined) expect(read.verdict).toBe(own.readsAs)
        expect(read.verdict).not.toBe('substantive')
      },
      caseTimeoutMs,
    )
})

spec(
  'GATE/FR-002',
  'the corpus has two histories or more for every verdict, and sixty in all',
  () => {
    const counts = verdicts.map((verdict) => [
      verdict,
      corpus.filter((candidate) => candidate.verdict === verdict).length,
    ])
    expect(corpus.length).toBeGreaterThanOrEqual(60)
    expect(counts.filter(([, count]) => Number(count) < 2)).toEqual([])
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length)
  },
)
