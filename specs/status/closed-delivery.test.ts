import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

interface Gate {
  readonly reason: string
  readonly make?: (world: LoggedInWorld) => Promise<unknown>
  readonly env?: Variables
  readonly opens: RegExp | null
}

const GATES: Readonly<Record<string, Gate>> = {
  'sync switched off': {
    reason: 'saas_disabled',
    env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' },
    opens: /^export SPEC_KITTY_ENABLE_SAAS_SYNC=1$/,
  },
  'nobody logged in': {
    reason: 'missing_auth',
    make: (world) => world.call('auth logout'),
    opens: /^spec-kitty auth login --headless$/,
  },
  'a mode that keeps events here': {
    reason: 'delivery_off',
    make: (world) => world.call('sync mode LOCAL_RETENTION'),
    opens: null,
  },
  'a server that is away': {
    reason: 'network_unavailable',
    make: async (world) => {
      await world.service.close()
      await world.call('sync now')
    },
    opens: /^spec-kitty sync now$/,
  },
}

for (const [name, { reason, make, env, opens }] of Object.entries(GATES))
  spec(
    ['SYNC/FR-019', 'SYNC/SC-009', 'BOUNDARY/FR-008'],
    `with ${name} and events waiting, status never calls it coherent`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      expect((await world.call('sync status')).out).toContain('✓ coherent')
      await world.call('agent mission create demo', env)
      await make?.(world)
      const { out } = await world.call('sync status', env)
      expect(out).not.toContain('✓ coherent')
      const { json } = await world.call('sync status --json', env)
      expect(json['delivery_gate']).toMatchObject({ reason, waiting: 2 })
      const { remedy } = json['delivery_gate'] as { remedy: string | null }
      if (opens === null) expect(remedy).toBeNull()
      else expect(remedy).toMatch(opens)
    },
  )

spec(
  ['SYNC/T071', 'SYNC/FR-004'],
  'the counts of sync now add up to what is not delivered, whatever stopped it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const off = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
    await world.call('agent mission create demo', off)
    const { out, code } = await world.call('sync now', off)
    expect(code).toBe(1)
    expect(out).toContain('2 event(s) are not delivered yet: 2 not sent.')
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      'Synced: 0 / Duplicates: 0 / Pending: 0 / Errors: 0 / Waiting: 2',
    )
    const { json } = await world.call('sync now --json', off)
    expect(json).toMatchObject({ undelivered: 2, summary: { pending: 0, waiting: 2 } })
  },
)
