import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { contentsOf, packagesOf } from '../../.config/pack/contents.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const programs = ['canary-gate', 'spec-kitty'] as const

/** Makes this Node call itself 20.20.2 before anything else is loaded. */
const PRETEND_OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`

spec('BOUNDARY/C-004', 'what a tarball holds imports nothing that it does not hold', () => {
  const folders = [...packagesOf(root).values()]
  expect(folders.length).toBeGreaterThan(8)
  for (const folder of folders) expect(() => contentsOf(root, folder)).not.toThrow()
})

spec(
  ['GATE/FR-004', 'BOUNDARY/C-004'],
  'on a Node that is too old each program says so in one line',
  async () => {
    for (const name of programs) {
      const program = join(root, 'packages', name, 'bin', `${name}.js`)
      const words = ['--import', PRETEND_OLD, program, '--version']
      const { exitCode, stdout, stderr } = await execa(process.execPath, words, { reject: false })
      expect(exitCode).toBe(69)
      expect(stdout).toBe('')
      expect(stderr).toMatch(
        new RegExp(`^${name}: needs Node 22\\.19 or later, this is 20\\.20\\.2; .+$`),
      )
    }
  },
)

const oldNodes = ['/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path))

spec('GATE/FR-004', 'a really old Node parses the start of each program', async () => {
  for (const node of oldNodes) {
    const { stdout } = await execa(node, ['-p', 'process.versions.node'])
    const isOld = Number(stdout.split('.')[0]) < 22
    for (const name of programs) {
      const program = join(root, 'packages', name, 'bin', `${name}.js`)
      const { exitCode, stderr } = await execa(node, [program, '--version'], { reject: false })
      expect(exitCode, stderr).toBe(isOld ? 69 : 0)
      expect(stderr.split('\n').length).toBe(1)
    }
  }
})

spec('GATE/FR-008', 'Vitest under a Node that is too old ends in one line', async () => {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const words = ['--import', PRETEND_OLD, vitest, 'run', 'gate', '--root', root]
  const { exitCode, stderr } = await execa(process.execPath, words, { reject: false })
  expect(exitCode).toBe(69)
  expect(stderr).toMatch(/^canary-gate: needs Node 22\.19 or later, this is 20\.20\.2; .+$/)
})

spec('GATE/FR-004', 'the oldest Node is the same in every place that names it', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string }
  }
  expect(manifest.engines.node).toBe('>=22.19.0')
  expect(await readFile(join(root, 'README.md'), 'utf8')).toContain('Needs Node 22.19 or later')
})
