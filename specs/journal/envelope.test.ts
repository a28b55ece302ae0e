import fc from 'fast-check'
import { expect } from 'vitest'
import { checkEvent } from '../../fixtures/service/envelope.ts'
import { aStatusChange, anEvent } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { envelopeProblems } from '../../packages/batch-contract/src/index.ts'
import { envelopeText, retiredKey } from '../../packages/sync-engine/src/journal/envelope.ts'
import { batchBody } from '../../packages/sync-engine/src/delivery/body.ts'
import { selectFresh } from '../../packages/sync-engine/src/delivery/select.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { judgeProduced } from '../../packages/sync-engine/src/journal/judgement.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { spec } from '../spec.ts'

spec('SYNC/T013', 'every required field is required, by name', () => {
  for (const field of [
    'event_id',
    'event_type',
    'aggregate_id',
    'timestamp',
    'build_id',
    'node_id',
    'lamport_clock',
    'project_uuid',
    'correlation_id',
    'payload',
  ]) {
    const problems = envelopeProblems({ ...anEvent(), [field]: undefined })
    expect(problems, field).toEqual([expect.stringMatching(new RegExp(`^${field} must be `))])
  }
})

spec('SYNC/T013', 'a status change is checked down to its lanes, its force and its reason', () => {
  const problemsWith = (payload: object): readonly string[] =>
    envelopeProblems(aStatusChange({ payload: { ...aStatusChange().payload, ...payload } }))
  expect(problemsWith({})).toEqual([])
  expect(problemsWith({ to_lane: 'somewhere' })).toEqual(['payload.to_lane must be a known lane'])
  expect(problemsWith({ reason: ' ' })).toEqual(['payload.reason must say why it is forced'])
  expect(problemsWith({ force: false })).toEqual([
    expect.stringContaining('payload.force must be true'),
  ])
  expect(envelopeProblems({ ...aStatusChange(), from_lane: 'done' })).toEqual([
    'from_lane is not a field of the contract',
  ])
})

spec('SYNC/T013', 'a retired name is found at any depth, as a key and not as a value', () => {
  expect(retiredKey(envelopeText(anEvent({ payload: { deep: [{ feature_slug: 'x' }] } })))).toBe(
    'feature_slug',
  )
  expect(
    retiredKey(
      envelopeText(
        anEvent({ payload: { text: '"feature_slug": is gone', list: ['mission_key'] } }),
      ),
    ),
  ).toBeUndefined()
})

const onlyAt = (seq: number) => ({ after: seq - 1, through: seq, limit: 1 })
const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
const teamName = fc.string({ minLength: 1 }).filter((name) => name.trim() !== '')

spec(
  ['SYNC/T013', 'SYNC/SC-002', 'SYNC/T040'],
  'what is stored and sent is what was captured, with the team filled in where it was unknown',
  () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    fc.assert(
      fc.property(json, fc.option(teamName), teamName, (payload, team, ours) => {
        const event = anEvent({ payload, team_slug: team })
        capture(world.journal, [event])
        const [last] = readEntries(world.journal, { newest: true, limit: 1 })
        const sentTo = (name: string | undefined): unknown =>
          JSON.parse(batchBody(selectFresh(world.journal, onlyAt(last!.seq)), name).toString())
        // JSON knows no minus zero, so both sides are compared as JSON.
        const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
        expect(JSON.parse(last?.envelope ?? '')).toEqual(asJson(event))
        expect(sentTo(ours)).toEqual({ events: [asJson({ ...event, team_slug: team ?? ours })] })
        expect(sentTo(undefined)).toEqual({ events: [asJson(event)] })
      }),
    )
  },
)

const mutation = fc.record({
  field: fc.constantFrom(...Object.keys(anEvent()), 'data_tier', 'feature_slug', 'git_branch'),
  value: fc.oneof(
    fc.constant(undefined),
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('WP01', '2026-05-20', 3, -1, 2.5),
  ),
})

spec('SYNC/T013', 'nothing that capture accepts is malformed to the hosted service', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(mutation, { maxLength: 2 }), (isStatus, mutations) => {
      // Capture judges the payload of a status change alone; other payloads are the producer's.
      const other = anEvent({ event_type: 'WPAssigned' })
      const event: Record<string, unknown> = { ...(isStatus ? aStatusChange() : other) }
      for (const { field, value } of mutations) event[field] = value
      const judged = judgeProduced(event)
      if (judged.kind === 'refused') return
      const sent: unknown = JSON.parse(judged.text)
      for (const eventsContract of ['5.1', '6.1'] as const)
        expect(checkEvent(sent, { surplusFields: 'refused', eventsContract })).toMatchObject({
          ok: true,
        })
    }),
    { numRuns: 2_000 },
  )
})
