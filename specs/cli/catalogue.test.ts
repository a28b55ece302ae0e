import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { CATALOGUE } from '../../packages/spec-kitty/src/catalogue/index.ts'
import { manual } from '../../packages/spec-kitty/src/manual.ts'
import { VERSION } from '../../packages/spec-kitty/src/command/version.ts'
import { spec } from '../spec.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SHOWN = CATALOGUE.filter(({ hidden }) => hidden !== true)

function sourcesBelow(...folders: string[]): [string, string][] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path): [string, string] => [path, readFileSync(join(ROOT, folder, path), 'utf8')]),
  )
}

/** Whether the words begin with a command, or with a group of commands. */
function isCommand(words: readonly string[]): boolean {
  return CATALOGUE.some(({ path }) => path.every((word, at) => words[at] === word))
}

spec(
  ['SYNC/T077', 'BOUNDARY/FR-010'],
  'every command that any message names exists, with every option it names',
  () => {
    const named = sourcesBelow('packages/sync-engine/src', 'packages/spec-kitty/src').flatMap(
      ([path, text]) =>
        [
          ...text.matchAll(
            /spec-kitty ((?:auth|agent|sync|doctor|completion)(?: [a-z-]+)*(?: --[a-z-]+)*)/g,
          ),
        ].map((match): [string, string] => [path, match[1] ?? '']),
    )
    expect(named.length).toBeGreaterThan(30)
    for (const [path, line] of named) {
      const words = line.split(' ')
      expect(isCommand(words) || words.length <= 2, `${path}: ${line}`).toBe(true)
      const command = CATALOGUE.find(({ path: own }) => own.every((word, at) => words[at] === word))
      const flags = (command?.options ?? []).flatMap(({ flags: notation }) =>
        notation.split(/[ ,]+/),
      )
      for (const option of words.filter((word) => word.startsWith('--')))
        expect([path, line, [...flags, '--help']]).toEqual([
          path,
          line,
          expect.arrayContaining([option]),
        ])
    }
  },
)

spec('SYNC/T076', 'no command, option or file of the program speaks of features', () => {
  const words = SHOWN.flatMap(({ path, options = [], args = [] }) => [
    ...path,
    ...options.map(({ flags }) => flags),
    ...args.map(({ name }) => name),
  ])
  expect(words.filter((word) => /feature/i.test(word))).toEqual([])
  expect(manual(CATALOGUE)).not.toMatch(/feature/i)
})

spec(
  'SYNC/T077',
  'every command explains itself with examples of its own and its exit codes',
  async () => {
    await using world = cliWorld()
    for (const { path, examples, summary } of SHOWN) {
      const help = await world.call(`${path.join(' ')} --help`)
      expect(help.code).toBe(0)
      expect(help.out).toContain(summary)
      expect(help.out).toContain('Exit codes:')
      expect(examples.length).toBeGreaterThan(0)
      for (const { command } of examples)
        expect(command.startsWith(`spec-kitty ${path.join(' ')}`)).toBe(true)
    }
  },
)

spec('SYNC/T077', 'docs/cli.md is what the definitions say', () => {
  expect(readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8')).toBe(manual(CATALOGUE))
})

spec('SYNC/T077', 'the version is that of the package', async () => {
  await using world = cliWorld()
  const { version } = JSON.parse(
    readFileSync(join(ROOT, 'packages', 'spec-kitty', 'package.json'), 'utf8'),
  ) as {
    version: string
  }
  expect(VERSION).toBe(version)
  const printed = await world.run('--version')
  expect([printed.code, printed.out.trim()]).toEqual([0, version])
})

spec('SYNC/T077', 'a wrong command line ends with 64 and says what is wrong', async () => {
  await using world = cliWorld()
  for (const line of [
    'sync nonsense',
    'sync status --nonsense',
    'agent tasks move-task',
    'sync import',
    '',
  ]) {
    const refused = await world.call(line)
    expect([line, refused.code]).toEqual([line, 64])
    expect(refused.err.length).toBeGreaterThan(0)
  }
})

spec(['BOUNDARY/C-004'], 'engine and command line need no more than these packages', () => {
  const allowed = ['better-sqlite3', 'commander', 'oauth4webapi', 'smol-toml', 'ulid', 'undici']
  const imported = sourcesBelow('packages/sync-engine/src', 'packages/spec-kitty/src').flatMap(
    ([, text]) =>
      [...text.matchAll(/(?:from|import\() ?'([^'.][^']*)'/g)].map((match) => match[1] ?? ''),
  )
  const packages = new Set(
    imported.filter(
      (name) =>
        !name.startsWith('node:') &&
        !builtinModules.includes(name) &&
        !name.startsWith('@canary-gate/'),
    ),
  )
  expect([...packages].sort()).toEqual(allowed)
})

spec(
  'BOUNDARY/C-003',
  'nothing of other repositories is carried along, patched or put in the place of theirs',
  () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object
    expect(manifest).toMatchObject({ workspaces: ['packages/*', 'reporters'] })
    expect(Object.keys(manifest).filter((key) => /^(overrides|patched)/.test(key))).toEqual([])
    const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
    expect(lock).not.toMatch(/"resolved": "(?:git|file|ssh)|spec-kitty-(?:events|saas)/)
    expect(existsSync(join(ROOT, '.gitmodules'))).toBe(false)
  },
)

spec(
  ['BOUNDARY/NFR-001', 'BOUNDARY/C-002'],
  'no spec reads or writes the home of whoever runs it',
  () => {
    const own = new RegExp(['homedir\\(', 'userHome', String.raw`process\.env\['HOME'\]`].join('|'))
    const offenders = sourcesBelow('specs', join('fixtures', 'cli')).filter(([, text]) =>
      own.test(text),
    )
    expect(
      offenders.map(([path]) => path).filter((path) => !path.endsWith('catalogue.test.ts')),
    ).toEqual([])
  },
)

spec(['BOUNDARY/NFR-002'], 'no spec of engine and boundary is switched off', () => {
  const off = new RegExp(
    String.raw`\b(spec|test|describe|it)\.(skip|only|todo|fails)\b|context\.skip\((?!'[^']* needs(?: root|: a terminal)'\))`,
  )
  const named = sourcesBelow('specs').filter(([, text]) => /'(?:BOUNDARY|SYNC)\//.test(text))
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(([, text]) => off.test(text)).map(([path]) => path)).toEqual([])
})
