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

/** The folders of the checkout, and what was one. */
const place =
  /`((?:\.config|\.github|docs|fixtures|gate|packages|release|reporters|specs|src)\/[\w./-]*)`/g

spec('GATE/FR-010', 'every place in the checkout that a document names exists', async () => {
  const missing: string[] = []
  const packages = await readdir(join(root, 'packages'))
  const readmes = packages.map((name) => join('packages', name, 'README.md'))
  let seen = 0
  // One tells of places that are gone, the other of those that a reader makes.
  const elsewhere = ['CHANGELOG.md', join('docs', 'your-own-gate.md')]
  const present = (await documents()).filter((name) => !elsewhere.includes(name))
  for (const document of [...present, ...readmes]) {
    const text = await readFile(join(root, document), 'utf8')
    for (const [, named = ''] of text.matchAll(place)) {
      seen += 1
      await access(join(root, named)).catch(() => missing.push(`${document}: ${named}`))
    }
  }
  expect(missing).toEqual([])
  expect(seen).toBeGreaterThan(10)
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

/** What a reader of these documents has, or is told to install. */
const tools = new Set([
  ...[
    'npm',
    'npx',
    'node',
    'git',
    'cd',
    'mkdir',
    'cp',
    'cat',
    'export',
    'curl',
    'jq',
    'openssl',
    'gh',
  ],
  ...['sha256sum', 'spec-kitty', 'spec-kitty-hub', 'psql', 'pg_dump', 'pg_restore', 'docker'],
])

/** What keeps a block of commands from being pasted as it is. */
async function obstacles(block: string): Promise<string[]> {
  const { exitCode, stderr } = await execa('bash', ['-n'], { input: block, reject: false })
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n')
  const commands = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return [
    ...(exitCode === 0 ? [] : [stderr]),
    ...commands.flatMap((line) => [
      ...(tools.has(line.trim().split(' ')[0] ?? '') ? [] : [`not a known tool: ${line}`]),
      ...(/<[a-z]|…|\.\.\.(?![A-Z/])/.test(line) ? [`something to fill in: ${line}`] : []),
      ...(/\S {2,}[^\s|&]/.test(line.replaceAll(/'[^']*'|"[^"]*"/g, 'x'))
        ? [`words behind the command: ${line}`]
        : []),
    ]),
  ]
}

spec(
  'GATE/FR-011',
  'a block of commands can be pasted as it is, and is marked as one',
  async () => {
    const packages = await readdir(join(root, 'packages'))
    const readmes = packages.map((name) => join('packages', name, 'README.md'))
    const wrong: string[] = []
    let seen = 0
    for (const document of [...(await documents()), ...readmes]) {
      const text = await readFile(join(root, document), 'utf8')
      for (const [, language = '', block = ''] of text.matchAll(/^```(\w*)\n(.*?)^```/gms)) {
        // The page of the commands shows how each is called, with everything that it takes.
        const isUsage = document === join('docs', 'cli.md')
        if (language === '' && !isUsage && /^(?:npx|npm|git|canary-gate|spec-kitty) /m.test(block))
          wrong.push(`${document}: not marked as sh: ${block}`)
        if (language !== 'sh') continue
        seen += 1
        wrong.push(...(await obstacles(block)).map((what) => `${document}: ${what}`))
      }
    }
    expect(wrong).toEqual([])
    expect(seen).toBeGreaterThan(20)
    expect((await obstacles('npx canary-gate run <folder>   runs it\n')).length).toBe(2)
  },
)

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
