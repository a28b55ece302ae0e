import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type HistoryEntry,
  renderHistoryPage,
} from '../../packages/gate-kernel/src/page/history-page.ts'
import { type PageParts, renderPage } from '../../packages/gate-kernel/src/page/page.ts'
import { barsOf } from '../../packages/gate-kernel/src/page/timeline.ts'
import { html, link } from '../../packages/gate-kernel/src/page/html.ts'
import type { PageFacts } from '../../packages/phase4-gate/src/page/page-facts.ts'
import { pageSections } from '../../packages/phase4-gate/src/page/sections.ts'
import { spec } from '../spec.ts'
import { releasedEvidence, stoppedEvidence, waivedEvidence } from './evidences.ts'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = browsers.find((path) => existsSync(path))
const inBrowser = test.skipIf(executablePath === undefined)
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let folder: string
let browser: Browser | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'))
  if (executablePath !== undefined)
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-background-networking', '--no-first-run'],
    })
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

const snapshot = {
  ...{ takenAt: '2026-05-20T08:00:10.000Z', image: 'registry.example/service:1' },
  ...{ gitSha: '7'.repeat(40), eventsVersion: '5.1.0', health: {}, ready: {} },
  drain: {
    ...{ infraTerminalFailed: 0, businessRuleRejected: 22 },
    ...{ retryable: 3, oldestPendingAgeSeconds: null },
  },
}
const state = {
  takenAt: '2026-05-20T08:00:11.000Z',
  ...{ databases: { 'queue.db': {} }, files: {}, daemons: {}, service: { limit: 1 } },
}

function canaryRun(run_number: number): NonNullable<PageFacts['single']>['runs'][number] {
  return {
    ...{ outcome: 'pass', run_id: `r${run_number}`, run_number, cli_version: '3.2.0rc16' },
    ...{
      events_package_version: '5.1.0',
      timestamp: new Date(Date.parse('2026-05-20T08:00:20Z') + run_number * 1000).toISOString(),
    },
    scenarios: [1, 2, 3, 4].map((id) => ({ id, name: `Scenario ${id}`, status: 'pass' as const })),
  }
}

const full: PageFacts = {
  candidate: {
    ...{ tag: 'v3.2.0rc16', version: '3.2.0rc16', commit: 'c'.repeat(40) },
    wheelSha256: '5'.repeat(64),
  },
  installation: undefined,
  fixes: [{ issue: 1141, commit: 'f'.repeat(40), verdict: 'substantive', tests: ['a > b'] }],
  single: {
    ...{ protocol: 'single', files: [], interventions: [] },
    runs: [canaryRun(1)],
  },
  fourRun: {
    ...{ protocol: 'four-run', files: [], interventions: [] },
    runs: [1, 2, 3, 4].map(canaryRun),
  },
  snapshots: [snapshot, { ...snapshot, takenAt: '2026-05-20T08:00:20.000Z' }],
  states: [state, { ...state, takenAt: '2026-05-20T08:00:40.000Z' }],
  teamspace: undefined,
  attempt: '../attempt1',
}
/** As many runs as a bound of 10 % takes. */
const manyRuns = Array.from({ length: 29 }, (_, index) => index + 1)
const many: PageFacts = {
  ...full,
  fourRun: { protocol: 'four-run', files: [], interventions: [], runs: manyRuns.map(canaryRun) },
}
const nothing: PageFacts = {
  ...{ candidate: undefined, installation: undefined, fixes: undefined, single: undefined },
  ...{ fourRun: undefined, snapshots: [], states: [], teamspace: undefined, attempt: undefined },
}

function partsOf(facts: PageFacts, isRehearsal = false): PageParts {
  return {
    worth: '5 straight passes',
    isRehearsal,
    sections: pageSections(facts),
    writes: [{ what: 'comment on 41', url: 'https://github.example/41#c1', at: null }],
    documentsOf: (id) => (id === 'GATE/FR-001' ? ['facts/blockers.json'] : []),
  }
}

const entry = {
  ...{ run: '20260520T080000Z-1f3a', world: 'live', candidate: 'v3.2.0rc16', seconds: 61 },
  ...{ attempt: 'v3.2.0rc16-attempt2', flaky: ['GATE/FR-008'] },
}
const entries: readonly HistoryEntry[] = [
  { ...entry, verdict: 'release', stop: null },
  { ...entry, verdict: 'waived', stop: 'GATE/FR-001 blocker-open' },
  { ...entry, verdict: 'hold', candidate: null, stop: '<script>alert(1)</script>' },
  { ...entry, verdict: 'release', world: 'rehearsal', stop: null },
]

const pages = {
  release: renderPage(releasedEvidence(), partsOf(full)),
  'release of 29 runs': renderPage(releasedEvidence(), partsOf(many)),
  rehearsal: renderPage(releasedEvidence(), partsOf(full, true)),
  stop: renderPage(stoppedEvidence(), partsOf(nothing)),
  waiver: renderPage(waivedEvidence(), partsOf(full)),
  history: renderHistoryPage(entries, ['20260518T080000Z-dead']),
}

