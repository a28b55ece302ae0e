import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { envelopeText, eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { agreeToDocuments } from '../../fixtures/engine/consent.ts'
import { journalPath } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const OF_FIXTURES = '77425613-e744-4a84-ba51-13d9432daa74'
const KIM = 'queue-0123456789abcdef'

function ours(world: LoggedInWorld): string {
  const text = readFileSync(join(world.project, '.kittify', 'project.json'), 'utf8')
  return /"project_uuid":\s*"([^"]+)"/.exec(text)?.[1] ?? ''
}

function queued(world: LoggedInWorld, number: number) {
  const id = eventId(number)
  const data = envelopeText({ id, second: 1 }).replace(OF_FIXTURES, ours(world))
  return { id, second: number, data }
}

/** How work comes to wait, and how many events and documents of it the next delivery really sends. */
const STATES: Readonly<Record<string, (world: LoggedInWorld) => Promise<void> | void>> = {
  'nothing waits': () => undefined,
  'events were captured': async (world) => {
    await world.call('agent mission create second')
  },
  'events were captured in a project that nobody decided about': async (world) => {
    await world.call('agent mission create second', { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })
  },
  'events were queued there and are sent again': async (world) => {
    await world.call('agent mission create second')
    await world.call('sync now')
  },
  'an old queue holds events of this project and of others': (world) => {
    writeQueue(join(world.home, 'queue.db'), {
      events: [queued(world, 1), queued(world, 2), { id: eventId(3), second: 3 }],
    })
  },
  'the queue of another login holds events of this project': (world) => {
    writeQueue(join(world.home, 'queues', `${KIM}.db`), { events: [queued(world, 1)] })
  },
  'two old queues hold the same event': (world) => {
    for (const path of ['queue.db', join('queues', `${KIM}.db`)])
      writeQueue(join(world.home, path), { events: [queued(world, 1)] })
  },
  'old queues hold documents': (world) => {
    agreeToDocuments(world.home)
    writeQueue(join(world.home, 'queue.db'), { bodies: [{ mission: 'm', path: 'spec.md' }] })
    writeQueue(join(world.home, 'queues', `${KIM}.db`), {
      bodies: [{ mission: 'k', path: 'a.md' }],
    })
  },
  'a plan queued documents': async (world) => {
    await world.call('agent mission setup-plan')
  },
}

interface Line {
  readonly allowed: boolean
  readonly events?: number
  readonly documents?: number
}

for (const [state, make] of Object.entries(STATES))
  spec(['SYNC/C-008', 'SYNC/FR-013'], `a dry run tells what is sent then: ${state}`, async () => {
    await using world = await loggedInWorld({
      firstAnswer: state.includes('queued there') ? 'queued' : 'success',
    })
    await world.call('agent mission create demo')
    if (!state.includes('queued there')) await world.call('sync now')
    await make(world)
    const told = await world.call('sync now --dry-run --json')
    const told2 = await world.call('sync now --dry-run')
    const { streams, documents } = told.json as unknown as Record<'streams' | 'documents', Line[]>
    const sum = (lines: Line[]): number =>
      lines
        .filter(({ allowed }) => allowed)
        .reduce((all, { events = 0, documents: count = 0 }) => all + events + count, 0)
    const sent = (await world.call('sync now --json')).json as {
      summary: { total_events: number }
      bodies: { stored: number; alreadyThere: number; failed: number; postponed: number } | null
    }
    const { stored = 0, alreadyThere = 0, failed = 0, postponed = 0 } = sent.bodies ?? {}
    expect(sum(streams)).toBe(sent.summary.total_events)
    expect(sum(documents)).toBe(stored + alreadyThere + failed + postponed)
    expect(told2.out.includes('No event waits')).toBe(streams.length + documents.length === 0)
    const line = (allowed: boolean): boolean =>
      [...streams, ...documents].some((one) => one.allowed === allowed)
    expect(told2.out.includes('waits for a consent')).toBe(line(false))
    expect(told2.out.includes('goes to http')).toBe(line(true))
  })

spec(
  ['SYNC/C-008', 'SYNC/FR-013'],
  'a dry run changes nothing in the home, also where a consent would be taken back',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    const path = journalPath(world.home)
    const before = readFileSync(path)
    for (const line of ['sync allow', 'sync allow --all', 'sync allow --revoke']) {
      expect((await world.call(`${line} --dry-run`)).out).toContain('Nothing was changed.')
      expect(readFileSync(path).equals(before), line).toBe(true)
    }
    expect((await world.call('sync now')).out).toContain('Synced: 2')
  },
)
