import { expect } from 'vitest'
import { writeQueue } from '../../fixtures/cli/queues.ts'
import { agreeToDocuments } from '../../fixtures/engine/consent.ts'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { eventually } from '../daemon/watching.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

/** Somebody logs in whose scope has a queue database of the oldest generation. */
async function withOldest(): Promise<LoggedInWorld & { readonly path: string }> {
  const world = await loggedInWorld({ firstAnswer: 'success' })
  const { foreground } = (await world.call('sync status --json')).json
  const path = (foreground as { queue_db_path: string }).queue_db_path
  writeQueue(path, {
    generation: 'feature-columns',
    bodies: [{ mission: 'old', path: 'spec.md' }],
    failures: [{ mission: 'old', path: 'plan.md' }],
  })
  await world.call('agent mission create demo')
  agreeToDocuments(world.home)
  return { ...world, path }
}

spec(
  ['BOUNDARY/FR-012', 'BOUNDARY/SC-5', 'SYNC/C-006'],
  'setup-plan queues its documents beside those that the oldest generation left',
  async () => {
    await using world = await withOldest()
    const planned = await world.call('agent mission setup-plan --json')
    expect(planned.code, planned.out).toBe(0)
    expect(
      rows(world.path, 'SELECT DISTINCT mission_slug FROM body_upload_queue ORDER BY 1'),
    ).toEqual([{ mission_slug: 'demo' }, { mission_slug: 'old' }])
    expect(
      rows(world.path, 'SELECT mission_slug, mission_type FROM body_upload_failure_log'),
    ).toEqual([{ mission_slug: 'old', mission_type: 'software-dev' }])
  },
)

spec(
  ['BOUNDARY/FR-012', 'SYNC/C-006'],
  'the daemon takes up the documents of the oldest generation without any other command',
  async () => {
    await using world = await withOldest()
    await world.call('sync daemon start')
    await eventually(() => expect(rows(world.path, 'SELECT id FROM body_upload_queue')).toEqual([]))
  },
)
