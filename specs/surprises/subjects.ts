import { isDeepStrictEqual } from 'node:util'
import { parseJson } from '../../packages/documents/src/index.ts'
import { readDocument } from '../../packages/phase4-gate/src/candidates/package-index.ts'
import { judgeCandidate } from '../../packages/phase4-gate/src/candidates/judge.ts'
import { canonicalVersion } from '../../packages/phase4-gate/src/candidates/version.ts'
import { checkProtocol, readRunDocument } from '../../packages/phase4-gate/src/canary/results.ts'
import { readHealth, readReady } from '../../packages/phase4-gate/src/service/answers.ts'
import { understand } from '../../packages/phase4-gate/src/service/reader.ts'
import { requireSameAnswers } from '../../packages/phase4-gate/src/service/snapshot.ts'
import {
  countSuite,
  unexpectedSkips,
  unprovenFiles,
} from '../../packages/phase4-gate/src/teamspace/counts.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/facts.ts'

/** A document of the faultless world, and what the gate makes of it. */
export interface Subject {
  readonly name: string
  /** `log` is a text for people, in which only the lines that count tests mean anything. */
  readonly form: 'json' | 'text' | 'log'
  readonly faultless: string
  /** The same kind of document, of another run. */
  readonly sibling: string
  /**
   * Reads it as the gate does and checks it as the gate does, among the other documents of a faultless
   * world. Returns the meaning that later steps would use; throws, or returns null, to hold.
   */
  readonly judge: (bytes: Uint8Array) => unknown
  /** Fields that may change without a hold, each with the reason. */
  readonly harmless: readonly (readonly [
    path: RegExp,
    why: string,
    isHarmless?: (value: unknown) => boolean,
  ])[]
}

const now = new Date('2026-05-20T12:00:00Z')
const json = { 'content-type': 'application/json' }
const answer = (bytes: Uint8Array) => understand('http://service.example/', 200, json, bytes, now)

const health = {
  ...{ status: 'ok', service: 'spec-kitty-saas', version: '0.14.2' },
  git_sha: '7f2c9b41d08e6a35c1f4be20937d58a6e0c4b1d9',
  ...{ build_timestamp: '2026-05-19T16:42:10Z', spec_kitty_events: '5.1.0' },
  environment: 'deployed-dev',
}
const ready = {
  status: 'ready',
  dependencies: {
    ...{ postgres: { status: 'ok' }, redis: { status: 'ok' } },
    ...{ channel_layer: { status: 'ok' }, celery_broker: { status: 'ok' } },
    drain_queue: {
      ...{ status: 'ok', oldest_pending_age_seconds: null, retryable_count: 0 },
      ...{ terminal_failed_count: 0, business_rule_rejected_count: 22 },
    },
  },
}
const expected = {
  minimumEventsVersion: '5.1.0',
  name: 'spec-kitty-saas',
  environment: 'deployed-dev',
}
const text = (value: unknown): string => JSON.stringify(value)
const bytesOf = (value: unknown): Buffer => Buffer.from(text(value))
const first = {
  health: readHealth(answer(bytesOf(health)), expected),
  ready: readReady(answer(bytesOf(ready))),
}

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

function judgeRun(bytes: Uint8Array): unknown {
  // As the bytes of a file are read: strictly, before anything else.
  parseJson(bytes, { maximumBytes: 1024 * 1024 })
  const document = {
    text: Buffer.from(bytes).toString('utf8'),
    problems: [],
    writtenAtMs: ends[1] ?? 0,
  }
  const reading = readRunDocument(document, {
    ...{ runNumber: 2, cliVersion: '3.2.0rc16', eventsVersion: '5.1.0' },
    ...{ startedAt: now, endedAt: new Date(now.getTime() + 5 * minute), knownRunIds: new Set() },
  })
  if (reading.kind !== 'run' || reading.run.outcome !== 'pass') return null
  const all = runs.map((run, index) => (index === 1 ? reading.run : run))
  return checkProtocol(all, all[3] ?? null, ends, 4).length > 0 ? null : reading.run
}

const files = ['test_a.py', 'test_b.py', 'test_c.py']
const junit = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="3" time="3.100" timestamp="2026-05-20T12:00:00Z">${files
  .map(
    (file, index) =>
      `<testcase classname="tests.${file.replace('.py', '')}" name="test_${index}" time="1.000"/>`,
  )
  .join('')}</testsuite></testsuites>`
const log =
  'collected 3 items\ntests/test_a.py::test_0 PASSED [ 33%]\ntests/test_b.py::test_1 PASSED [ 66%]\ntests/test_c.py::test_2 PASSED [100%]\n=== 3 passed in 3.10s ===\n'
const firstSuite = countSuite(log, junit)

function judgeSuite(printed: string, report: Uint8Array): unknown {
  const counts = countSuite(printed, report)
  if (counts === null || counts.failed > 0 || counts.passed === 0 || counts.problems.length > 0)
    return null
  if (unprovenFiles(counts, files).length > 0 || unexpectedSkips(counts, []).length > 0) return null
  const isOnTime = counts.timestamp === firstSuite?.timestamp
  return isOnTime && isDeepStrictEqual(counts.cases, firstSuite.cases) ? counts : null
}

const file = (version: string, digit: string) => {
  const filename = `spec_kitty_cli-${version}-py3-none-any.whl`
  return {
    ...{ filename, packagetype: 'bdist_wheel', url: `https://files.example/${filename}` },
    ...{ size: 1234, digests: { sha256: digit.repeat(64) }, yanked: false, yanked_reason: null },
  }
}
const page = (digit: string): object => ({
  info: { name: 'spec-kitty-cli', version: '3.2.0rc16' },
  releases: { '3.2.0rc15': [file('3.2.0rc15', 'b')], '3.2.0rc16': [file('3.2.0rc16', digit)] },
})

