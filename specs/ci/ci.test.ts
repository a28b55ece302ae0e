import fc from 'fast-check'
import { expect } from 'vitest'
import { annotationsOf, workflowCommands } from '../../packages/gate-kernel/src/ci/annotations.ts'
import { checkRunOf } from '../../packages/gate-kernel/src/ci/check-run.ts'
import { renderSummary } from '../../packages/gate-kernel/src/ci/summary.ts'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { escapeMarkdown } from '../../packages/gate-kernel/src/secrets/public-text.ts'
import { releasedEvidence, stoppedEvidence } from '../page/evidences.ts'
import { spec } from '../spec.ts'

const fileOf = (id: string): string => `gate/${id.replace('/', '-')}.test.ts`
const options = { commit: 'c'.repeat(40), worth: '5 passes', fileOf }

function stopped(change: Partial<NonNullable<Evidence['stop']>>): Evidence {
  const evidence = stoppedEvidence()
  return { ...evidence, stop: evidence.stop && { ...evidence.stop, ...change } }
}

/** Text as a hostile system might write it, together with what usually passes. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...['@somebody', '#41', '<script>', '[x](javascript:1)', '![i](http://a)', '\n::error::x'],
        ...['\u001B[31m', '%0A', '::stop-commands::t', '\r\n', '`', '|', 'www.a.example', '\u202E'],
        ...['http://a.example', 'GH-1', 'owner/repo#1', '&lt;', '**b**', '\\', ' '],
      ),
    )
    .map((parts) => parts.join('')),
)

spec('GATE/FR-010', 'only a release is a success; what nobody found out is neutral', () => {
  const ends: [Evidence, string][] = [
    [releasedEvidence(), 'success'],
    [stopped({ verdict: 'fail' }), 'failure'],
    [stopped({ verdict: 'blocked' }), 'failure'],
    [stopped({ verdict: 'inconclusive' }), 'neutral'],
    [
      { ...releasedEvidence(), verdict: 'hold', weakenings: [{ code: 'filtered', what: 'x' }] },
      'neutral',
    ],
    [{ ...releasedEvidence(), verdict: 'hold' }, 'failure'],
  ]
  for (const [evidence, conclusion] of ends)
    expect(checkRunOf(evidence, options).conclusion).toBe(conclusion)
})

spec('GATE/FR-010', 'a check run keeps the bounds of GitHub, whatever the stop quotes', () => {
  fc.assert(
    fc.property(hostile, fc.nat(200), (text, times) => {
      const run = checkRunOf(stopped({ what: text.repeat(times), where: text }), options)
      expect(run.output.summary.length).toBeLessThanOrEqual(65_535)
      expect(run.output.annotations.length).toBeLessThanOrEqual(50)
      for (const { message, title } of run.output.annotations)
        expect([message.length <= 4_000, title.length <= 255]).toEqual([true, true])
    }),
  )
})

spec('GATE/FR-010', 'foreign text in a summary is plain text on one line', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = escapeMarkdown(text)
      expect(escaped).not.toMatch(/[<>[\]|`*_~\\\n\r\u001B\u202E]/)
      const rendered = escaped.replaceAll(/&#(\d+);/g, (_, code) =>
        String.fromCharCode(Number(code)),
      )
      expect(rendered).not.toMatch(/@\w|#\d|:\/\/|\bwww\.|\bGH-\d/i)
    }),
  )
})

spec('GATE/FR-010', 'a workflow command is one line, and foreign text begins no other one', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const commands = workflowCommands(annotationsOf(stopped({ what: text, code: text }), fileOf))
      for (const command of commands) {
        expect(command).not.toMatch(/[\r\n]/)
        expect(command).toMatch(/^::(?:error|warning|notice) file=[^:,]*,title=[^:,]*::/)
      }
    }),
  )
})

spec('GATE/FR-010', 'a stop is an annotation at the file of its requirement', () => {
  expect(annotationsOf(stoppedEvidence(), fileOf)).toMatchObject([
    { level: 'error', file: 'gate/GATE-C-006.test.ts', title: 'GATE/C-006: service-degraded' },
  ])
  expect(annotationsOf(releasedEvidence(), fileOf)).toEqual([])
})

spec('GATE/FR-010', 'the summary says the verdict first, and that a rehearsal is one', () => {
  expect(renderSummary(releasedEvidence(), 'worth')).toMatch(/^## RELEASE: 28 of 28/)
  expect(renderSummary({ ...releasedEvidence(), world: 'rehearsal' }, '')).toContain(
    '**Rehearsal**',
  )
  expect(renderSummary(stoppedEvidence(), '')).toContain('service-degraded')
})
