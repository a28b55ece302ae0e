import type { Findings } from './findings.ts'
import { isNamed, type TestReading } from '../reading/tests.ts'
import type { Judgement } from './reasons.ts'
import type { Reason } from './report.ts'

/** The same judgement, every reason about a test with its file and lines, so that one can go there. */
export function withTestPlaces(judgement: Judgement, { tests, proof }: Findings): Judgement {
  const histories = proof?.kind === 'ran' ? proof.histories : []
  const placed = (reason: Reason): Reason => {
    const history = histories.find(({ id }) => reason.text.startsWith(`${id} `))
    if (reason.file !== null || history === undefined) return reason
    const named = tests.filter(({ name }) => isNamed(history, name))
    const test = named.find(({ file }) => history.id.includes(stemOf(file))) ?? named[0]
    return test === undefined ? reason : { ...reason, ...placeOf(test) }
  }
  return { ...judgement, reasons: judgement.reasons.map(placed) }
}

function placeOf({ file, name, lines }: TestReading): Pick<Reason, 'file' | 'unit' | 'lines'> {
  return { file, unit: name, lines: [lines[0], lines[1]] }
}

/** pytest writes `tests.sync.test_rows`, node:test the path. */
function stemOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.\w+$/, '')
}
