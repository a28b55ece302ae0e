import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeQueue } from '../../fixtures/cli/queues.ts'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { exportEnd } from '../../packages/sync-engine/src/retention/archive-accounts.ts'
import { spec } from '../spec.ts'

const FOREIGN = '99999999-2222-4333-8444-555555555555'

const versions = [
  ['of another login', 'queues/queue-0123456789abcdef.db'],
  ['of another project', 'queue.db'],
] as const

spec(
  ['SYNC/FR-018', 'SYNC/C-008', 'SYNC/FR-007'],
  'a version of another account that came in a file waits for that account when it is taken',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    const file = join(world.folder, 'events.jsonl')
    const [line = ''] = (await world.call('sync export')).out.split('\n')
    const changed = line.replace('"build_id":"', '"build_id":"eve-')
    writeFileSync(file, `${changed}\n${exportEnd([['eve@example.org', 1]])}\n`)
    expect((await world.call(`sync import ${file} --json`)).json).toMatchObject({ conflicts: 1 })
    await world.call('sync migrate --resolve take-incoming --all --json')
    const sent = await world.call('sync now --json')
    expect(sent.json['waiting_for_consent']).toMatchObject([
      { account: 'eve@example.org', events: 1 },
    ])
    expect(JSON.stringify([...world.service.events.values()])).not.toContain('eve-')
  },
)

for (const [whose, file] of versions)
  spec(
    ['SYNC/FR-018', 'SYNC/C-008', 'SYNC/FR-007'],
    `a version ${whose} that takes the place of ours waits for the consent of its own project and account`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await world.call('agent mission create demo')
      const [line = ''] = (await world.call('sync export')).out.split('\n')
      const { event_id: id, project_uuid: ours } = JSON.parse(line) as Record<string, string>
      const changed = line.replace('"build_id":"', '"build_id":"other-')
      const data = whose === 'of another login' ? changed : changed.replaceAll(ours!, FOREIGN)
      writeQueue(join(world.home, file), { events: [{ id: id!, second: 1, data }] })
      expect((await world.call('sync migrate --json')).json).toMatchObject({ conflicts: 1 })
      const resolved = await world.call('sync migrate --resolve take-incoming --all --json')
      expect(resolved.json).toMatchObject({ resolved: { resolved: 1 } })

      const sent = await world.call('sync now --json')
      expect(world.service.events.has(id!)).toBe(false)
      const [waiting] = sent.json['waiting_for_consent'] as { project: string; account: string }[]
      expect(waiting).toMatchObject(
        whose === 'of another login'
          ? { project: ours, account: 'queue-0123456789abcdef', events: 1 }
          : { project: FOREIGN, account: null, events: 1 },
      )
    },
  )
