import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { startFiles } from '../../packages/canary-gate/src/init/files.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const modules = join(root, 'node_modules')
const page = await readFile(join(root, 'docs', 'your-own-gate.md'), 'utf8')

/** The blocks of the page in a language, as they are. */
function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')
  return [...page.matchAll(pattern)].map(([, text = '']) => text)
}

/** The block behind the line that names its file. */
function shownFile(path: string): string | undefined {
  const [, after] = page.split(`\`${path}\`:\n\n\`\`\`ts\n`)
  return after?.slice(0, after.indexOf('```'))
}

/** A project as the page asks for, with the packages linked instead of installed. */
async function withProject(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'own-start-'))
  try {
    await symlink(modules, join(folder, 'node_modules'))
    const manifest = { name: 'my-project', version: '1.2.0', type: 'module' }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'CHANGELOG.md'), '# Changes\n\n## 1.2.0\n\nThe first.\n')
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function typed(folder: string, commands: string): Promise<{ code?: number; output: string }> {
  const { HOME = folder, PATH = '' } = process.env
  const env = { HOME, PATH: `${join(modules, '.bin')}${delimiter}${PATH}`, NO_COLOR: '1' }
  const options = { cwd: folder, env, extendEnv: false, reject: false, all: true } as const
  const { exitCode, all } = await execa('sh', ['-ec', commands], { ...options, stdin: 'ignore' })
  return { ...(exitCode !== undefined && { code: exitCode }), output: all }
}

spec('GATE/FR-008', 'the page shows every file that init writes, as it writes it', () => {
  for (const [path, text] of Object.entries(startFiles)) expect(shownFile(path), path).toBe(text)
})

spec(
  ['GATE/FR-008', 'GATE/FR-010'],
  'the commands of the page lead from an empty folder to a gate that releases and holds',
  async () => {
    await withProject(async (folder) => {
      const [install = '', init = '', first = '', held = '', added = '', ...others] = blocks('sh')
      expect(install).toContain('npm install')
      expect(others).toEqual([])
      const written = await typed(folder, init)
      expect(written, written.output).toMatchObject({ code: 0 })
      const again = await typed(folder, init)
      expect(again.code, again.output).toBe(2)
      expect(again.output).toContain('already has gate/gate.ts')

      const released = await typed(folder, first)
      expect(released.output).toContain('RELEASE  2 of 2 requirements passed')
      expect(released.code).toBe(0)

      const stopped = await typed(folder, held)
      expect(stopped.output).toContain('Stopped at  RELEASE/FR-002 (fail, changelog-missing)')
      expect(stopped.output).toMatch(/held\n?$/)

      await addRequirement(folder)
      const longer = await typed(folder, added)
      expect(longer.output).toContain('RELEASE  3 of 3 requirements passed')
      expect(longer.code).toBe(0)
    })
  },
)

/** Touches the two places that the page names: the table and a test file. */
async function addRequirement(folder: string): Promise<void> {
  const [row = ''] = blocks('ts row')
  const table = join(folder, 'gate', 'gate.ts')
  const text = await readFile(table, 'utf8')
  const end = text.lastIndexOf('  ],\n})')
  await writeFile(table, `${text.slice(0, end)}${row}${text.slice(end)}`)
  const path = 'gate/FR-003-licence.test.ts'
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), shownFile(path) ?? '')
}
