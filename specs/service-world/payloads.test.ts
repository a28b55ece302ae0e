import { expect } from 'vitest'
import { checkEvent, type EventRules } from '../../fixtures/service/envelope.ts'
import { PAYLOADS } from '../../fixtures/service/payloads.ts'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'
import { event, openLine, statuses } from './calling.ts'
import { TYPES, type Payload } from './payload-samples.ts'

const REVIEW = {
  repos: [{ repo: 'demo', branch: 'main', commit: 'abc' }],
  review: { reviewer: 'robin', verdict: 'approved' },
}

const RULES: EventRules = { surplusFields: 'refused', eventsContract: '5.1' }

/** Whether the service takes the payload, and what it says against it otherwise. */
function verdictOn(type: string, payload: Payload, rules = RULES): string {
  const checked = checkEvent(event({ event_type: type, payload }), rules)
  return checked.ok ? 'taken' : checked.error
}

spec(['SYNC/T034', 'GATE/FR-007'], 'every type that the contract names is judged', () => {
  expect(Object.keys(PAYLOADS).sort()).toEqual(Object.keys(TYPES).sort())
})

for (const [type, { least, wrong }] of Object.entries(TYPES))
  spec(
    ['SYNC/T034', 'GATE/FR-007'],
    `${type}: each field that must be there, each value and each surplus field decides`,
    () => {
      for (const eventsContract of ['5.1', '6.1'] as const) {
        const rules: EventRules = { surplusFields: 'refused', eventsContract }
        expect(verdictOn(type, least, rules)).toBe('taken')
        for (const field of Object.keys(least)) {
          const rest = Object.entries(least).filter(([name]) => name !== field)
          expect(verdictOn(type, Object.fromEntries(rest), rules)).toMatch(
            new RegExp(`payload: .*${field}`),
          )
        }
        for (const [field, value] of Object.entries(wrong))
          expect(verdictOn(type, { ...least, [field]: value }, rules)).toMatch(
            new RegExp(`payload: .*${field}`),
          )
        expect(verdictOn(type, { ...least, mood: 'good' }, rules)).toContain('mood')
      }
    },
  )

spec(
  'SYNC/T034',
  'evidence of an acceptance is taken; earlier deployments judge two types and look over the rest',
  () => {
    const { least } = TYPES['WPStatusChanged']!
    expect(verdictOn('WPStatusChanged', { ...least, evidence: REVIEW })).toBe('taken')
    const earlier: EventRules = { surplusFields: 'accepted', eventsContract: '5.1' }
    const former = { wp_id: 'WP01', title: 'Thin slice', dependencies: [], mission_slug: 'demo' }
    expect(verdictOn('WPCreated', former, earlier)).toBe('taken')
    expect(verdictOn('WPCreated', former)).toContain('wp_title')
    expect(verdictOn('MissionCreated', { mission_slug: 'demo' }, earlier)).toBe('taken')
    expect(verdictOn('MissionCreated', {}, earlier)).toContain('mission_slug')
    const odd = { ...least, evidence: 'seen it' }
    expect(verdictOn('WPStatusChanged', odd, earlier)).toBe('taken')
    expect(verdictOn('WPStatusChanged', odd)).toContain('evidence')
  },
)

spec(
  ['SYNC/T034', 'SYNC/T013'],
  'over the wire one bad payload of any type refuses the batch and names itself; our own are taken',
  async () => {
    await using line = await openLine()
    await line.login()
    for (const [type, { least }] of Object.entries(TYPES)) {
      const bad = event({ event_type: type, payload: { ...least, mood: 'good' } })
      const refused = await line.batch([event(), bad])
      expect([type, refused.status]).toEqual([type, 400])
      expect(JSON.stringify(refused.body['details'])).toContain('mood')
      expect(statuses(await line.batch([event({ event_type: type, payload: least })]))).toEqual([
        'queued',
      ])
    }
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo --work-packages 2')
    await world.call('agent mission setup-plan')
    for (const lane of ['claimed', 'in_progress', 'for_review', 'in_review', 'approved', 'done'])
      await world.call(`agent tasks move-task WP01 --to ${lane} --note planned`)
    const delivered = await world.call('sync now --json')
    expect([delivered.code, delivered.json['failures']]).toEqual([0, []])
    const types = [...world.service.events.values()].map((one) => one.event.event_type)
    expect(new Set(types).size).toBe(5)
  },
)
