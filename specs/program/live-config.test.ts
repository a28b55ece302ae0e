import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { expect, onTestFinished } from 'vitest'
import { exampleWorld } from '../../src/gate/live-config/example.ts'
import { loadWorld } from '../../src/gate/live-config/load.ts'
import { worldSchema } from '../../src/gate/world/schema.ts'
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
  expect(problem).toContain(`workspace = "${exampleWorld.workspace}"`)
  expect(problem).toContain('service.url = "https://')
  expect(problem).toContain('github.apiURL: no such key')
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
