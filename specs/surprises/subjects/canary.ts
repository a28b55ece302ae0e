import { eq, valid } from '@renovatebot/pep440'
import { parseJson } from '../../../packages/documents/src/index.ts'
import { checkProtocol, readRunDocument } from '../../../packages/phase4-gate/src/canary/results.ts'
import type { CanaryRun } from '../../../packages/phase4-gate/src/run/canary-run.ts'
import type { Subject } from './subject.ts'

const now = new Date('2026-05-20T12:00:00Z')
const text = (value: unknown): string => JSON.stringify(value)
const minute = 60_000
const ids = [
  '01KS1W46ZAR9S9RJPQQJAMCV6P',
  '01KS1W46ZAR9S9RJPQQJAMCV6Q',
  '01KS1W46ZAR9S9RJPQQJAMCV6R',
  '01KS1W46ZAR9S9RJPQQJAMCV6S',
]
const runs = ids.map((run_id, index): CanaryRun => ({
  ...{ outcome: 'pass', run_id, run_number: index + 1, cli_version: '3.2.0rc16' },
  events_package_version: '5.1.0',
  timestamp: new Date(now.getTime() + index * minute).toISOString(),
  scenarios: ['Fresh', 'Legacy', 'Owner', 'Review'].map((name, at) => {
    return { id: at + 1, name, status: 'pass', failure_mode: null, details: 'as expected' }
  }),
}))
const ends = runs.map(({ timestamp }) => Date.parse(timestamp) + minute / 2)

/** Reads the document of one run as the gate does; null unless it passed. */
function readRun(bytes: Uint8Array, runNumber: number): CanaryRun | null {
  // As the bytes of a file are read: strictly, before anything else.
  parseJson(bytes, { maximumBytes: 1024 * 1024 })
  const document = {
    text: Buffer.from(bytes).toString('utf8'),
    problems: [],
    writtenAtMs: ends[runNumber - 1] ?? 0,
  }
  const reading = readRunDocument(document, {
    ...{ runNumber, cliVersion: '3.2.0rc16', eventsVersion: '5.1.0' },
    ...{ startedAt: now, endedAt: new Date(now.getTime() + 5 * minute), knownRunIds: new Set() },
  })
  return reading.kind === 'run' && reading.run.outcome === 'pass' ? reading.run : null
}

function judgeSecondOfFour(bytes: Uint8Array): unknown {
  const run = readRun(bytes, 2)
  if (run === null) return null
  const all = runs.map((known, index) => (index === 1 ? run : known))
  return checkProtocol(all, all[3] ?? null, ends, 4).length > 0 ? null : run
}

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const isSameVersion =
  (version: string) =>
  (value: unknown): boolean =>
    typeof value === 'string' && valid(value.trim()) !== null && eq(value.trim(), version)

const shared = {
  ...{ folder: 'canary', form: 'json', isClosed: true },
  harmless: [
    [
      /^scenarios\.\d\.details$/,
      'a text for people; what it says is judged only where it names a defect',
    ],
    [/^scenarios\.\d\.failure_mode$/, 'absent, null and empty all say that nothing failed'],
    [
      /^run_id$/,
      'another id that no run has had is the id of this run',
      (value) => ulid.test(String(value)),
    ],
    [/^timestamp$/, 'another moment within the same minute of the same run'],
    [/^cli_version$/, 'another spelling of the same version (PEP 440)', isSameVersion('3.2.0rc16')],
    [/^events_package_version$/, 'another spelling of the same version', isSameVersion('5.1.0')],
  ],
} as const satisfies Partial<Subject>

/** What the canary harness writes: the single run has no siblings that it is compared with. */
export const canarySubjects: readonly Subject[] = [
  {
    ...{ ...shared, name: 'runs/run-1.json, alone', faultless: text(runs[0]) },
    sibling: text(runs[1]),
    judge: (bytes) => readRun(bytes, 1),
    harmless: [
      ...shared.harmless,
      [/^scenarios\.\d\.name$/, 'what a scenario is called is compared between the four runs'],
    ],
  },
  {
    ...{ ...shared, name: 'runs/run-2.json', faultless: text(runs[1]) },
    sibling: text(runs[0]),
    judge: judgeSecondOfFour,
  },
]