async function withPage(
  name: keyof typeof pages,
  options: { readonly width: number; readonly colorScheme: 'light' | 'dark' },
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const file = join(folder, `${name}.html`)
  await writeFile(file, pages[name])
  const page = await (browser ?? expect.unreachable()).newPage({
    viewport: { width: options.width, height: 800 },
    colorScheme: options.colorScheme,
  })
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(pathToFileURL(file).href)
  await body(page)
  expect(requests).toEqual([pathToFileURL(file).href])
  await page.close()
}

/** Three widths, both schemes: what differs by width is looked at in one of them. */
const looks = [
  [375, 'light'],
  [768, 'dark'],
  [1280, 'light'],
] as const

const looked = [
  ...(['release', 'release of 29 runs', 'rehearsal', 'stop', 'waiver', 'history'] as const),
]

for (const name of looked) {
  inBrowser(
    `GATE/FR-010 the page of a ${name} fits each width, light and dark, and an accessibility checker finds nothing`,
    async () => {
      const script = await readFile(axe, 'utf8')
      await withPage(name, { width: 1280, colorScheme: 'light' }, async (page) => {
        await page.addScriptTag({ content: script })
        for (const [width, colorScheme] of looks) {
          await page.setViewportSize({ width, height: 800 })
          await page.emulateMedia({ colorScheme })
          const overflow = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          )
          expect([name, width, overflow]).toEqual([name, width, 0])
          const found = await page.evaluate(
            'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
          )
          expect(found).toEqual([])
        }
      })
    },
  )
}

spec(
  'GATE/FR-010',
  'the page of all runs says first what was waived, and leaves nothing out',
  () => {
    const text = pages.history.replaceAll(/\s+/g, ' ')
    expect(text).toContain(
      '1 released, 1 held, 1 waived. Rehearsals, in which nothing real was judged: 1.',
    )
    expect(text.indexOf('1 waived: an owner went on')).toBeLessThan(text.indexOf('1 released'))
    expect(text).toContain('20260518T080000Z-dead has no evidence that can be read')
    expect(text).toContain('<td>v3.2.0rc16-attempt2</td>')
    expect(text).toContain('<td>GATE/FR-008</td>')
    expect(text).toContain('href="20260520T080000Z-1f3a/index.html"')
    expect(text).not.toContain('<script')
    expect(pages.waiver.replaceAll(/\s+/g, ' ')).toMatch(
      /<h1>WAIVED<\/h1> <p><strong>WAIVED, not a release; nothing was published\.<\/strong><\/p>/,
    )
  },
)

inBrowser('GATE/FR-010 the keyboard reaches the content and every link of the page', async () => {
  await withPage('release', { width: 1280, colorScheme: 'light' }, async (page) => {
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    const links = await page.locator('a[href]').count()
    const reached = new Set<string>()
    for (let at = 0; at < links + 10; at += 1) {
      reached.add(String(await page.evaluate('document.activeElement.outerHTML')))
      await page.keyboard.press('Tab')
    }
    const all = await page.evaluate<string[]>('[...document.links].map((one) => one.outerHTML)')
    expect(all.filter((one) => !reached.has(one))).toEqual([])
  })
})

inBrowser(
  'GATE/FR-010 the page says the verdict first, the stop once, and all requirements',
  async () => {
    await withPage('stop', { width: 1280, colorScheme: 'light' }, async (page) => {
      expect(await page.textContent('h1')).toBe('HOLD')
      const text = await page.innerText('body')
      expect(text.split('the service is degraded <b>now</b>')).toHaveLength(2)
      expect(await page.locator('#requirements ~ * tbody tr').count()).toBe(28)
    })
    await withPage('rehearsal', { width: 1280, colorScheme: 'light' }, async (page) => {
      expect(await page.innerText('header')).toMatch(/^Rehearsal: /)
    })
  },
)

spec('GATE/FR-010', 'each scenario of each run leads to its document', () => {
  for (const path of ['run-1.json', ...[1, 2, 3, 4].map((number) => `runs/run-${number}.json`)])
    expect(pages.release.split(`href="../attempt1/${path}"`)).toHaveLength(5)
  for (const number of manyRuns)
    expect(
      pages['release of 29 runs'].split(`href="../attempt1/runs/run-${number}.json"`),
      `run ${number}`,
    ).toHaveLength(5)
})

spec('GATE/FR-010', 'foreign text is never markup, and only plain addresses are links', () => {
  expect(html`<p title="${'"><script>'}">${'<img onerror=x>'}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;">&lt;img onerror=x&gt;</p>',
  )
  for (const address of [
    'javascript:alert(1)',
    'data:text/html,x',
    '//host/x',
    ' https://a',
    'file:///etc',
  ])
    expect(link(address, 'x').text).toBe('x')
  expect(link('https://github.example/a?b=1', 'x').text).toContain('<a href=')
  expect(link('../attempt1/runs/run-1.json', 'x').text).toContain('<a href=')
})

spec('GATE/FR-010', 'a bar is as long as its requirement ran, programs never longer', () => {
  const bars = barsOf(releasedEvidence())
  expect(bars).toHaveLength(28)
  expect(bars.every(({ programsMs, durationMs }) => programsMs <= durationMs)).toBe(true)
  expect(bars.map(({ startMs }) => startMs)).toEqual(
    bars.map(({ startMs }) => startMs).toSorted((a, b) => a - b),
  )
  expect(barsOf(stoppedEvidence())).toHaveLength(1)
})
