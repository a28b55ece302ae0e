import type { Narrowed } from '../proving/narrow.ts'
import type { ProveHunk, ProveReport, ProveTest } from '../proving/report.ts'
import type { Doubts } from './look-closer.ts'
import { inconclusive, type Judgement, plain, rejected, review } from './reasons.ts'
import type { Reason } from './report.ts'

/** What was seen when the tests of a change ran. */
export interface Seen {
  readonly report: Pick<ProveReport, 'verdict' | 'reasons' | 'hunks' | 'tests'>
  readonly narrowed: Narrowed | null
  /** Hunks of the criterion. */
  readonly ids: ReadonlySet<number>
  readonly doubts: Pick<Doubts, 'ofAll' | 'ofHunk' | 'ofTest'>
  /** Whether all that the criterion's hunks add is output. */
  readonly isOutput: boolean
  /** Where a test is; null where that cannot be read. */
  readonly placeOf: (test: ProveTest) => Place | null
  /** Whether the change adds or changes a test itself, not only what tests use. */
  readonly hasOwnTest: boolean
}

export type Place = Pick<Reason, 'file' | 'unit' | 'lines'>

/** What running the tests says of the hunks of the criterion. Total and pure. */
export function judgeSeen(seen: Seen): Judgement {
  const { report, placeOf } = seen
  const judgement = judged(seen)
  const placed = (reason: Reason): Reason => {
    const test = report.tests.find(({ id }) => reason.text.startsWith(`${id} `))
    return { ...reason, ...(test === undefined ? null : placeOf(test)) }
  }
  return { ...judgement, reasons: judgement.reasons.map(placed) }
}

function judged(seen: Seen): Judgement {
  const { report } = seen
  const texts = report.reasons.map((text) => plain('prove', text))
  switch (report.verdict) {
    case 'nothing to prove':
      return rejected('comment-or-doc-only', texts)
    case 'no test':
      return rejected('no-test', texts)
    case 'not proven':
      return judgeUnproven(seen)
    case 'cannot tell':
      return withTheChange(report.tests) ?? inconclusive(texts)
    case 'proven':
    case 'partly':
      return judgeOwn(seen)
  }
}

/** A test that fails with the fix: did it pass before? */
function withTheChange(tests: readonly ProveTest[]): Judgement | null {
  const failing = tests.filter(({ result }) => result === 'fails with the change')
  if (failing.length === 0) return null
  return review(
    failing.map((test) =>
      test.without === null
        ? aboutTest('pass-to-fail', test, passToFail)
        : aboutTest(
            'no-passing-test',
            test,
            `fails with the fix, too: ${test.with?.message ?? ''}`,
          ),
    ),
  )
}

const passToFail =
  'passed before and does not pass with the fix: mend it, or say in the same change why it no longer holds'

function judgeUnproven({ report: { tests }, hasOwnTest }: Seen): Judgement {
  const having = (result: ProveTest['result']): readonly ProveTest[] =>
    tests.filter((test) => test.result === result)
  const passing = having('passes either way').slice(0, 20)
  if (passing.length > 0 && !hasOwnTest)
    return rejected('no-test', [
      plain(
        'no-test',
        'no test was added or changed, and those that use what was pass without the fix',
      ),
    ])
  if (passing.length > 0)
    return rejected(
      'test-does-not-discriminate',
      passing.map((test) => aboutTest('green-before', test, 'passes without the fix, too')),
    )
  const reading = having('reads the source text')
  if (reading.length > 0)
    return rejected(
      'no-discriminating-test',
      reading.map((test) => aboutTest('reads-source', test, 'reads the source, and calls nothing')),
    )
  const text = 'every test is skipped: a skipped test proves nothing'
  return rejected('no-discriminating-test', [plain('skipped', text)])
}

function judgeOwn(seen: Seen): Judgement {
  const { report, narrowed, ids, doubts } = seen
  const own = report.hunks.filter(({ id }) => ids.has(id))
  const proofs = own
    .filter(({ state }) => state === 'proven')
    .flatMap((hunk) => hunk.tests.map((id) => [hunk, id] as const))
  if (proofs.length === 0) return withoutProof(own)
  const broken = narrowed?.broken ?? []
  if (broken.length > 0)
    return review(broken.map((id) => plain('pass-to-fail', `${id} ${passToFail}`)))
  const heard = proofs.filter(([, id]) => !narrowed?.unheard.has(id))
  if (heard.length === 0) return watchingOutput(seen, proofs)
  if (doubts.ofAll.length > 0) return review(doubts.ofAll)
  const doubted = heard.map(([hunk, id]) => ({ hunk, id, why: whyNot(seen, hunk, id) }))
  const clear = doubted.filter(({ why }) => why.length === 0)
  if (clear.length === 0) return review(unique(doubted.flatMap(({ why }) => why)))
  return {
    verdict: 'substantive',
    standing: 'accepted',
    reasons: unique(
      clear.map(({ id }) =>
        aboutTest(
          'fail-to-pass',
          testOf(seen, id),
          "fails without the criterion's change and passes with it",
        ),
      ),
    ),
  }
}

function whyNot(seen: Seen, { id: hunk }: ProveHunk, id: string): readonly Reason[] {
  const { narrowed, doubts } = seen
  const test = testOf(seen, id)
  const output = aboutTest(
    'watches-output',
    test,
    'fails at the same place without the lines that look like output: have a person see whether it looks at more',
  )
  return [
    ...(narrowed?.withoutOutput.has(id) ? [output] : []),
    ...doubts.ofHunk(hunk),
    ...doubts.ofTest(test),
  ]
}

/** With all output switched off the tests fail as before: shown by running them. */
function watchingOutput(seen: Seen, proofs: readonly (readonly [ProveHunk, string])[]): Judgement {
  const why =
    'fails as before when nothing that is printed or logged arrives anywhere: it looks at what is printed, not at what is done'
  return rejected(
    seen.isOutput ? 'diagnostic-only' : 'no-discriminating-test',
    unique(proofs.map(([, id]) => aboutTest('watches-output', testOf(seen, id), why))),
  )
}

function withoutProof(own: readonly ProveHunk[]): Judgement {
  const told = (code: string, some: readonly ProveHunk[], text: string): Judgement['reasons'] =>
    some.map(({ file, lines, state }) => ({
      ...plain(code, `${text}: ${state}`),
      file,
      lines: [lines[0], lines[1]],
    }))
  const having = (...states: ProveHunk['state'][]): readonly ProveHunk[] =>
    own.filter(({ state }) => states.includes(state))
  if (having('no behaviour').length === own.length)
    return rejected('comment-or-doc-only', told('layout', own, 'only comments or layout'))
  const open = having('not tried', 'execution unknown', 'needed')
  if (open.length > 0)
    return inconclusive(told('attribution', open, 'no test was shown to fail without it as before'))
  return rejected(
    'no-discriminating-test',
    told('not-attributed', own, 'the tests pass without it, so they guard another change'),
  )
}

function testOf({ report }: Seen, id: string): ProveTest {
  const test = report.tests.find((one) => one.id === id)
  if (test === undefined) throw new Error(`no test ${id} in the report`)
  return test
}

function aboutTest(code: string, { id, file, line }: ProveTest, text: string): Reason {
  const lines: Reason['lines'] = line === null ? null : [line, line]
  return { ...plain(code, `${id} ${text}`), file, lines }
}

function unique(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((reason) => [reason.text, reason])).values()]
}
