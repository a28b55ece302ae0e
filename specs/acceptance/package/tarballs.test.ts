import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { spec } from '../../spec.ts'
import {
  emptyFolder,
  install,
  installedSize,
  packAll,
  readmeExamples,
  root,
  runExample,
  type Size,
} from './installed.ts'
import { writeNumbers } from './numbers.ts'

/** What a package may weigh once it is installed with everything it needs. */
const BARS: Readonly<Record<string, Size>> = {
  'sync-engine': { packages: 12, megabytes: 40 },
  'canary-gate': { packages: 250, megabytes: 175 },
}
const PROGRAMS = ['canary-gate', 'spec-kitty', 'hub']
const LIBRARIES = readdirSync(join(root, 'packages')).filter((name) => !PROGRAMS.includes(name))

/** What a consumer brings: the compiler and the types of Node, at the versions of this checkout. */
const CONSUMER = ['typescript@6.0.3', '@types/node@24.19.2']

let packed: Awaited<ReturnType<typeof emptyFolder>> | undefined
let tarballs: ReadonlyMap<string, string> = new Map()
const sizes = new Map<string, Size>()
let time = ''

beforeAll(async () => {
  packed = await emptyFolder()
  tarballs = await packAll(packed.path)
})

afterAll(async () => {
  await packed?.remove()
  // The page of figures is written by the specs that measured them, if all of them ran.
  if (sizes.size === LIBRARIES.length + PROGRAMS.length)
    await writeNumbers({ sizes, bars: BARS, time })
})

/** A folder in which only the tarball of this package is installed, within its bar. */
async function installed(folder: string): Promise<string> {
  const { path, remove } = await emptyFolder()
  onTestFinished(remove)
  const tarball = tarballs.get(folder)
  expect(tarball, `no tarball of ${folder}`).toBeDefined()
  await install(path, tarball ?? '')
  const size = installedSize(path)
  sizes.set(folder, size)
  process.stdout.write(`${folder}: ${size.packages} packages, ${size.megabytes} MB\n`)
  return path
}

function expectWithinBar(folder: string): void {
  const bar = BARS[folder]
  if (bar === undefined) return
  expect(sizes.get(folder)?.packages).toBeLessThanOrEqual(bar.packages)
  expect(sizes.get(folder)?.megabytes).toBeLessThanOrEqual(bar.megabytes)
}

for (const folder of LIBRARIES)
  spec('BOUNDARY/C-004', `the README example of ${folder} runs beside its tarball`, async () => {
    const place = await installed(folder)
    await install(place, ...CONSUMER)
    const examples = readmeExamples(folder, 'ts')
    expect(examples.length).toBeGreaterThan(0)
    for (const code of examples) expect(await runExample(place, code)).not.toBe('')
    expectWithinBar(folder)
  })

for (const folder of PROGRAMS)
  spec('BOUNDARY/C-004', `the program of ${folder} runs where only its tarball is`, async () => {
    const place = await installed(folder)
    const program = folder === 'hub' ? 'spec-kitty-hub' : folder
    const run = (...words: string[]) => execa('npx', [program, ...words], { cwd: place })
    expect((await run('--version')).stdout).toMatch(/\d+\.\d+\.\d+/)
    expect((await run('--help')).stdout).toContain(`Usage: ${program}`)
    if (folder === 'canary-gate') {
      const { stdout } = await run('run')
      expect(stdout).toMatch(/RELEASE {2}(\d+) of \1 requirements passed/)
      time = /^ *Time +(.+)$/m.exec(stdout)?.[1] ?? ''
    }
    expectWithinBar(folder)
  })
