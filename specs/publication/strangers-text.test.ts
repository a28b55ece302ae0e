import fc from 'fast-check'
import { expect } from 'vitest'
import { isUntouched, markerOf } from '../../packages/gate-kernel/src/publication/marker.ts'
import {
  publicCode,
  publicJson,
  publicText,
} from '../../packages/gate-kernel/src/secrets/public-text.ts'
import { renderReopening } from '../../packages/phase4-gate/src/canary/reopening.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/canary-run.ts'
import { type Bundle, readBundle } from '../../packages/phase4-gate/src/publication/bundle.ts'
import * as items from '../../packages/phase4-gate/src/publication/items.ts'
import {
  renderE2eComment,
  renderTrackerComment,
} from '../../packages/phase4-gate/src/publication/render.ts'
import { spec } from '../spec.ts'
import { openProvenRun } from './proven-run.ts'

const token = `ghp_${'a1B2'.repeat(9)}`

/** What a hostile name is made of: each part does harm in some comment. */
const parts = [
  ...['@somebody', '@org/team', '#41', 'owner/repo#1', 'GH-1', '</details>', '<script>', '<!--'],
  ...['[x](javascript:1)', '![i](http://a.example/p.png)', 'https://a.example/x', 'www.a.example'],
  ...['mailto:a@b.example', '`', '``', '```', '|', '\\|', '\n', '\r\n## x', '\u2028', '\u202E'],
  ...['\u001B[31m', '\u001B]0;t\u0007', '\u0000', '&#64;somebody', '&lt;', '**b**', '~~s~~', '\\'],
  ...[
    ' /home/mallory/key.pem',
    ' at:/home/mallory/run.log',
    ' C:\\Users\\mallory\\x.log',
    ' ',
    'a',
  ],
  ...[' ~/mallory/x', ' file:///home/mallory/x', ' /Users/öp mallory/x y.log', '\uD800', '🐤'],
  ...[` ${token}`, ` ${token.slice(0, 9)}\u001B[0m${token.slice(9)}`, `x_${token}`, '\u200B'],
  ...['\n<!-- canary-gate run=1 candidate=2 issue=41 sha256=', `${'0'.repeat(64)} -->`],
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 }).map((some) => some.join('')),
  fc.string({ unit: 'binary' }),
)

