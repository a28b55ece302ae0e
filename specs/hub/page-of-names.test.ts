import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { post } from '../../fixtures/hub/client.ts'
import { whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

/** What machines are called, and what the page shows of it where that is something else. */
const NAMES: readonly (readonly [name: string, shown?: string])[] = [
  ['مضيف-الخادم-01'],
  ['שרת 12 (תל אביב)'],
  ['\u202Egnp.exe', '\\u202egnp.exe'],
  ['\u2067one\u2069', '\\u2067one\\u2069'],
  ['\u200b', '\\u200b'],
  ['bell\u0007 and\nline', 'bell\\u0007 and\\u000aline'],
  ['👩‍👩‍👧‍👦🏳️‍🌈 host'],
  ['<img src=x onerror=alert(1)><b>bold</b>'],
  ['&lt;b&gt; "quoted"'],
  ['x'.repeat(200)],
  ['مضيف'.repeat(50)],
  [`Z${'\u0351\u036b\u0343\u036a'.repeat(20)}`],
]

spec(
  'SYNC/FR-009',
  'whatever machines, journals and tenants are called, the page shows it as text, whole, and keeps its width',
  async ({ skip }) => {
    const missing = whyNoCluster() ?? (browser === undefined ? 'no Chromium here' : undefined)
    if (missing !== undefined || browser === undefined) return skip(missing)
    await using world = await hubWorld('t'.repeat(63))
    const { hub, token } = world
    const send = (event: object, producer?: object): Promise<unknown> =>
      post(hub, token, [JSON.stringify(event)], {}, producer)
    for (const [node_id] of NAMES) await send(anEvent({ node_id }))
    for (const instance of ['one', 'two'])
      await send(anEvent(), { id: 'j'.repeat(64), epoch: 1, sequences: [7], instance })
    const event = anEvent()
    for (const build_id of ['one', 'two']) await send({ ...event, build_id })
    const program = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] })
    try {
      for (const width of [1200, 360]) {
        const page = await program.newPage({ viewport: { width, height: 900 } })
        const dialogs: string[] = []
        page.on('dialog', (dialog) => {
          dialogs.push(dialog.message())
          void dialog.dismiss()
        })
        await page.goto(hub.url)
        await page.fill('#token', token)
        await page.keyboard.press('Enter')
        const cells = page.locator('#machines td.name')
        await cells.first().waitFor()
        const wanted = NAMES.map(([name, shown = name]) => shown)
        expect(await cells.allTextContents()).toEqual(expect.arrayContaining(wanted))
        expect([dialogs, await page.locator('#content img').count()]).toEqual([[], 0])
        const widths = await page.evaluate<{ page: number; names: number[] }>(`({
          page: document.documentElement.scrollWidth,
          names: [...document.querySelectorAll('td.name')].map((cell) => cell.offsetWidth) })`)
        expect(widths.page).toBe(width)
        expect(Math.max(...widths.names)).toBeLessThan(0.65 * width)
        await page.close()
      }
    } finally {
      await program.close()
    }
  },
)
