import parsePrometheus from 'parse-prometheus-text-format'
import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'
import { eventually, ownerOf } from './watching.ts'

type Family = ReturnType<typeof parsePrometheus>[number]

async function scrape(world: LoggedInWorld): Promise<{ text: string; families: Family[] }> {
  const response = await fetch(`http://127.0.0.1:${ownerOf(world).port}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  return { text, families: parsePrometheus(text) }
}

function valuesOf(families: readonly Family[]): Record<string, number> {
  return Object.fromEntries(
    families.map(({ name, metrics }) => [
      name.replace('spec_kitty_sync_', ''),
      Number(metrics[0]?.value),
    ]),
  )
}

spec(
  ['SYNC/T047', 'SYNC/T077'],
  'the daemon shows its figures to a collector, as Prometheus text and as OTLP, and nothing personal',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync daemon start')
    await eventually(async () => {
      expect(valuesOf((await scrape(world)).families)['delivered_events']).toBe(2)
    })
    const { text, families } = await scrape(world)
    for (const { name, help, type, metrics } of families) {
      expect([name, type]).toEqual([name, name.endsWith('_total') ? 'COUNTER' : 'GAUGE'])
      expect([help.length > 5, metrics.length]).toEqual([true, 1])
    }
    const values = valuesOf(families)
    expect(values).toMatchObject({
      journal_events: 2,
      delivered_events: 2,
      undelivered_events: 0,
      failed_events: 0,
      consent_events: 0,
      consecutive_failures: 0,
    })
    expect(values['posts_total']).toBeGreaterThanOrEqual(1)
    expect(text).not.toMatch(/robin|demo|127\.0\.0\.1|\/home|\/tmp/)

    const response = await fetch(`http://127.0.0.1:${ownerOf(world).port}/metrics/otlp`)
    const otlp = (await response.json()) as {
      resourceMetrics: { scopeMetrics: { metrics: OtlpMetric[] }[] }[]
    }
    const metrics = otlp.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? []
    expect(metrics.map(({ name }) => name)).toEqual(families.map(({ name }) => name))
    for (const { gauge, sum } of metrics) {
      const [point] = (gauge ?? sum)?.dataPoints ?? []
      // 64-bit numbers are text in the JSON of protocol buffers.
      expect(point).toMatchObject({
        timeUnixNano: expect.stringMatching(/^\d{19}$/) as string,
        asDouble: expect.any(Number) as number,
      })
      if (sum !== undefined)
        expect(sum).toMatchObject({ aggregationTemporality: 2, isMonotonic: true })
    }
    expect(JSON.stringify(otlp)).not.toMatch(/robin|demo|127\.0\.0\.1/)
  },
)

interface OtlpMetric {
  readonly name: string
  readonly gauge?: { readonly dataPoints: readonly object[] }
  readonly sum?: { readonly dataPoints: readonly object[] }
}
