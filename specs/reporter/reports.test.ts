import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { validate } from 'ctrf'
import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { expect, onTestFinished } from 'vitest'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { evidenceJsonSchema } from '../../packages/gate-kernel/src/report/json-schema.ts'
import { plainColors, renderScreen } from '../../packages/gate-kernel/src/report/screen.ts'
import { writeReports } from '../../packages/gate-kernel/src/report/write.ts'
import { gate } from '../../gate/gate.ts'
import { spec } from '../spec.ts'
import { evidenceOf } from './evidences.ts'
import { degraded, perfectRun, stoppedRun } from './observations.ts'

const page = { worth: '', isRehearsal: false, sections: [], writes: [], documentsOf: () => [] }

async function written(evidence: Evidence): Promise<(name: string) => Promise<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'reports-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeReports(folder, evidence, page)
  return (name) => readFile(join(folder, name), 'utf8')
}

const release = evidenceOf(perfectRun())
const hold = evidenceOf(stoppedRun('GATE/FR-005', degraded))

spec('GATE/FR-010', 'the published JSON Schema is the one the gate checks with', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'evidence.schema.json')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(evidenceJsonSchema())
})

spec('GATE/FR-010', 'evidence.json satisfies the published schema, released or held', async () => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const check = ajv.compile(evidenceJsonSchema() as object)
  for (const evidence of [release, hold]) {
    const read = await written(evidence)
    expect(check(JSON.parse(await read('evidence.json'))), JSON.stringify(check.errors)).toBe(true)
  }
  expect(check({ ...release, verdict: 'maybe' })).toBe(false)
})

/** What takes the rest of a text with it, and what might close or open one. */
const beginnings = [
  ['-----BEGIN PRIVATE', 'KEY-----\nMIIE'].join(' '),
  ...[
    'password="',
    "token: '",
    'Authorization: Bearer ',
    '_authToken=',
    'Cookie: a=',
    'https://u:',
  ],
  ...['"', "'", '\\', '\n', '{', ']]>', '\u001b[31m', ' '],
]

spec('GATE/FR-010', 'half a secret in a stop takes nothing of a document with it', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const fragments = fc.array(fc.constantFrom(...beginnings, token, 'word'), {
    minLength: 1,
    maxLength: 6,
  })
  await fc.assert(
    fc.asyncProperty(fragments, async (parts) => {
      const what = parts.join('')
      const read = await written({ ...hold, stop: { ...hold.stop!, what, where: what } })
      const evidence = JSON.parse(await read('evidence.json')) as Evidence
      expect({ ...evidence, stop: null }).toEqual({ ...hold, stop: null })
      expect(evidence.stop).toMatchObject({ code: hold.stop?.code, next: hold.stop?.next })
      expect(validate(JSON.parse(await read('ctrf.json')))).toMatchObject({ valid: true })
      for (const name of ['evidence.json', 'ctrf.json', 'junit.xml', 'index.html'])
        expect(await read(name)).not.toContain(token)
    }),
    { numRuns: 60 },
  )
})

spec(
  'GATE/FR-010',
  'the CTRF report is valid and keeps the verdict of every requirement',
  async () => {
    const report: unknown = JSON.parse(await (await written(hold))('ctrf.json'))
    expect(validate(report)).toMatchObject({ valid: true })
    expect(report).toMatchObject({
      results: {
        summary: { tests: 28, passed: 8, failed: 1, other: 19, extra: { verdict: 'hold' } },
      },
    })
  },
)

spec(
  'GATE/FR-010',
  'the JUnit file counts failures, errors and what was not run apart',
  async () => {
    const xml = await (await written(hold))('junit.xml')
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(xml) as {
      testsuites: { testsuite: Record<string, unknown> & { testcase: unknown[] } }
    }
    const suite = parsed.testsuites.testsuite
    expect(suite).toMatchObject({
      '@_tests': '28',
      '@_failures': '1',
      '@_errors': '0',
      '@_skipped': '19',
    })
    expect(suite.testcase).toHaveLength(28)
    const [, second] = suite.testcase as { properties: { property: object[] } }[]
    expect(second?.properties.property).toEqual(
      [
        ['requirement', 'GATE/FR-001'],
        ['verdict', 'pass'],
        ['run', hold.runId],
        ['candidate', 'v3.2.0rc16'],
        ['commit', 'a'.repeat(40)],
        ['startedAt', '2026-05-20T08:00:01.000Z'],
      ].map(([name, value]) => ({ '@_name': name, '@_value': value })),
    )
  },
)

