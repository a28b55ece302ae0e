import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { expect, onTestFinished } from 'vitest'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { loadWorld } from '../../packages/phase4-gate/src/live-config/load.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'
import { spec } from '../spec.ts'

async function fileWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'live-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

async function problemWith(change: (world: Record<string, unknown>) => void): Promise<string> {
  const world = structuredClone(exampleWorld) as unknown as Record<string, unknown>
  change(world)
  const file = await fileWith('live.json', JSON.stringify(world))
  return loadWorld(file).then(
    () => '',
    (error: unknown) => String(error),
  )
}

spec(
  'GATE/C-008',
  'the documented example is the example the errors quote, and it loads',
  async () => {
    const file = join(import.meta.dirname, '..', '..', 'docs', 'example.live.toml')
    expect(parse(await readFile(file, 'utf8'))).toEqual(parse(stringify(exampleWorld)))
    expect(await loadWorld(file)).toEqual(worldSchema.parse(exampleWorld))
  },
)

spec('GATE/C-008', 'TOML and JSON of the same world are the same world', async () => {
  const toml = await loadWorld(await fileWith('live.toml', stringify(exampleWorld)))
  const json = await loadWorld(await fileWith('live.json', JSON.stringify(exampleWorld)))
  expect(toml).toEqual(json)
})

spec('GATE/C-008', 'every wrong key is named at once, with what to write there', async () => {
  const problem = await problemWith((world) => {
    delete world['workspace']
    world['service'] = { url: 'not a url' }
    world['github'] = { ...(world['github'] as object), apiURL: 'https://x.example' }
  })
  expect(problem).toContain('3 wrong keys')
  expect(problem).toContain(
    `workspace: is missing; write, for example, "workspace": "${exampleWorld.workspace}"`,
  )
  expect(problem).toContain('service.url: must be an address')
  expect(problem).toContain('github.apiURL: no such key; write apiUrl')
})

spec(
  'GATE/C-008',
  'no key of the example can be left empty or of another type unnoticed',
  async () => {
    const required = ['name', 'workspace', 'checkouts', 'github', 'candidate', 'fixes', 'service']
    for (const key of [...required, 'canary', 'teamspace']) {
      expect(await problemWith((world) => (world[key] = 7)), key).toContain(key)
      expect(await problemWith((world) => Reflect.deleteProperty(world, key)), key).toContain(key)
    }
  },
)

spec(
  'GATE/C-008',
  'a file that is missing, broken or of another form says what to do',
  async () => {
    await expect(loadWorld('/nowhere/live.toml')).rejects.toThrow(/copy docs\/example.live.toml/)
    const broken = await fileWith('live.toml', 'name = [')
    await expect(loadWorld(broken)).rejects.toThrow(/not valid TOML/)
    const other = await fileWith('live.yaml', 'name: live')
    await expect(loadWorld(other)).rejects.toThrow(/\.toml or \.json/)
  },
)

type Table = Record<string, unknown>

/** Path of the key, what somebody wrote there, and what the message must say. */
const slips: readonly (readonly [path: string, written: unknown, says: string])[] = [
  ['github.tokenEnv', `ghp_${'a1'.repeat(18)}`, 'this looks like a token: revoke it'],
  ['github.tokenEnv', '', 'must be the name of an environment variable'],
  ['github.apiUrl', 'http://github.example/api', 'must begin with https://'],
  ['github.apiUrl', 'github.example', 'must be an address that begins with https://'],
  ['github.apiUrl', 'ftp://github.example', 'must be an address that begins with https://'],
  ['candidate.indexUrl', 'https://reader:pass@pypi.example', 'must not hold a login'],
  ['github.repositories.events', 'priivacy-ai/Spec-Kitty', 'is the same as cli'],
  ['github.repositories.cli', 'spec-kitty', 'must be owner/name'],
  ['checkouts.e2e', `${exampleWorld.checkouts.cli}/`, 'is the same as cli'],
  ['checkouts.cli', './spec-kitty', 'must be an absolute path'],
  ['candidate.after', 'rc15', 'must be a version such as 3.2.0rc15'],
  ['candidate.baseline', 'cc5e1ca', 'must be a full commit hash, 40 hex digits'],
  ['candidate.installer.kind', 'pip', 'must be one of pipx, uv; write'],
  ['candidate.installer.command', 'pipx', 'must be a list, not a text'],
  ['canary.command', [], 'must not be empty; write'],
  ['canary.command', [''], 'must begin with a program'],
  ['canary.timeoutMs', '1 h', 'must be a number, not a text'],
  ['canary.timeoutMs', 0, 'must be more than 0'],
  ['canary.timeoutMs', 1.5, 'must be a whole number, not a fraction'],
  ['canary.ownSandboxes', 'yes', 'must be true or false, not a text'],
  ['service.historicalRows', -1, 'must be at least 0'],
  ['service', undefined, 'is missing; write the table service with url, '],
  ['service.URL', 'https://x.example', 'no such key; write url'],
  ['service.colour', 'red', 'no such key; remove it'],
  ['name', ' ', 'must not be empty'],
]
for (const [path, written, says] of slips)
  spec(
    'GATE/C-008',
    `${path} = ${JSON.stringify(written ?? null).slice(0, 30)}: ${says}`,
    async () => {
      const problem = await problemWith((world) => {
        const keys = path.split('.')
        let table = world
        for (const key of keys.slice(0, -1)) table = table[key] as Table
        table[keys.at(-1) ?? ''] = written
      })
      expect(problem).toContain(`${path}: `)
      expect(problem).toContain(says)
      expect(problem).toContain('1 wrong key:')
      if (typeof written === 'string' && written.startsWith('ghp_'))
        expect(problem).not.toContain(written)
    },
  )

spec('GATE/C-008', 'a suggestion is written as the file is', async () => {
  const { service, ...rest } = exampleWorld
  const toml = await fileWith('live.toml', stringify({ ...rest, service: { ...service, url: 7 } }))
  await expect(loadWorld(toml)).rejects.toThrow(/url = "https:\/\/[^"]+" below \[service\]/)
})
