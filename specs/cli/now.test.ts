import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T071', 'SYNC/T077', 'SYNC/NFR-001'],
  'the last line counts; accepted but pending is no error',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'queued' })
    await world.call('agent mission create demo --work-packages 4')
    const finished = await world.call('sync now')
    expect(finished.code).toBe(0)
    expect(finished.out.trimEnd().split('\n').at(-1)).toBe(
      'Synced: 0 / Duplicates: 0 / Pending: 5 / Errors: 0',
    )
    expect(world.service.events.size).toBe(5)
  },
)

spec(
  ['SYNC/T075', 'SYNC/T071'],
  'the report file keeps its keys and says what failed',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    const file = join(world.folder, 'report.json')
    await world.call(`sync now --report ${file}`)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      generated_at: expect.any(String) as string,
      summary: { total_events: 2, synced: 2, duplicates: 0, pending: 0, failed: 0, categories: {} },
      failures: [],
    })
  },
)

spec(
  ['SYNC/T071', 'BOUNDARY/SC-1', 'BOUNDARY/FR-003'],
  'it takes up what lies in old queues before it says that nothing is left',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(1), second: 1 }],
    })
    writeQueue(join(world.home, 'queues', 'queue-0123456789abcdef.db'), {
      events: [{ id: eventId(2), second: 1 }],
    })
    const taken = await world.call('sync now')
    expect(taken.out).toContain('2 event(s) came from old queues.')
    expect(taken.out).not.toContain('Nothing is left')
    await world.call('sync allow --all')
    await world.call('sync allow --all --account queue-0123456789abcdef')
    const finished = await world.call('sync now')
    expect(finished.out).toContain('Nothing is left to deliver.')
    expect([...world.service.events.keys()].sort()).toEqual([eventId(1), eventId(2)])
    expect((await world.call('sync status --check')).code).toBe(0)
  },
)

spec(
  ['SYNC/FR-018', 'SYNC/T071'],
  'it never says that nothing is left while a conflict is undecided',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    writeQueue(join(world.home, 'queue.db'), {
      events: [{ id: eventId(1), second: 1, note: 'one' }],
    })
    writeQueue(join(world.home, 'queues', 'queue-0123456789abcdef.db'), {
      events: [{ id: eventId(1), second: 1, note: 'two' }],
    })
    const finished = await world.call('sync now')
    expect(finished.code).toBe(1)
    expect(finished.out).not.toContain('Nothing is left')
    expect(finished.out).toContain('sync migrate --resolve keep-existing --all')
  },
)

spec(
  ['SYNC/T075', 'SYNC/SC-009'],
  'a closed gate ends with 1, with --no-strict with 0, and nothing is lost',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('auth logout')
    await world.call('agent mission create demo')
    const strict = await world.call('sync now')
    expect(strict.code).toBe(1)
    expect(strict.out).toContain('2 event(s) are not delivered yet')
    expect((await world.call('sync now --no-strict')).code).toBe(0)
    await world.call('auth login --headless')
    expect((await world.call('sync now')).out).toContain('Synced: 2 /')
  },
)

spec(
  ['SYNC/T071', 'SYNC/SC-005'],
  'without any server it refuses with the command that names one',
  async () => {
    await using world = cliWorld()
    const refused = await world.call('sync now --json')
    expect(refused.json).toMatchObject({ error_code: 'no-server' })
    expect(refused.json['remediation']).toEqual(['run: spec-kitty sync server <url>'])
  },
)

spec('SYNC/T077', 'no output of any command ever holds a token', async () => {
  await using world = await loggedInWorld({ login: { accessTokenTtlS: 20 } })
  await world.call('agent mission create demo')
  const session = readFileSync(join(world.home, 'auth', 'session.json'), 'utf8')
  const { access_token, refresh_token } = JSON.parse(session) as Record<string, string>
  const lines = [
    'auth status --json',
    'sync now --json',
    'sync status --json',
    'sync targets --json',
  ]
  for (const line of [...lines, 'sync journal list --json', 'auth login --headless', 'sync mode']) {
    const { out, err } = await world.call(line)
    for (const secret of [access_token!, refresh_token!])
      expect(out + err, line).not.toContain(secret)
  }
})
