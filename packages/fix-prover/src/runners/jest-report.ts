import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import {
  firstLines,
  framesOfStack,
  inTree,
  numbered,
  type RawFailure,
  type TestCase,
  toFailure,
} from './case.ts'
import type { Ended } from './events.ts'
import type { TestRun } from './runner.ts'

const assertionResult = z.object({
  ancestorTitles: z.array(z.string()).default([]),
  title: z.string(),
  status: z.string(),
  /** Marked as failing. */
  failing: z.boolean().nullish(),
  failureMessages: z.array(z.string().nullable()).nullish(),
  failureDetails: z.array(z.unknown()).nullish(),
})
const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string().optional(),
      message: z.string().nullish(),
      assertionResults: z.array(assertionResult),
    }),
  ),
})
type AssertionResult = z.infer<typeof assertionResult>

/** Reads the JSON report of jest. */
export async function readJestReport(path: string, tree: string, ended: Ended): Promise<TestRun> {
  const text = await readFile(path, 'utf8').catch(() => null)
  const read = text === null ? null : report.safeParse(parsed(text))
  if (ended.timedOut && !read?.success) return { kind: 'timed-out', what: ended.what }
  if (!read?.success) return { kind: 'not-reported', what: ended.what }
  const cases: TestCase[] = []
  const unloaded = new Map<string, string>()
  for (const { name, status, message, assertionResults } of read.data.testResults) {
    const file = inTree(name, tree) ?? name
    const own = assertionResults.map((one) => toCase(one, file, tree))
    // A hook behind the tests is in no test.
    const isTold = assertionResults.some((one) => one.status === 'failed')
    if (!isTold && status === 'failed') unloaded.set(file, firstLines(message ?? ''))
    cases.push(...own)
  }
  if (cases.length + unloaded.size === 0) return { kind: 'not-reported', what: ended.what }
  return { kind: 'reported', cases: numbered(cases), unloaded, hits: null }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function toCase(one: AssertionResult, file: string, tree: string): TestCase {
  const id = [file, ...one.ancestorTitles, one.title].filter((part) => part !== '').join(' > ')
  const common = { id, name: one.title, file, hits: null }
  if (one.status === 'passed' && one.failing !== true)
    return { ...common, outcome: 'passed', failure: null }
  if (one.status !== 'failed' || one.failing === true)
    return { ...common, outcome: 'skipped', failure: null }
  return { ...common, outcome: 'failed', failure: toFailure(rawOf(one), tree) }
}

/** The class of the error is the first word of its stack; jest's own expectations carry their matcher. */
function rawOf({ failureMessages, failureDetails }: AssertionResult): RawFailure {
  const stack = (failureMessages ?? []).find((text) => text !== null) ?? ''
  const message = stack.split(/\n\s+at /)[0] ?? stack
  const type =
    /^(?:Uncaught )?(?<type>[A-Z]\w*)(?: \[\w+\])?:/.exec(message)?.groups?.['type'] ?? ''
  const details = JSON.stringify(failureDetails ?? [])
  const isExpectation = /"matcherResult":\{|"code":"ERR_ASSERTION"|"generatedMessage":/.test(
    details,
  )
  const isTold =
    /^(?:Error: )?(?:.\[\d+m)*expect(?:\.|\()|^(?:Error: )?Snapshot .* mismatched/.test(message)
  const isHang =
    /(?:^|Error: |thrown: ")(?:Exceeded timeout of|Test timed out in|Timeout - Async|Hook timed out)/.test(
      message,
    )
  return {
    type,
    message,
    phase: isHang ? 'hang' : 'call',
    isAssertion: isExpectation || isTold || type.includes('Assertion'),
    frames: framesOfStack(stack),
  }
}
