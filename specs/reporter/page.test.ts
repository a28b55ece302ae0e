import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { writeReports } from '../../src/gate/report/write.ts'
import { evidenceOf } from './evidences.ts'
import { degraded, stoppedRun } from './observations.ts'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = browsers.find((path) => existsSync(path))

const longWord = { ...degraded, where: `https://service.example/${'path'.repeat(80)}` }

/** The page of a stopped run in a real browser, and every address it asked for. */
async function withPage(body: (page: Page, requests: string[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'page-'))
  const browser = await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: ['--no-sandbox'],
  })
  try {
    await writeReports(folder, evidenceOf(stoppedRun('GATE/FR-005', longWord)))
    const page = await browser.newPage({ viewport: { width: 375, height: 800 } })
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(join(folder, 'index.html')).href)
    await body(page, requests)
  } finally {
    await browser.close()
    await rm(folder, { recursive: true })
  }
}

// Needs a browser of the machine; .ci/run installs one.
const inBrowser = test.skipIf(executablePath === undefined)

inBrowser('GATE/FR-010 the page says the verdict, the stop and all 28 requirements', async () => {
  await withPage(async (page, requests) => {
    expect(await page.textContent('h1')).toBe('HOLD')
    expect(await page.textContent('.stop h2')).toBe('Stopped at GATE/FR-005')
    expect(await page.locator('tbody tr').count()).toBe(28)
    expect(requests).toHaveLength(1)
  })
})

inBrowser('GATE/FR-010 on a phone nothing but the table scrolls sideways', async () => {
  await withPage(async (page) => {
    const widths = await page.evaluate(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(widths).toEqual([375, 375])
  })
})
