import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { PACKAGES } from '../../.config/dependency-rules/allowed.ts'
import { checkTree } from '../../.config/dependency-rules/check.ts'
import { spec } from '../spec.ts'

const checker = join(import.meta.dirname, '../../.config/check-dependencies.ts')

/** A small house that keeps every rule. */
const FINE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'house', devDependencies: { vitest: '5.0.0' } }),
  'packages/programs/package.json': JSON.stringify({ name: '@canary-gate/programs' }),
  'packages/programs/src/index.ts': `export const run = (): void => undefined\n`,
  'packages/gate-kernel/package.json': JSON.stringify({
    name: '@canary-gate/gate-kernel',
    dependencies: { zod: '4.0.0', '@canary-gate/programs': '0.2.0' },
  }),
  'packages/gate-kernel/src/index.ts': `export { begin } from './run/begin.ts'\n`,
  'packages/gate-kernel/src/run/begin.ts': `import 'zod'\nimport { run } from '@canary-gate/programs'\nexport const begin = run\n`,
  'packages/gate-kernel/src/facts/store.ts': `import { begin } from '../run/begin.ts'\nexport const store = begin\n`,
  'packages/sync-engine/package.json': JSON.stringify({ name: '@canary-gate/sync-engine' }),
  'packages/sync-engine/src/index.ts': `export const drain = 1\n`,
  'packages/phase4-gate/package.json': JSON.stringify({ name: '@canary-gate/phase4-gate' }),
  'gate/gate.ts': `export const gate = { 'FR-001': 'Both blockers are closed before any later step.' }\n`,
  'gate/01.test.ts': `import { test } from 'vitest'\ntest('FR-001', () => undefined)\n`,
}

