import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { indexOfPip } from '../../packages/phase4-gate/src/candidates/pip-index.ts'
import { GateStop } from '../../packages/gate-kernel/src/stop/verdict.ts'
import { spec } from '../spec.ts'

const shell = '/bin/sh'

/** What each command of a stand-in pip prints; one that is not named fails. */
type Printed = Readonly<Record<string, string>>

const help = `
Package Index Options:
  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://brought.example/simple). This should point to a
                              repository compliant with PEP 503 (the simple repository API)
  --extra-index-url <url>     Extra URLs of package indexes (default https://extra.example/simple)
`

/** Folder with a program of that name; the only one on the PATH that the gate is given. */
async function folderWith(name: string, printed: Printed): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'pip-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const cases = Object.entries(printed).map(
    ([words, text]) => `  "${words}") printf '%s' '${text.replaceAll("'", `'\\''`)}' ;;`,
  )
  const script = [`#!${shell}`, 'case "$*" in', ...cases, '  *) exit 2 ;;', 'esac']
  await writeFile(join(folder, name), `${script.join('\n')}\n`)
  await chmod(join(folder, name), 0o755)
  return { PATH: folder }
}

spec(
  'GATE/FR-003',
  'without --index, the index is the one that pip is configured for',
  async () => {
    const listing = [
      "global.index-url='https://global.example/simple'",
      "global.timeout='60'",
      "install.index-url='https://mirror.example/root/simple/'",
      '',
    ].join('\n')
    const environment = await folderWith('pip', { 'config list': listing, 'install --help': help })
    expect(await indexOfPip(environment)).toBe('https://mirror.example/root')
  },
)

spec('GATE/FR-003', 'PIP_INDEX_URL goes before every configuration file', async () => {
  const listing = "global.index-url='https://global.example/simple'\n"
  const environment = await folderWith('pip', { 'config list': listing })
  const set = { ...environment, PIP_INDEX_URL: 'https://variable.example/simple' }
  expect(await indexOfPip(set)).toBe('https://variable.example')
})

for (const [name, before] of [
  ['pip', ''],
  ['pip3', ''],
  ['python3', '-m pip '],
] as const)
  spec('GATE/FR-003', `where nothing is configured, ${name} names its own index`, async () => {
    const environment = await folderWith(name, {
      [`${before}config list`]: "global.cert='/etc/ssl/certs'\n",
      [`${before}install --help`]: help,
    })
    expect(await indexOfPip(environment)).toBe('https://brought.example')
  })

spec('GATE/FR-003', 'without any pip the way out is --index, and nothing is guessed', async () => {
  const environment = await folderWith('pip', {})
  const stop: unknown = await indexOfPip(environment).catch((error: unknown) => error)
  expect(stop).toBeInstanceOf(GateStop)
  expect((stop as GateStop).report).toMatchObject({
    code: 'index-unknown',
    verdict: 'inconclusive',
    next: 'name the index with --index <url>',
  })
})
