import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { startFiles } from '../../packages/canary-gate/src/init/files.ts'
import { spec } from '../spec.ts'
import { checkout, typed, withProject } from './start.ts'

const page = await readFile(join(checkout, 'docs', 'your-own-gate.md'), 'utf8')

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

spec('GATE/FR-008', 'the page shows every file that init writes, as it writes it', () => {
  for (const [path, text] of Object.entries(startFiles)) expect(shownFile(path), path).toBe(text)
})

spec(
  ['GATE/FR-008', 'GATE/FR-010'],
  'the commands of the page lead from an empty folder to a gate that releases and holds',
  async () => {
    await withProject({}, async (folder) => {
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