/** As GitHub renders it, outside of blocks and spans of code. */
function rendered(text: string): string {
  return text
    .replaceAll(/^```json\n[^]*?\n```$/gm, 'code')
    .replaceAll(/`[^`\n]*`/g, 'code')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}

const notifies = /@\w|#\d|\bGH-\d|:\/\/|\bwww\.|mailto:|xmpp:/i
const privateParts = /mallory|Users|ghp_a1B2|a1B2a1B2/

spec(['GATE/FR-011', 'GATE/FR-014'], 'no name, however hostile, becomes more than text', () => {
  expect(rendered(publicText('a_b @c &lt; #1'))).toBe('a_b @\u200Bc &lt; #\u200B1')
  fc.assert(
    fc.property(hostile, (name) => {
      const text = publicText(name)
      expect(text).not.toMatch(/[<>[\]|`*_~\\\p{Cc}\u2028\u202E]/u)
      expect(rendered(text)).not.toMatch(notifies)
      expect(text + publicCode(name)).not.toMatch(privateParts)
      expect(publicCode(name)).toMatch(/^(?:empty|`[^`|\p{Cc}\u2028\u202E]+`)$/u)
    }),
    { numRuns: 1_000 },
  )
})

spec('GATE/FR-011', 'a document in a comment stays in its block, and can be read back', () => {
  fc.assert(
    fc.property(
      hostile.filter((text) => text.isWellFormed() && !/ghp_|mallory/.test(text)),
      (text) => {
        const lines = publicJson({ [`k${text.length}`]: text }).split('\n')
        expect(lines).toHaveLength(5)
        expect(lines.join('')).not.toMatch(/[<>\p{Cc}\u2028\u202E]/u)
        const read = JSON.parse(lines.slice(1, -1).join('')) as Record<string, string>
        expect(Object.keys(read)).toEqual([`k${text.length}`])
        // Parts that were put together at random can look like a path of this machine; nothing else is changed.
        if (read[`k${text.length}`] !== text) expect(text).toMatch(/(?:~[\w.-]*|\\[^\\/]*)[\\/]/)
      },
    ),
  )
})

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'comments keep their shape and their marker, and carry every item, whatever names they quote',
  async () => {
    await using proven = await openProvenRun()
    const usual = await readBundle(proven.run, 'https://github.com/o/r/issues/41', true)
    const renderers = [renderE2eComment, renderTrackerComment] as const
    const shapes = renderers.map((render) => [render, shapeOf(render(usual))] as const)
    fc.assert(
      fc.property(hostile, (name) => {
        const bundle = withNames(usual, name)
        for (const [render, shape] of shapes) {
          const body = render(bundle)
          expect(shapeOf(body)).toEqual(shape)
          expect([markerOf(body)?.run, isUntouched(body)]).toEqual(['run-1', true])
          expect(rendered(body.replaceAll('https://github.com/o/r/issues/41', ''))).not.toMatch(
            notifies,
          )
          expect(body).not.toMatch(privateParts)
          for (const local of [usual.workspace, usual.checkout, '/home/operator'])
            expect(body).not.toContain(local)
        }
        const body = renderTrackerComment(bundle)
        const observed = { canaryRuns: proven.run.world.canary.runs }
        const checked = { body, bundle, observed } as unknown as items.Checked
        for (const { id, carries } of [
          ...[items.version, items.tag, items.deployment, items.eventsPackage, items.eventsTag],
          ...[items.runFiles, items.teamspaceLogs, items.canaryLink],
        ])
          expect(
            carries(checked).filter((text) => !body.includes(text)),
            id,
          ).toEqual([])
      }),
      { numRuns: 40 },
    )
  },
)

spec('GATE/FR-014', 'a log that is elsewhere is named without its folder', async () => {
  await using proven = await openProvenRun()
  const usual = await readBundle(proven.run, 'https://github.com/o/r/issues/41', true)
  const runs = (usual.teamspace?.runs ?? []).map((run) => ({ ...run, log: '/srv/mallory/x.log' }))
  const body = renderTrackerComment({ ...usual, teamspace: { ...usual.teamspace, runs } })
  expect(body).toContain('`…/x.log`')
  expect(body).not.toContain('/srv')
  expect(renderTrackerComment(usual)).toContain('log `logs/teamspace-canary-run-1.log`')
})

spec(
  'GATE/FR-007',
  'a scenario cannot speak for the gate when a blocker is re-opened',
  async () => {
    await using proven = await openProvenRun()
    const { runs } = await proven.run.facts.read('fourRun')
    const attemptFolder = `${proven.run.world.checkouts.e2e}/artifacts/a`
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        const canary = { protocol: 'four-run', runs: runs.map((run) => failing(run, name)) }
        const facts = { issue: 1141, attemptFolder, manifestSha256: null, canary } as const
        const body = await renderReopening(proven.run, facts as never)
        expect(body.split('\n')).toHaveLength(10 + 16 + 2)
        expect(rendered(body).replace('#1141', '')).not.toMatch(notifies)
        expect(body).not.toMatch(privateParts)
        expect(body).not.toContain(proven.run.world.workspace)
      }),
      { numRuns: 30 },
    )
  },
)

function failing(run: CanaryRun, text: string): CanaryRun {
  const scenarios = run.scenarios.map((one) => ({
    ...one,
    ...{ status: 'fail' as const, name: text, details: text },
  }))
  return { ...run, outcome: 'fail', scenarios }
}

/** The facts with a foreign name at each place that comes from another system. */
function withNames(usual: Bundle, name: string): Bundle {
  const { candidate, installation, snapshot, fourRun } = usual
  return {
    ...usual,
    candidate: { ...candidate, tag: name, version: name },
    installation: { ...installation, version: name, eventsVersion: name, eventsTag: name },
    snapshot: { ...snapshot, image: name, gitSha: name, health: { name }, ready: { name } },
    fourRun: {
      ...fourRun,
      interventions: [name],
      runs: fourRun.runs.map((run) => ({
        ...run,
        run_id: name,
        scenarios: run.scenarios.map((one) => ({ ...one, name })),
      })),
    },
  }
}

/** Kinds of the lines, and the cells of each table row; blocks of documents as one. */
function shapeOf(body: string): (string | number)[] {
  return body
    .replaceAll(/^```json\n[^]*?\n```$/gm, 'block')
    .split('\n')
    .map((line) =>
      line.startsWith('|') ? line.split('|').length : (/^[#-]*/.exec(line)?.[0] ?? ''),
    )
}
