import { moduleOfPath, type Outcome, type SuiteCase } from './junit-report.ts'

/** How many tests ended how, as a summary line of the log says. */
export type Tally = Readonly<Record<Outcome, number>>

const words: Readonly<Record<string, Outcome | null>> = {
  ...{ passed: 'passed', failed: 'failed', error: 'failed', errors: 'failed', skipped: 'skipped' },
  ...{ xfailed: 'xfailed', xpassed: 'xpassed' },
  // These say nothing about how a test ended; repeated tests are judged with the four runs.
  ...{ deselected: null, warning: null, warnings: null, rerun: null, reruns: null },
}

/** `=== 1 failed, 4 passed in 3.20s (0:00:03) ===`, with or without its frame and its time. */
const summaryLine =
  /^(?:=+ )?(?<counts>\d+ [a-z]+(?:, \d+ [a-z]+)*)(?: in \d[\d.:]*s(?: \([\d:]+\))?)?(?: =+)?$/

/** `=== 4 passed, 2 quarantined in 3.20s ===`: words that pytest, or a part of it, has for a result. */
const timedLine =
  /^(?<frame>=+ )?(?<counts>(?:no tests ran|\d+ [a-z][a-z -]*)(?:, \d+ [a-z][a-z -]*)*) in \d[\d.:]*s(?: \([\d:]+\))?(?: =+)?$/

/** Summary lines that cannot be read, because they name a result that is not known here. */
export function unreadableSummaries(log: string): string[] {
  return linesOf(log).filter((line) => {
    const { frame, counts = '' } = timedLine.exec(line)?.groups ?? {}
    const names = counts === '' ? [] : counts.split(', ').map((one) => one.replace(/^\d+ /, ''))
    const known = names.filter((name) => Object.hasOwn(words, name))
    // Without its frame, it is a summary only if it names a result that is known.
    return known.length < names.length && (frame !== undefined || known.length > 0)
  })
}

/** Every summary in a log: a runner that was started twice has two, and both have to be right. */
export function summariesOf(log: string): Tally[] {
  return linesOf(log).flatMap((line) => {
    const counts = summaryLine.exec(line)?.groups?.['counts']?.split(', ') ?? []
    const named = counts.map((one) => one.split(' ') as [count: string, word: string])
    if (named.length === 0 || named.some(([, word]) => !Object.hasOwn(words, word))) return []
    // `2 warnings` may be anybody's line, unless it stands in the frame of a summary or has its time.
    const isOnlyTalk = named.every(([, word]) => words[word] === null)
    if (isOnlyTalk && !/^=| in \d/.test(line)) return []
    const tally = { passed: 0, failed: 0, skipped: 0, xfailed: 0, xpassed: 0 }
    for (const [count, word] of named) {
      const outcome = words[word]
      if (outcome !== null && outcome !== undefined) tally[outcome] += Number(count)
    }
    return [tally]
  })
}

const outcomes: Readonly<Record<string, Outcome>> = {
  ...{ PASSED: 'passed', FAILED: 'failed', ERROR: 'failed', SKIPPED: 'skipped' },
  ...{ XFAIL: 'xfailed', XPASS: 'xpassed' },
}

/** How pytest tells in one line how one test ended. */
const listings: readonly RegExp[] = [
  // `pytest -v`: `tests/test_a.py::test_b PASSED [ 50%]`
  /^(?<path>[^\s:]+)::(?<name>.+?) (?<word>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?:\s+\[ *\d+%\])?$/,
  // The same from several processes: `[gw0] [ 50%] PASSED tests/test_a.py::test_b`
  /^\[gw\d+\] (?:\[ *\d+%\] )?(?<word>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?<path>[^\s:]+)::(?<name>.+)$/,
  // The short summary: `FAILED tests/test_a.py::test_b - assert 1 == 2`, `ERROR tests/test_a.py - SyntaxError`
  /^(?<word>FAILED|ERROR) (?<path>[^\s:]+\.py)(?:::(?<name>.+?))?(?: - .*)?$/,
]

/** Tests that a log lists by themselves. One that failed is listed a second time, in the short summary. */
export function casesOfLog(log: string): SuiteCase[] {
  const cases = linesOf(log).flatMap((line) => {
    const listed = listings.map((listing) => listing.exec(line)?.groups).find(Boolean)
    const { path = '', name = '', word = '' } = listed ?? {}
    const outcome = outcomes[word]
    return outcome === undefined
      ? []
      : [{ id: `${path}::${name}`, modules: moduleOfPath(path), outcome }]
  })
  return [...new Map(cases.map((one) => [`${one.outcome} ${one.id}`, one])).values()]
}

/** Lines that pytest prints only where something failed, or where it stopped before its end. */
export function alarmsIn(log: string): string[] {
  return linesOf(log).filter((line) =>
    /^=+ (?:FAILURES|ERRORS) =+$|^!{3,} .+ !{3,}$|^INTERNALERROR>/.test(line),
  )
}

/** How many tests a log says were selected, for each time that it says so. */
export function selectedIn(log: string): number[] {
  return linesOf(log).flatMap((line) => {
    const all = /^collected (\d+) items?(?: \/ \d+ [a-z]+)*$/.exec(line)?.[1]
    const deselected = / \/ (\d+) deselected\b/.exec(line)?.[1] ?? 0
    return all === undefined ? [] : [Number(all) - Number(deselected)]
  })
}

/** Lines in which a log tells that a test was repeated until it passed (pytest-rerunfailures, flaky). */
export function rerunsIn(log: string): string[] {
  return linesOf(log).filter((line) =>
    /\bRERUN\b|\b[1-9]\d* reruns?\b|passed \d+ out of the required/.test(line),
  )
}

/** Lines as a terminal shows them one after the other: a carriage return begins one as well. */
function linesOf(log: string): string[] {
  return withoutSequences(log)
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => line.trim())
}

/** A terminal's colours, titles and movements begin with ESC, or with one character that means ESC and `[`. */
function withoutSequences(log: string): string {
  return log.replace(
    /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g,
    '',
  )
}
