import fc from 'fast-check'
import { expect } from 'vitest'
import { verifyHistoricalRowsUntouched } from '../../packages/phase4-gate/src/guards/requirements.ts'
import {
  verifyHistoricalRows,
  verifyPreflight,
} from '../../packages/phase4-gate/src/service/requirements.ts'
import { contentDigest } from '../../packages/phase4-gate/src/service/rows.ts'
import { spec } from '../spec.ts'
import { serviceRun, stopOf } from './world.ts'

spec('GATE/FR-006', 'the historical rows are recorded by content', async () => {
  await using world = await serviceRun()
  await verifyPreflight(world.run)
  await verifyHistoricalRows(world.run)
  const fact = await world.run.facts.read('historicalRows')
  expect(fact).toEqual({ count: 22, contentSha256: contentDigest(world.service.rows) })
})

spec(
  'GATE/FR-006',
  'without a command the rows are checked by count, and that is said',
  async () => {
    await using world = await serviceRun({}, { rowsCommand: undefined })
    await verifyPreflight(world.run)
    await verifyHistoricalRows(world.run)
    expect(await world.run.facts.read('historicalRows')).toEqual({ count: 22, contentSha256: null })
    expect(world.progress.join()).toMatch(/by count only/)
  },
)

spec(
  'GATE/FR-006',
  'a changed count, a missing row and a row in another state each stop the gate',
  async () => {
    await using world = await serviceRun()
    const { service, run } = world
    const stopNow = async (): Promise<string> => {
      await verifyPreflight(run)
      const { code, verdict, what } = await stopOf(verifyHistoricalRows(run))
      expect([code, verdict]).toEqual(['historical-rows-changed', 'blocked'])
      return what
    }
    service.drain.businessRuleRejectedCount = 21
    expect(await stopNow()).toMatch(/21 historical business-rule rows, expected 22/)
    service.drain.businessRuleRejectedCount = 22
    const last = service.rows.pop()!
    expect(await stopNow()).toMatch(/^21 historical/)
    service.rows.push({ ...last, state: 'retryable' as 'terminal_failed' })
    expect(await stopNow()).toMatch(/row 22 is "retryable"/)
    service.rows[21] = { ...last, last_failure_class: 'infra' }
    expect(await stopNow()).toMatch(/row 22 failed by "infra"/)
  },
)

spec('GATE/FR-006', 'a rows command that fails or prints no rows proves nothing', async () => {
  for (const rowsCommand of [
    ['false'],
    [process.execPath, '-p', '"no rows"'],
    [process.execPath, '-e', 'console.log("[]"); process.exit(1)'],
    ['/does/not/exist'],
  ]) {
    await using world = await serviceRun({}, { rowsCommand })
    await verifyPreflight(world.run)
    const stop = await stopOf(verifyHistoricalRows(world.run))
    expect(stop).toMatchObject({ code: 'historical-rows-unreadable', verdict: 'inconclusive' })
  }
})

spec('GATE/FR-006', 'rows without a state, and one row printed twice, prove nothing', async () => {
  await using world = await serviceRun()
  await verifyPreflight(world.run)
  const { rows } = world.service
  const last = rows.pop()!
  const stateless = Object.fromEntries(Object.entries(last).filter(([key]) => key !== 'state'))
  for (const [row, finding] of [
    [stateless, 'row 22 does not say its state'],
    [Object.fromEntries(Object.entries(rows[3]!).reverse()), 'row 22 is printed twice'],
  ] as const) {
    rows.push(row as typeof last)
    const stop = await stopOf(verifyHistoricalRows(world.run))
    expect(stop).toMatchObject({ code: 'historical-rows-unclear', verdict: 'inconclusive' })
    expect(stop.findings).toEqual([finding])
    rows.pop()
  }
})

spec('GATE/C-002', 'the order of a list is content, the order of keys within it is not', () => {
  const [first, second] = [{ a: 1, b: 2 }, { c: 3 }]
  const digest = contentDigest([{ events: [first, second] }])
  expect(contentDigest([{ events: [{ b: 2, a: 1 }, second] }])).toBe(digest)
  expect(contentDigest([{ events: [second, first] }])).not.toBe(digest)
})

spec(
  'GATE/C-002',
  'a historical row whose content changed is found although the count is the same',
  async () => {
    await using world = await serviceRun()
    await verifyPreflight(world.run)
    await verifyHistoricalRows(world.run)
    await verifyHistoricalRowsUntouched(world.run)
    const [first] = world.service.rows
    world.service.rows[0] = { ...first!, attempts: 6 }
    const stop = await stopOf(verifyHistoricalRowsUntouched(world.run))
    expect(stop).toMatchObject({ code: 'historical-rows-changed', verdict: 'fail' })
    expect(stop.what).toMatch(/content digest/)
  },
)

spec('GATE/C-002', 'order of rows and keys does not count as a change, every value does', () => {
  const row = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)))
  fc.assert(
    fc.property(fc.array(row), fc.string(), fc.integer(), (rows, key, value) => {
      const shuffled = [...rows]
        .reverse()
        .map((one) => Object.fromEntries(Object.entries(one).reverse()))
      expect(contentDigest(shuffled)).toBe(contentDigest(rows))
      fc.pre(rows.length > 0 && rows[0]![key] !== value)
      const changed = [{ ...rows[0], [key]: value }, ...rows.slice(1)]
      expect(contentDigest(changed)).not.toBe(contentDigest(rows))
    }),
  )
})