spec('GATE/FR-010', 'answers of foreign systems cannot break out of the HTML page', async () => {
  const hostile = { ...degraded, what: `<script>alert('x')</script>` }
  const html = await (await written(evidenceOf(stoppedRun('GATE/FR-005', hostile))))('index.html')
  expect(html).not.toContain('<script')
  expect(html).toContain('&lt;script&gt;')
})

spec('GATE/FR-010', 'no report contains a token, wherever it came from', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const leaky = { ...degraded, what: `401 for ${token}`, findings: [`Bearer ${token}`] }
  const read = await written(evidenceOf(stoppedRun('GATE/FR-005', leaky)))
  for (const name of ['evidence.json', 'ctrf.json', 'junit.xml', 'index.html']) {
    expect(await read(name), name).not.toContain(token)
  }
})

spec(
  'GATE/FR-005',
  'the screen of a stop: verdict, state, requirement, cause, evidence, next',
  () => {
    const screen = renderScreen(
      hold,
      gate.afterRelease,
      'artifacts/gate/x/evidence.json',
      plainColors,
    )
    for (const part of [
      'HOLD',
      'STOPPED',
      'GATE/FR-005',
      'environment',
      'service-degraded',
      'artifacts/gate/x/evidence.json',
      degraded.next,
    ]) {
      expect(screen).toContain(part)
    }
  },
)

spec(
  'GATE/FR-014',
  'screen and page say each finding of a stop once, and what is not shown is counted',
  async () => {
    const findings = Array.from({ length: 7 }, (_, at) => `finding ${at}.`)
    const what = `7 things are wrong: ${findings.join('; ')}`
    const evidence = evidenceOf(stoppedRun('GATE/FR-005', { ...degraded, what, findings }))
    const screen = renderScreen(evidence, '', 'evidence.json', plainColors)
    expect(screen).toContain('What        7 things are wrong\n')
    expect(screen.split('finding 3.')).toHaveLength(2)
    expect(screen).toContain('and 2 more, see the evidence')
    const text = await (await written(evidence))('index.html')
    for (const finding of findings) expect(text.split(finding)).toHaveLength(2)
  },
)

spec('GATE/FR-014', 'the screen never exceeds 25 lines, however much there is to say', () => {
  const noisy = { ...degraded, what: 'many\n'.repeat(200), findings: Array(50).fill('one more') }
  const run = stoppedRun('GATE/FR-005', noisy)
  const worst = evidenceOf({ ...run, foreignOptions: Array(40).fill('--x') })
  expect(
    renderScreen(worst, gate.afterRelease, 'e.json', plainColors).trimEnd().split('\n').length,
  ).toBeLessThanOrEqual(25)
})

spec('GATE/FR-014', 'prose is folded to the terminal, commands and paths stay whole', () => {
  const what = 'no eligible release candidate was found after the one that is known to be bad '
  const where = `/${'long'.repeat(30)}`
  const next = `canary-gate run --config ${where}`
  const told = { what: what.repeat(3), where, next, findings: [what.repeat(2)] }
  const stop = { code: 'x', verdict: 'blocked', cause: 'product', ...told }
  const held = evidenceOf(stoppedRun('GATE/FR-003', stop))
  const shown = (columns?: number): string[] =>
    renderScreen(held, gate.afterRelease, 'e.json', plainColors, undefined, columns).split('\n')
  const folded = shown(80)
  expect(folded.filter((line) => line.length > 80).map((line) => line.trim())).toEqual([
    `Where       ${where}`,
    `Next        ${next}`,
  ])
  const words = (lines: string[]): string => lines.join(' ').replace(/\s+/g, ' ')
  expect(words(folded)).toBe(words(shown()))
  expect(folded.filter((line) => line.startsWith(' '.repeat(14))).length).toBeGreaterThan(4)
  expect(shown(0)).toEqual(shown())
})

spec('GATE/FR-015', 'after a release the screen leaves the decision to the operator', () => {
  const screen = renderScreen(release, gate.afterRelease, 'e.json', plainColors)
  expect(screen).toContain('RELEASE  28 of 28 requirements passed')
  expect(screen).toContain('issue 1038 is open')
})
