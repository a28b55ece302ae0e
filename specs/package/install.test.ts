import { execa } from 'execa'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly gypfile?: boolean }>>
}

/*
 * npm compiles whatever has a binding.gyp, which needs Python and a compiler, even where the package
 * brings its binaries and says so: from a lock file it knows only what stands there. `npm install`
 * writes the entry anew without the word.
 */
spec('GATE/FR-004', 'npm ci compiles nothing: the lock file says so of every binding', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile
  const bindings = readdirSync(join(root, 'node_modules'))
    .map((name) => `node_modules/${name}`)
    .filter((path) => existsSync(join(root, path, 'binding.gyp')))
  expect(bindings).toContain('node_modules/better-sqlite3')
  for (const path of bindings) {
    expect(readdirSync(join(root, path))).toContain('prebuilds')
    expect(lock.packages[path]?.gypfile, `add "gypfile": false to ${path} in the lock file`).toBe(
      false,
    )
  }
})

spec(
  'GATE/FR-004',
  'after npm ci the Node of the checkout is linked, also by an npm that forgot it',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'checkout-'))
    const platform = `node-${process.platform}-${process.arch}`
    await cp(join(root, '.config/link-node.js'), join(folder, '.config/link-node.js'))
    for (const path of ['.bin', `${platform}/bin`])
      await mkdir(join(folder, 'node_modules', path), { recursive: true })
    await writeFile(join(folder, 'node_modules', platform, 'bin/node'), '')
    for (const time of ['first', 'again']) {
      await execa(process.execPath, [join(folder, '.config/link-node.js')])
      const target = await readlink(join(folder, 'node_modules/.bin/node'))
      expect(target, time).toBe(`../${platform}/bin/node`)
    }
    await rm(folder, { recursive: true })
  },
)
