import type { Proof } from '../execution/proof.ts'
import type { Findings } from './findings.ts'
import { plain } from './reasons.ts'
import type { Reason } from './report.ts'
import { switchesOn } from '../reading/switches.ts'
import { calls, isNamed, restsOn, type TestReading } from '../reading/tests.ts'

export type Ran = Extract<Proof, { kind: 'ran' }>
type Known = Pick<Findings, 'reading' | 'tests'>

/** Why what the tests prove may not be what users get; empty where nothing speaks for it. */
export function onlyInTests(proof: Ran, known: Known): readonly Reason[] {
  const { reading } = known
  if (proof.attributed.every((id) => restsOnTestOnly(id, proof, known)))
    return [plain('test-only', 'what the tests assert can be seen through names for tests alone')]
  const asks = reading.underTest.map(({ file, unit, lines: [first, last], marker }) => ({
    code: 'under-test',
    text: `asks for ${marker}, so it may act otherwise in a test than for users: take that out, or have a person confirm it`,
    file,
    unit,
    lines: [first, last] satisfies [number, number],
  }))
  if (!proof.attributed.every((id) => restsOnSwitch(id, proof, known))) return asks
  const off = reading.switches.map((name) =>
    plain(
      'test-only-switch',
      `only tests switch ${name} on, nothing in the product does: show who sets it for users, or make the fix work without it`,
    ),
  )
  return [...asks, ...off]
}

/** Whether a test looks at, or does something by, what the change made for tests alone. */
function restsOnTestOnly(id: string, proof: Ran, known: Known): boolean {
  const history = proof.histories.find((one) => one.id === id)
  const names = new Set(known.reading.testOnly)
  const named = known.tests.filter(({ name }) => history !== undefined && isNamed(history, name))
  const line = history?.before?.failure?.line ?? null
  const isMade = (test: TestReading): boolean => restsOn(test, line, names) || calls(test, names)
  return names.size > 0 && named.length > 0 && named.every(isMade)
}

/** Whether a test, or what stands beside it, switches on what nothing in the product does. */
function restsOnSwitch(id: string, proof: Ran, { reading, tests }: Known): boolean {
  const history = proof.histories.find((one) => one.id === id)
  const named = tests.filter(({ name }) => history !== undefined && isNamed(history, name))
  const names = new Set(reading.switches)
  const isSwitched = ({ tree, around }: TestReading): boolean =>
    [tree, ...around].some((part) => switchesOn(part, names))
  return names.size > 0 && named.every(isSwitched)
}
