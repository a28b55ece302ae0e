import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { type Browser, chromium } from 'playwright-core'
import type { WorldFaults } from '../../fixtures/rehearsal/faults.ts'
import { startRehearsal } from '../../fixtures/rehearsal/rehearsal.ts'
import { worlds } from '../matrix/worlds.ts'

// `npm run screenshots`: the pages of two real rehearsals, one that releases and one that stops, of a run
// with a configuration, of all runs, and of the release gate of these packages, as Chromium shows them, in
// docs/pages.
// `npm run screenshots -- --of NAME PAGE` takes pictures of a page that is there.

const root = join(import.meta.dirname, '..', '..')
const target = join(root, 'docs', 'pages')
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const sizes = {
  wide: { width: 1280, height: 900 },
  tablet: { width: 820, height: 1000 },
  phone: { width: 390, height: 844 },
} as const

/** Kept for the documents; the other widths and schemes are made with `--all`, to be looked at. */
const kept = ['wide-light', 'phone-dark']

const failing = worlds.find(({ name }) => name === 'the third of the four runs fails')?.faults
if (failing === undefined) throw new Error('the matrix has no world whose third run fails')

async function gate(
  artifacts: string,
  faults: WorldFaults | undefined,
  folder = 'gate',
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const own = {
    CANARY_GATE_ARTIFACTS: artifacts,
    ...(faults !== undefined && { CANARY_GATE_FAULTS: JSON.stringify(faults) }),
    ...more,
  }
  await execa(process.execPath, [vitest, 'run', folder], { cwd: root, env: own, reject: false })
  const id = await readFile(join(artifacts, 'latest'), 'utf8')
  return join(artifacts, id.trim(), 'index.html')
}

/** With a configuration the same servers stand for the live world: its page says RELEASE alone. */
async function configured(folder: string): Promise<string> {
  await using live = await startRehearsal({ folder: join(folder, 'workspace') })
  const configuration = join(folder, 'live.json')
  await writeFile(configuration, JSON.stringify({ ...live.world, name: 'live' }))
  const variables = { CANARY_GATE_CONFIG: configuration, ...live.env }
  return await gate(join(folder, 'runs'), undefined, 'gate', variables)
}

async function shoot(browser: Browser, name: string, file: string): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const kind = `${size}-${colorScheme}`
      if (!kept.includes(kind) && !process.argv.includes('--all')) continue
      const page = await browser.newPage({ viewport, colorScheme })
      await page.goto(pathToFileURL(file).href)
      await page.screenshot({ path: join(target, `${name}-${kind}.png`) })
      await page.close()
    }
  }
}

async function shootAll(browser: Browser, artifacts: string): Promise<void> {
  await shoot(browser, 'rehearsal', await gate(artifacts, undefined))
  await shoot(browser, 'release', await configured(join(artifacts, 'live')))
  await shoot(browser, 'stop', await gate(artifacts, failing))
  const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')
  const env = { CANARY_GATE_ARTIFACTS: artifacts }
  await execa(process.execPath, [program, 'history', '--html'], { cwd: root, env })
  await shoot(browser, 'history', join(artifacts, 'history.html'))
  await shoot(browser, 'packages', await gate(join(artifacts, 'packages'), undefined, 'release'))
}

const [option, name, page] = process.argv.slice(2).filter((word) => word !== '--all')
const artifacts = await mkdtemp(join(tmpdir(), 'screenshots-'))
const args = ['--no-sandbox', '--disable-background-networking']
const browser = await chromium.launch({ executablePath, args })
try {
  await mkdir(target, { recursive: true })
  if (option === '--of' && name !== undefined && page !== undefined)
    await shoot(browser, name, resolve(page))
  else await shootAll(browser, artifacts)
} finally {
  await browser.close()
  await rm(artifacts, { recursive: true, force: true })
}
