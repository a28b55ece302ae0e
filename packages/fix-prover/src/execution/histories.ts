import type { Failure, TestCase } from '../runners/case.ts'
import type { TestRun } from '../runners/runner.ts'

type Reported = Extract<TestRun, { kind: 'reported' }>

/** One test over two trees. */
export interface TestHistory {
  readonly id: string
  readonly name: string
  readonly file: string | null
  readonly before: TestCase | null
  readonly after: TestCase | null
}

/** Brings the cases of two runs together. A test whose file could not be loaded failed by that. */
export function historiesOf(before: Reported, after: Reported): readonly TestHistory[] {
  const old = casesWithUnloaded(before, after)
  const now = casesWithUnloaded(after, before)
  const ids = [...new Set([...old.keys(), ...now.keys()])]
  return ids.map((id) => {
    const pre = old.get(id) ?? null
    const post = now.get(id) ?? null
    const { name, file } = pre ?? post ?? { name: id, file: null }
    return { id, name, file, before: pre, after: post }
  })
}

function casesWithUnloaded(run: Reported, other: Reported): ReadonlyMap<string, TestCase> {
  const own = new Map(run.cases.map((one) => [one.id, one]))
  for (const [file, message] of run.unloaded) {
    const failure: Failure = { kind: 'load', message, line: null }
    const lost = other.cases.filter((one) => one.file === file && !own.has(one.id))
    for (const one of lost) own.set(one.id, { ...one, outcome: 'failed', failure, hits: null })
    if (lost.length === 0)
      own.set(file, { id: file, name: file, file, outcome: 'failed', failure, hits: null })
  }
  return own
}