/** What is installed is compared with the index a second time, so another digest or choice holds. */
function judgeIndex(bytes: Uint8Array): unknown {
  const published = readDocument(
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    'spec-kitty-cli',
  )
  const eligible = [...published].flatMap(([named, found]) => {
    const version = canonicalVersion(named) ?? named
    const candidate = judgeCandidate(
      {
        ...{
          tag: `v${version}`,
          version,
          commit: 'c'.repeat(40),
          ancestry: 'contains',
          rivals: [],
        },
        ...{ packageVersion: { kind: 'unnamed' }, files: found, commitLastRun: null },
      },
      '3.2.0rc15',
    )
    return candidate.eligible ? [candidate] : []
  })
  const [chosen, ...others] = eligible
  if (chosen === undefined || others.length > 0) return null
  return chosen.version === '3.2.0rc16' && chosen.wheelSha256 === 'a'.repeat(64) ? chosen : null
}

const saysItWorks = (value: unknown): boolean =>
  value === 'ok' || value === 'ready' || value === true

/** Every document that the readers of the gate read, as the faultless world has it. */
export const subjects: readonly Subject[] = [
  {
    ...{ name: '/health/', form: 'json', faultless: text(health) },
    sibling: text({ ...health, git_sha: 'e'.repeat(40) }),
    judge: (bytes) => {
      const again = readHealth(answer(bytes), expected)
      requireSameAnswers(first, { ...first, health: again }, 'http://service.example/')
      return again
    },
    harmless: [],
  },
  {
    ...{ name: '/health/ready/', form: 'json', faultless: text(ready) },
    sibling: text({ ...ready, status: 'not_ready' }),
    judge: (bytes) => {
      const again = readReady(answer(bytes))
      requireSameAnswers(first, { ...first, ready: again }, 'http://service.example/')
      return again
    },
    harmless: [
      [/^dependencies\.\w+\.status$/, 'another word that says that it works', saysItWorks],
      [/^dependencies\.(?!drain)\w+$/, 'such a word without an object around it', saysItWorks],
      [/oldest_pending_age_seconds$/, 'an age moves by itself and is judged by nobody'],
      [
        /retryable_count$/,
        'rows that are tried again move by themselves; the comment says how many',
      ],
    ],
  },
  {
    ...{ name: 'runs/run-2.json', form: 'json', faultless: text(runs[1]) },
    sibling: text(runs[0]),
    judge: judgeRun,
    harmless: [
      [
        /^scenarios\.\d\.details$/,
        'a text for people; what it says is judged only where it names a defect',
      ],
      [/^scenarios\.\d\.failure_mode$/, 'absent, null and empty all say that nothing failed'],
      [/^run_id$/, 'another id that no run has had is the id of this run'],
      [/^timestamp$/, 'another moment within the same minute of the same run'],
      [/^(?:cli|events_package)_version$/, 'another spelling of the same version'],
    ],
  },
  {
    ...{ name: 'teamspace.xml', form: 'text', faultless: junit },
    sibling: junit.replace('tests.test_a', 'tests.test_d'),
    judge: (bytes) => judgeSuite(log, bytes),
    harmless: [],
  },
  {
    ...{ name: 'teamspace.log', form: 'log', faultless: log },
    sibling: log.replace('3 passed', '2 passed, 1 failed'),
    judge: (bytes) => judgeSuite(Buffer.from(bytes).toString('utf8'), Buffer.from(junit)),
    harmless: [],
  },
  {
    ...{ name: 'index.json', form: 'json', faultless: text(page('a')) },
    sibling: text(page('d')),
    judge: judgeIndex,
    harmless: [
      [/^info\.version$/, 'the candidate is looked up in the releases'],
      [/^info\.name$/, 'another spelling of the same name (PEP 503)'],
      [/\.size$/, 'the digest decides about the bytes'],
      [
        /^releases\.3\.2\.0rc15/,
        'the last candidate is not eligible whatever the index says of it',
      ],
      [/\.url$/, 'where a file is fetched from; its bytes must have the digest'],
      [/\.filename$/, 'another build of the same version; its bytes must have the digest'],
      [/\.yanked_reason$/, 'a text for people; whether it is yanked is another field'],
    ],
  },
]
