import fc from 'fast-check'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { anEvent, aStatusChange } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { DIFFICULT } from '../../fixtures/engine/poison.ts'
import { readEvent } from '../../packages/hub/src/contract/event.ts'
import { splitBody } from '../../packages/hub/src/contract/split.ts'
import { capture, captureRecorded } from '../../packages/sync-engine/src/journal/capture.ts'
import { judgeProduced } from '../../packages/sync-engine/src/journal/judgement.ts'
import { readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

/** What the hub says of a text: the reason for which it can never be stored, or undefined. */
function refusal(text: string): string | undefined {
  const body = Buffer.from(`{"events":[${text}]}`)
  const [slice] = splitBody(body).events
  const read = readEvent(body, slice!, 0)
  return read.kind === 'poison' ? read.reason : undefined
}

const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', 'a\0b', '\ud83d', '\udc00x', '\\u0000', '\\\0', 'feature_slug'),
  fc.integer({ min: 55, max: 70 }).map(nested),
)
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud800', '__proto__', 'toJSON', 'feature_slug', 'actor', 'to_lane', '7'),
)
const field = fc.oneof(fc.constantFrom(...Object.keys(anEvent()), 'wp_id', 'from_lane'), name)
const change = fc.record({
  isInPayload: fc.boolean(),
  field: fc.oneof(field, name),
  value: anything,
})

/** An event that some program might hand over: with its own fields, or with inherited ones. */
function handedOver(
  isStatus: boolean,
  changes: readonly { isInPayload: boolean; field: string; value: unknown }[],
): Record<string, unknown> {
  const base = isStatus ? aStatusChange() : anEvent()
  const payload: Record<string, unknown> = { ...base.payload }
  const event: Record<string, unknown> = { ...base, payload }
  for (const { isInPayload, field: key, value } of changes)
    (isInPayload ? payload : event)[key] = value
  return event
}

spec(
  ['SYNC/T013', 'SYNC/FR-015'],
  'nothing that capture accepts can be refused by a hub for good, whoever hands it over',
  () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(change, { maxLength: 2 }),
        fc.constantFrom('own', 'inherited', 'payload inherited', 'toJSON'),
        (isStatus, changes, how) => {
          const event = handedOver(isStatus, changes)
          const judged = judgeProduced(shaped(event, how))
          if (judged.kind === 'admitted') expect(refusal(judged.text)).toBeUndefined()
          else expect(judged.problems).not.toEqual([])
        },
      ),
      { numRuns: 3_000 },
    )
  },
)

function shaped(event: Record<string, unknown>, how: string): unknown {
  switch (how) {
    case 'inherited':
      return Object.create(event) as unknown
    case 'payload inherited':
      return { ...event, payload: Object.create(Object(event['payload']) as object) as unknown }
    case 'toJSON':
      return { toJSON: () => event }
    default:
      return event
  }
}

spec(
  ['SYNC/T013', 'SYNC/T014'],
  'what no database stores is refused at capture in words, and good events are not',
  () => {
    using world = temporaryJournal()
    const of = (payload: object): object => anEvent({ payload: { ...payload } })
    const outcomes = capture(world.journal, [
      of({ a: 'x\0y' }),
      of({ '\0': 1 }),
      of({ a: ['\ud83d'] }),
      of({ a: nested(63) }),
      of({ a: '\\u0000 \\ud83d 😀', b: nested(62) }),
      anEvent({ event_type: 'A\nB' }),
    ])
    expect(outcomes).toMatchObject([
      { problems: ['a text of the event holds the NUL character, which no database stores'] },
      { problems: ['a text of the event holds the NUL character, which no database stores'] },
      { problems: ['a text of the event holds half of a surrogate pair'] },
      { problems: ['the event has more than 64 objects and lists inside of each other'] },
      { kind: 'captured' },
      { problems: ['event_type must be a text without control characters'] },
    ])
  },
)

spec(
  ['SYNC/T013', 'SYNC/FR-018'],
  'fields that a program of schema version 3 repeated are no reason for a hub to refuse an event',
  () => {
    const text = DIFFICULT['that repeats its status fields'] ?? ''
    expect(refusal(text)).toBeUndefined()
    expect(
      refusal(
        text.replace(
          /"to_lane": "claimed", "actor": "kim", "node/,
          '"to_lane": "done", "actor": "kim", "node',
        ),
      ),
    ).toContain('to_lane')
  },
)

const OTHER = '11111111-2222-4333-8444-555555555555'
/** Texts whose readers may disagree whose project, or which event, they are. */
const AMBIGUOUS: readonly ((text: string) => string)[] = [
  (text) => text.replace('"project_uuid":', `"project_uuid": "${OTHER}", "project_uuid":`),
  (text) => text.replace(/}$/, `, "project_uuid": "${OTHER}"}`),
  (text) => text.replace(/}$/, `, "project\\u005fuuid": "${OTHER}"}`),
]

spec(
  ['SYNC/FR-013', 'SYNC/FR-018'],
  'an event that names its project twice belongs to no project that somebody agreed for, at every door',
  async () => {
    await using world = cliWorld()
    const sound = DIFFICULT['with unusual layout'] ?? ''
    const idAt = (at: number): string => eventId(700 + at)
    const texts = AMBIGUOUS.map((spoil, at) => spoil(sound.replaceAll(eventId(8), idAt(at))))
    const rows = texts.map((data, at) => ({ id: idAt(at), second: at, data }))
    writeQueue(join(world.home, 'queue.db'), { events: rows })
    expect((await world.call('sync migrate --json')).json).toMatchObject({ imported: texts.length })
    expect(projects(world.home)).toEqual(['unknown'])

    using journal = temporaryJournal()
    captureRecorded(journal.journal, texts)
    expect(projects(journal.home)).toEqual(['unknown'])
  },
)

spec(
  ['SYNC/FR-013', 'SYNC/FR-018'],
  'a second id behind an escape stays in its queue as it stays out of an import',
  async () => {
    await using world = cliWorld()
    const text = (DIFFICULT['with unusual layout'] ?? '').replace(/}$/, `, "event\\u005fid": "x"}`)
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(8), second: 1, data: text }],
    })
    expect((await world.call('sync migrate --json')).json).toMatchObject({ imported: 0 })
    using journal = temporaryJournal()
    expect(captureRecorded(journal.journal, [text])).toMatchObject([
      { kind: 'quarantined', problems: ['event_id is given more than once'] },
    ])
  },
)

function projects(home: string): string[] {
  const journal = readJournal({ home })
  try {
    return journal.db.prepare<[], string>('SELECT DISTINCT project FROM streams').pluck().all()
  } finally {
    journal.close()
  }
}
