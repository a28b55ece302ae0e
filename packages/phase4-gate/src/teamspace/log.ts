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

/** Every summary in a log: a runner that was started twice has two, and both have to be right. */
export function summariesOf(log: string): Tally[] {
  return linesOf(log).flatMap((line) => {
    const counts = summaryLine.exec(line)?.groups?.['counts']?.split(', ') ?? []
    const named = counts.map((one) => one.split(' ') as [count: string, word: string])
    if (named.length === 0 || named.some(([, word]) => !(word in words))) return []
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

/** Tests that a log lists by themselves (`pytest -v`): `tests/test_a.py::test_b PASSED [ 50%]`. */
export function casesOfLog(log: string): SuiteCase[] {
  return linesOf(log).flatMap((line) => {
    const listed =
      /^(?<path>[^\s:]+)::(?<name>.+?) (?<word>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?:\s+\[ *\d+%\])?$/.exec(
        line,
      )?.groups
    if (listed === undefined) return []
    const { path = '', name = '', word = '' } = listed
    const outcome = outcomes[word]
    return outcome === undefined
      ? []
      : [{ id: `${path}::${name}`, modules: moduleOfPath(path), outcome }]
  })
}

/** Lines in which a log tells that a test was repeated until it passed (pytest-rerunfailures, flaky). */
export function rerunsIn(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /\bRERUN\b|\b[1-9]\d* reruns?\b|passed \d+ out of the required/.test(line))
}

function linesOf(log: string): string[] {
  return log.split('\n').map((line) => withoutColors(line).trim())
}

function withoutColors(line: string): string {
  // A terminal's colour begins with ESC.
  return line.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
}
