import { access, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

async function documents(): Promise<string[]> {
  const docs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map((name) => join('docs', name))]
}

spec('GATE/FR-010', 'every link from one document to another leads somewhere', async () => {
  const broken: string[] = []
  for (const document of await documents()) {
    const text = await readFile(join(root, document), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const file = join(root, dirname(document), target)
      await access(file).catch(() => broken.push(`${document}: ${target}`))
    }
  }
  expect(broken).toEqual([])
})

spec('GATE/FR-011', 'every command that a document names exists', async () => {
  const unknown: string[] = []
  const { stdout } = await execa(process.execPath, [program, '--help'])
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name)
  expect(commands.length).toBeGreaterThan(10)
  for (const document of await documents()) {
    const text = await readFile(join(root, document), 'utf8')
    for (const [, command = ''] of text.matchAll(/canary-gate ([a-z][a-z-]+)/g)) {
      if (!commands.includes(command)) unknown.push(`${document}: canary-gate ${command}`)
    }
  }
  expect(unknown).toEqual([])
})

spec('GATE/FR-010', 'every npm script that a document names exists', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const document of await documents()) {
    const text = await readFile(join(root, document), 'utf8')
    for (const [, script = ''] of text.matchAll(/npm run ([a-z:-]+)/g)) {
      expect(Object.keys(manifest.scripts), document).toContain(script)
    }
  }
})
