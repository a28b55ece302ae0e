// `npm run lint:exports`: every public name that came or went since the last release is in CHANGELOG.md. The
// release gate finds the same in what was packed (RELEASE/FR-003); this reads the sources, in seconds.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { exportsOf, sectionOf, unannounced } from '../release/checks/exports.ts'

const root = resolve(import.meta.dirname, '..')
const manifests = globSync(['packages/*/package.json', 'reporters/package.json'], { cwd: root })

const now: string[] = []
for (const path of manifests.sort()) {
  const { name } = JSON.parse(textOf(path)) as { name: string }
  now.push(...(await exportsOf(name, join(root, dirname(path)))))
}
const { version } = JSON.parse(textOf('package.json')) as { version: string }
const before = textOf('release/exports.txt')
  .split('\n')
  .filter((line) => line !== '')
const findings = unannounced(now, before, sectionOf(textOf('CHANGELOG.md'), version))
for (const finding of findings)
  process.stderr.write(`CHANGELOG.md, section ${version}, does not name as code: ${finding}\n`)
process.stdout.write(`${now.length} public names, ${findings.length} not announced\n`)
process.exitCode = findings.length > 0 || now.length === 0 ? 1 : 0

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
