import { expect } from 'vitest'
import { countSuite, rerunsIn } from '../../packages/phase4-gate/src/teamspace/counts.ts'
import { spec } from '../spec.ts'
import { good, verbose } from './world.ts'

const log = (summary: string, before = verbose): string => `${before}\n${summary}\n`
const passed = '=== 3 passed in 3.20s ==='
const report = good.junit?.replace('{now}', '2026-05-20T12:00:00Z') ?? ''

/** How a terminal, or what only looks like one, writes the same words. */
const dresses: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  coloured: (text) => text.replaceAll(/\b[A-Za-z0-9]+\b/g, '\u001b[33m\u001b[1m$&\u001b[0m'),
  'coloured with one character': (text) => text.replaceAll(/\b[A-Za-z]+\b/g, '\u009b33m$&\u009b0m'),
  'with private modes': (text) => `\u001b[?25l\u001b[2K${text}\u001b[?25h`,
  'with a title': (text) => `\u001b]0;pytest\u0007${text}\u001b]8;;\u001b\\`,
  'after a carriage return': (text) => `collecting ...\r${text}\rready`,
  'with line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'between other line ends': (text) => `x\u2028${text}\u0085y`,
}

for (const [name, dress] of Object.entries(dresses)) {
  spec(['GATE/FR-013', 'GATE/NFR-005'], `a log that is ${name} says what it says`, () => {
    const repeated = ['tests/test_a.py::test_b RERUN', '=== 3 passed, 1 rerun in 3.20s ===']
    for (const line of repeated) expect(rerunsIn(log(dress(line))), line).toHaveLength(1)
    expect(rerunsIn(log(dress(passed)))).toEqual([])
    for (const text of [report, null]) {
      expect(countSuite(log(dress(passed)), text)).toMatchObject({ passed: 3, problems: [] })
      const mixed = `${dress('=== 1 failed, 4 passed in 3.20s ===')}\n${passed}`
      expect(countSuite(log(mixed), text)?.problems, String(text)).not.toEqual([])
    }
  })
}

spec('GATE/FR-013', 'a summary that names an unknown result does not count as passes', () => {
  const unknown = ['1 quarantined', '2 subtests failed', '1 flaky', '3 constructor', '1 timed out']
  for (const one of unknown) {
    for (const line of [`=== 3 passed, ${one} in 3.2s ===`, `=== ${one} in 3.20s (0:00:03) ===`])
      for (const text of [report, null])
        expect(countSuite(log(`${line}\n${passed}`), text)?.problems, line).toContain(
          `its log has a summary of unknown words: ${line}`,
        )
    expect(countSuite(log(`3 passed, ${one} in 3.2s\n${passed}`), report)?.problems).not.toEqual([])
  }
  expect(countSuite(log(`=== no tests ran in 0.01s ===\n${passed}`), report)?.problems).not.toEqual(
    [],
  )
  const talk = `fetched 3 items in 2s\n12 rows in 0.1s\n${passed}`
  expect(countSuite(log(talk), report)?.problems).toEqual([])
})
