import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { auditEntries, readJournal } from '../../packages/sync-engine/src/index.ts'
import { spec } from '../spec.ts'

/** A home with two events that the server will never take, and their ids. */
async function refusedTwice(): Promise<{ world: LoggedInWorld; ids: string[] }> {
  const world = await loggedInWorld({
    firstAnswer: 'success',
    limits: { maxDecompressedBytesPerBatch: 1_500 },
  })
  await world.call('agent mission create demo --work-packages 2')
  const long = 'x'.repeat(4_000)
  for (const wp of ['WP01', 'WP02'])
    await world.call(`agent tasks move-task ${wp} --to claimed --note ${long}`)
  await world.call('sync now')
  return { world, ids: await failedIds(world) }
}

async function failedIds(world: LoggedInWorld): Promise<string[]> {
  const { json } = await world.call('sync failed list --json')
  return (json['failed'] as { event_id: string }[]).map(({ event_id }) => event_id)
}

function audited(world: LoggedInWorld): string[] {
  const journal = readJournal({ home: world.home })
  try {
    return auditEntries(journal)
      .filter(({ action }) => ['retry', 'discard', 'export'].includes(action))
      .map(({ action, subject, command }) => `${command}|${action}|${subject}`)
  } finally {
    journal.close()
  }
}

spec(
  ['SYNC/FR-015', 'SYNC/T077', 'SYNC/FR-019'],
  'failed events are listed, shown, copied, sent again and discarded, and the audit keeps each decision',
  async () => {
    const { world, ids } = await refusedTwice()
    await using closing = new AsyncDisposableStack()
    closing.use(world)
    const [one, two] = ids
    expect(ids).toHaveLength(2)
    expect((await world.call('sync failed list')).out).toContain(`${one}  refused by `)
    const shown = await world.call(`sync failed show ${one!} --json`)
    expect(JSON.parse(String(shown.json['event_text']))).toMatchObject({ event_id: one })
    const file = join(world.folder, 'failed.jsonl')
    expect((await world.call(`sync failed export ${file}`)).code).toBe(0)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const copied = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(copied.slice(0, -1).map(({ event_id: id }) => id)).toEqual(ids)
    expect(copied.at(-1)).toMatchObject({ format: 'spec-kitty-export', events: ids.length })
    const again = await world.call(`sync failed export ${file}`)
    expect([again.code, existsSync(file)]).toEqual([2, true])
    await world.call(`sync failed discard ${one!}`)
    expect(await failedIds(world)).toEqual([two])
    const status = await world.call('sync status --json')
    expect(status.json['terminal_failures']).toMatchObject({ count: 1 })
    await world.call(`sync failed discard ${two!}`)
    expect((await world.call('sync now')).code).toBe(0)
    expect((await world.call('sync status')).out).toContain('✓ coherent')
    expect((await world.call(`sync failed retry ${one!} ${two!}`)).code).toBe(0)
    expect(await failedIds(world)).toEqual([])
    expect((await world.call('sync now')).code).toBe(1)
    expect(await failedIds(world)).toEqual(ids)
    expect((await world.call('doctor journal')).code).toBe(0)
    const command = (verb: string): string => `spec-kitty sync failed ${verb}`
    expect(audited(world).toReversed()).toEqual([
      ...ids.map((id) => `${command('export')}|export|${id}`),
      ...ids.map((id) => `${command('discard')}|discard|${id}`),
      ...ids.map((id) => `${command('retry')}|retry|${id}`),
    ])
  },
)

spec(
  ['SYNC/FR-015', 'SYNC/T077'],
  'what is unknown or was not refused is said, and nothing is decided beside it',
  async () => {
    const { world, ids } = await refusedTwice()
    await using closing = new AsyncDisposableStack()
    closing.use(world)
    const entries = (await world.call('sync journal list --json')).json['events'] as {
      event_id: string
    }[]
    const delivered = entries.map(({ event_id }) => event_id).find((id) => !ids.includes(id))
    for (const verb of ['retry', 'discard'])
      for (const [line, code] of [
        [`${ids[0]!} nowhere`, 'event-unknown'],
        [`${ids[0]!} ${delivered!}`, 'event-not-failed'],
      ] as const)
        expect((await world.call(`sync failed ${verb} ${line} --json`)).json).toMatchObject({
          error_code: code,
        })
    expect(await failedIds(world)).toEqual(ids)
    expect(audited(world)).toEqual([])
    expect((await world.call('sync failed discard')).code).toBe(64)
  },
)
