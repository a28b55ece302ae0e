import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { isDatabaseAway } from '../../packages/hub/src/database/open.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** What every program before schema 5 sends first for a batch of a producer. */
const OLDER = `BEGIN; SET LOCAL ROLE spec_kitty_hub_app; SET LOCAL hub.tenant = '1';
  INSERT INTO hub.producer (tenant_id, producer_id, epoch) VALUES (1, 'p', 1) ON CONFLICT DO NOTHING`

describe.skipIf(missing !== undefined)(`a rolling upgrade on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  beforeAll(async () => void (world = await hubWorld()))
  afterAll(() => world[Symbol.asyncDispose]())

  const sent = (settings: string): Promise<unknown> =>
    as(`${world.database}?${settings}`, (sql) => sql.unsafe(OLDER).then(() => 'taken')).catch(
      (cause: unknown) => cause,
    )

  spec(
    ['SYNC/NFR-006', 'SYNC/NFR-003'],
    'an older hub lets batches with numbers come again, before and after the new one has stored some',
    async () => {
      const { hub, token } = world
      const before = await sent('application_name=spec-kitty-hub')
      const producer = { id: 'p', epoch: 1, sequences: [1] }
      const stored = await post(hub, token, [JSON.stringify(anEvent())], {}, producer)
      expect(stored.results).toMatchObject([{ status: 'success' }])
      const after = await sent('application_name=spec-kitty-hub')
      for (const refused of [before, after]) {
        expect(refused).toMatchObject({ code: '57P03' })
        expect(String(refused)).toContain('replace it')
        expect(isDatabaseAway(refused)).toBe(true)
      }
    },
  )

  spec(
    'SYNC/NFR-006',
    'clients of people and restores are not taken for an older hub',
    async () => {
      expect(await sent('application_name=psql')).toBe('taken')
    },
  )
})
