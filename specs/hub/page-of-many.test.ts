import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect } from 'vitest'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

spec(
  'SYNC/FR-009',
  'of ten thousand journals with gaps the page names the first, after what concerns all of them',
  async ({ skip }) => {
    const missing = whyNoCluster() ?? (browser === undefined ? 'no Chromium here' : undefined)
    if (missing !== undefined || browser === undefined) return skip(missing)
    await using world = await hubWorld()
    await as(world.database, (sql) =>
      sql.unsafe(`
        INSERT INTO hub.producer (tenant_id, producer_id, epoch)
          SELECT 1, 'journal-' || n, 1 FROM generate_series(1, 10000) n;
        INSERT INTO hub.sequence (tenant_id, producer_id, epoch, kind, first, last)
          SELECT 1, 'journal-' || n, 1, 'received', first, first + 3
          FROM generate_series(1, 10000) n, (VALUES (1), (7)) AS runs(first);
        INSERT INTO hub.machine (tenant_id, node_id, last_heard_at)
          SELECT 1, '<b>' || n, '2020-01-01' FROM generate_series(1, 100) n`),
    )
    const program = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] })
    try {
      const page = await program.newPage({ viewport: { width: 375, height: 900 } })
      await page.goto(world.hub.url)
      await page.fill('#token', world.token)
      await page.keyboard.press('Enter')
      await page.waitForSelector('#producers tr td.name', { timeout: 120_000 })
      const lines = await page.locator('#attention li').allTextContents()
      expect(lines).toHaveLength(21)
      expect(lines[0]).toContain('100 machines were not heard of')
      expect(lines.at(-1)).toBe('And 9,981 more; /api/v1/producers names each.')
    } finally {
      await program.close()
    }
  },
)