/** The house with some files changed or added, in a folder of its own. */
async function build(changes: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'house-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries({ ...FINE, ...changes })) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

const runChecker = (root: string) => execa(process.execPath, [checker, root], { reject: false })

spec('GATE/C-008', 'a tree that keeps the dependency rules passes', async () => {
  const { exitCode, stdout, stderr } = await runChecker(await build({}))
  expect(stderr).toBe('')
  expect(stdout).toBe('7 modules, 0 violations')
  expect(exitCode).toBe(0)
})

type BreachRow = readonly [
  what: string,
  changes: Readonly<Record<string, string>>,
  violation: string,
]

/** Each change breaks one rule; the checker must name the rule and the place. */
const BREACHES: readonly BreachRow[] = [
  [
    'a cycle of folders without a cycle of files',
    { 'packages/gate-kernel/src/run/end.ts': `import '../facts/store.ts'\n` },
    'cycle-of-folders: packages/gate-kernel/src/facts -> packages/gate-kernel/src/run',
  ],
  [
    'a cycle of a folder with its parent',
    {
      'packages/gate-kernel/src/base.ts': `export const base = 1\n`,
      'packages/gate-kernel/src/run/end.ts': `import '../base.ts'\n`,
    },
    'cycle-of-folders: packages/gate-kernel/src -> packages/gate-kernel/src/run',
  ],
  [
    'a cycle of folders by types alone',
    { 'packages/gate-kernel/src/run/end.ts': `import type { store } from '../facts/store.ts'\n` },
    'cycle-of-folders: packages/gate-kernel/src/facts -> packages/gate-kernel/src/run',
  ],
  [
    'a cycle of folders by a re-export',
    { 'packages/gate-kernel/src/run/end.ts': `export * from '../facts/store.ts'\n` },
    'cycle-of-folders: packages/gate-kernel/src/facts -> packages/gate-kernel/src/run',
  ],
  [
    'a cycle of folders by a dynamic import',
    { 'packages/gate-kernel/src/run/end.ts': `export const late = import('../facts/store.ts')\n` },
    'cycle-of-folders: packages/gate-kernel/src/facts -> packages/gate-kernel/src/run',
  ],
  [
    'a cycle of files',
    {
      'packages/gate-kernel/src/run/one.ts': `import './two.ts'\n`,
      'packages/gate-kernel/src/run/two.ts': `import './one.ts'\n`,
    },
    'cycle-of-files: packages/gate-kernel/src/run/one.ts -> packages/gate-kernel/src/run/two.ts',
  ],
  [
    'a dependency that package.json does not name',
    { 'packages/gate-kernel/src/run/end.ts': `import 'undici'\n` },
    'undeclared-dependency: packages/gate-kernel/src/run/end.ts -> undici',
  ],
  [
    'the kernel on a test runner, even a declared one',
    {
      'packages/gate-kernel/package.json': JSON.stringify({
        name: '@canary-gate/gate-kernel',
        dependencies: { zod: '4.0.0', '@canary-gate/programs': '0.2.0', vitest: '5.0.0' },
      }),
      'packages/gate-kernel/src/run/end.ts': `import 'vitest/node'\n`,
    },
    'forbidden-import: packages/gate-kernel/src/run/end.ts -> vitest',
  ],
  [
    'the gate on the engine, by its path',
    { 'gate/02.test.ts': `import '../packages/sync-engine/src/index.ts'\n` },
    'forbidden-import: gate/02.test.ts -> packages/sync-engine/src/index.ts',
  ],
  [
    'the gate on the engine, by its declared name',
    {
      'packages/phase4-gate/package.json': JSON.stringify({
        name: '@canary-gate/phase4-gate',
        dependencies: { '@canary-gate/sync-engine': '0.2.0' },
      }),
      'packages/phase4-gate/src/events.ts': `import '@canary-gate/sync-engine'\n`,
    },
    'forbidden-import: packages/phase4-gate/src/events.ts -> @canary-gate/sync-engine',
  ],
  [
    'the inside of a package that is allowed',
    { 'gate/02.test.ts': `import '../packages/gate-kernel/src/run/begin.ts'\n` },
    'inside-of-another-package: gate/02.test.ts -> packages/gate-kernel/src/run/begin.ts',
  ],
  [
    'a package on the folder of another package',
    { 'packages/sync-engine/src/more.ts': `import '../../../specs/spec.ts'\n` },
    'forbidden-import: packages/sync-engine/src/more.ts -> specs/spec.ts',
  ],
  [
    'a second copy of a requirement',
    {
      'gate/01.test.ts': `export const title = 'both blockers are closed before any later step'\n`,
    },
    'copied-requirement: gate/01.test.ts -> both blockers are closed before any later step',
  ],
]

for (const [what, changes, line] of BREACHES)
  spec('GATE/C-008', `the dependency rules refuse ${what}`, async () => {
    const { violations } = checkTree(await build(changes))
    expect(violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`)).toEqual([line])
  })

spec('GATE/C-008', 'a violation ends the checker with an error that names it', async () => {
  const [[, changes, line]] = BREACHES as [BreachRow]
  const { exitCode, stderr } = await runChecker(await build(changes))
  expect(stderr).toBe(line)
  expect(exitCode).toBe(1)
})

spec('GATE/C-008', 'a tree in which nothing could be read does not pass', async () => {
  const root = await mkdtemp(join(tmpdir(), 'empty-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const { exitCode, stderr } = await runChecker(root)
  expect(stderr).toContain('only 0 modules were read')
  expect(exitCode).toBe(1)
})

spec('GATE/C-008', "the contributors' map names each package and what it may import", async () => {
  const map = await readFile(join(import.meta.dirname, '../../CONTRIBUTING.md'), 'utf8')
  const row = /^\| `(?:packages\/)?(?<name>[\w-]+)\/?` *\|[^|]*\|(?<imports>[^|]*)\|$/gm
  const rows = [...map.matchAll(row)].map(({ groups = {} }): [string, string[]] => [
    groups['name'] ?? '',
    (groups['imports'] ?? '').trim().split(', ').filter(Boolean),
  ])
  const named = Object.fromEntries(rows.filter(([, [first]]) => first !== 'all of these'))
  expect(named).toEqual(PACKAGES)
})
