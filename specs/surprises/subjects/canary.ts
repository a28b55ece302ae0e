import { eq, valid } from '@renovatebot/pep440'
import { findingsOf, parseJson } from '../../../packages/documents/src/index.ts'
import { checkProtocol, readRunDocument } from '../../../packages/phase4-gate/src/canary/results.ts'
import type { CanaryRun } from '../../../packages/phase4-gate/src/run/canary-run.ts'
import type { Harmless } from '../mutations/harmless.ts'
import type { Subject } from './subject.ts'

const now = Date.parse('2026-05-20T12:00:00Z')
const text = (value: unknown): string => JSON.stringify(value)
const ids = [
  '01KS1W46ZAR9S9RJPQQJAMCV6P',
  '01KS1W46ZAR9S9RJPQQJAMCV6Q',
  '01KS1W46ZAR9S9RJPQQJAMCV6R',
  '01KS1W46ZAR9S9RJPQQJAMCV6S',
]
/** Of a run of an earlier gate. */
const earlierId = '01KS1W46ZAR9S9RJPQQJAMCV6A'
const slackMs = 2_000

/** Four runs, one after the other. */
interface Protocol {
  readonly runs: readonly CanaryRun[]
  /** When the document of each was written, in milliseconds since 1970. */
  readonly ends: readonly number[]
}

/** @param everyMs from the beginning of one run to that of the next; each takes half of it */
function protocolOf(everyMs: number): Protocol {
  const runs = ids.map((run_id, index): CanaryRun => ({
    ...{ outcome: 'pass', run_id, run_number: index + 1, cli_version: '3.2.0rc16' },
    events_package_version: '5.1.0',
    timestamp: new Date(now + index * everyMs).toISOString(),
    scenarios: ['Fresh', 'Legacy', 'Owner', 'Review'].map((name, at) => {
      return { id: at + 1, name, status: 'pass', failure_mode: null, details: 'as expected' }
    }),
  }))
  return { runs, ends: runs.map(({ timestamp }) => Date.parse(timestamp) + everyMs / 2) }
}

/** Reads the document of one run as the gate does; null unless it passed. */
function readRun(bytes: Uint8Array, runNumber: number, { ends }: Protocol): CanaryRun | null {
  const writtenAtMs = ends[runNumber - 1] ?? 0
  const document = { text: Buffer.from(bytes).toString('utf8'), problems: problemsOf(bytes) }
  const reading = readRunDocument(
    { ...document, writtenAtMs },
    {
      ...{ runNumber, cliVersion: '3.2.0rc16', eventsVersion: '5.1.0' },
      ...{ startedAt: new Date(now), endedAt: new Date((ends[3] ?? 0) + 1_000) },
      knownRunIds: new Set([earlierId]),
    },
  )
  return reading.kind === 'run' && reading.run.outcome === 'pass' ? reading.run : null
}

/** The bytes of a file are read strictly, before anything of them is kept or compared. */
function problemsOf(bytes: Uint8Array): readonly string[] {
  try {
    parseJson(bytes, { maximumBytes: 1024 * 1024 })
    return []
  } catch (error) {
    return findingsOf(error)
  }
}

/** Judges four runs of which one document was changed, `latest.json` perhaps. */
const judgeAmong = (protocol: Protocol, changed: 2 | 'latest') => (bytes: Uint8Array) => {
  const run = readRun(bytes, changed === 2 ? 2 : 4, protocol)
  if (run === null) return null
  const all = protocol.runs.map((known, at) => (changed === 2 && at === 1 ? run : known))
  const latest = changed === 'latest' ? run : (all[3] ?? null)
  return checkProtocol(all, latest, protocol.ends, 4).length > 0 ? null : run
}

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const isSameVersion =
  (version: string) =>
  (value: unknown): boolean =>
    typeof value === 'string' && valid(value.trim()) !== null && eq(value.trim(), version)
const between =
  (fromMs: number, toMs: number) =>
  (value: unknown): boolean =>
    Date.parse(String(value)) >= fromMs && Date.parse(String(value)) <= toMs

const isNothing = (value: unknown): boolean => [undefined, null, ''].some((one) => one === value)

const harmless = (others: readonly string[], time: (value: unknown) => boolean): Harmless => [
  [
    /^scenarios\.\d\.details$/,
    'a text for people; what it says is judged only where it names a defect',
  ],
  [
    /^scenarios\.\d\.failure_mode$/,
    'absent, null and empty all say that nothing failed',
    isNothing,
  ],
  [
    /^run_id$/,
    'another id that no run has had is the id of this run',
    (value) => ulid.test(String(value)) && ![earlierId, ...others].includes(String(value)),
  ],
  [/^timestamp$/, 'another moment within the same run', time],
  [/^cli_version$/, 'another spelling of the same version (PEP 440)', isSameVersion('3.2.0rc16')],
  [/^events_package_version$/, 'another spelling of the same version', isSameVersion('5.1.0')],
]

const shared = { folder: 'canary', form: 'json', isClosed: true } as const
const [slow, quick] = [protocolOf(60_000), protocolOf(1_000)]
const single = slow.runs[0]

/** Between the document of the run before it and its own. */
const inSecondRun = ({ ends, runs }: Protocol): ((value: unknown) => boolean) => {
  const begun = Date.parse(runs[0]?.timestamp ?? '')
  return between(Math.max((ends[0] ?? 0) - slackMs, begun), (ends[1] ?? 0) + slackMs)
}

/** What the canary harness writes: the single run has no siblings that it is compared with. */
export const canarySubjects: readonly Subject[] = [
  {
    ...{ ...shared, name: 'runs/run-1.json, alone', faultless: text(single) },
    sibling: text({ ...single, run_id: earlierId, timestamp: '2026-05-19T12:00:00Z' }),
    judge: (bytes) => readRun(bytes, 1, slow),
    harmless: [
      ...harmless([], between(now - slackMs, (slow.ends[0] ?? 0) + slackMs)),
      [/^scenarios\.\d\.name$/, 'what a scenario is called is compared between the four runs'],
    ],
  },
  ...(
    [
      ['runs/run-2.json', slow],
      ['runs/run-2.json, runs of half a second', quick],
    ] as const
  ).map(([name, protocol]): Subject => ({
    ...{ ...shared, name, faultless: text(protocol.runs[1]), sibling: text(protocol.runs[0]) },
    judge: judgeAmong(protocol, 2),
    harmless: harmless(ids, inSecondRun(protocol)),
  })),
  {
    ...{ ...shared, name: 'latest.json', faultless: text(slow.runs[3]) },
    sibling: text(slow.runs[2]),
    judge: judgeAmong(slow, 'latest'),
    harmless: [],
  },
]
