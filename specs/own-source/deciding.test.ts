import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { expect } from 'vitest'
import { gate } from '../../gate/gate.ts'
import { ownPackages } from '../../packages/gate-kernel/src/resume/own-packages.ts'
import { gate as ofRelease } from '../../release/gate.ts'
import { spec } from '../spec.ts'

const { root } = gate

/** Every file of this checkout that one of these loads, by its imports, or by what they load in turn. */
function loadedBy(first: readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [...first]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'))
    const own = importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    waiting.push(...own.map(({ fileName }) => resolve(dirname(file), fileName)))
  }
  return found
}

for (const { folder, sources, title } of [gate, ofRelease])
  spec(
    'GATE/FR-008',
    `the digest of a gate covers each file that its configuration and its tests load: ${title}`,
    async () => {
      const tests = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(root, folder, name))
      const setUp = join(root, 'fixtures', folder === 'gate' ? 'rehearsal' : 'release-world')
      const own = await ownPackages(root)
      const covered = [
        ...[folder, ...sources].map((path) => join(root, path)),
        ...own.map((one) => realpathSync(one.folder ?? '')),
      ]
      const loaded = loadedBy([
        ...[join(root, 'vitest.config.ts'), join(setUp, 'global-setup.ts')],
        // Loaded where they are there, by names that are put together.
        ...['release/gate.ts', 'specs/register.ts'].map((path) => join(root, path)),
        ...tests,
      ])
      const missing = [...loaded].filter(
        (file) => !covered.some((path) => file === path || file.startsWith(`${path}/`)),
      )
      expect(missing.map((file) => relative(root, file))).toStrictEqual([])
      expect(loaded.size).toBeGreaterThan(40)
      for (const path of sources) expect(existsSync(join(root, path)), path).toBe(true)
    },
  )
