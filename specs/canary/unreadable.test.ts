import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { traceOf } from '../../packages/phase4-gate/src/interventions/watched-files.ts'
import { markOf, versionOf } from '../../packages/phase4-gate/src/interventions/databases.ts'
import { findDistribution } from '../../packages/phase4-gate/src/installation/place.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import { tagsOfEarlierRuns } from '../../packages/phase4-gate/src/candidates/earlier-runs.ts'
import { spec } from '../spec.ts'

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unreadable-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A path that is there and cannot be looked at, for whatever user: a link to itself. */
async function unreadable(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await symlink(path, path)
  return path
}

spec(
  ['GATE/FR-008', 'GATE/NFR-001', 'GATE/NFR-004'],
  'what is there and cannot be looked at is never taken for absent',
  async () => {
    const folder = await temporary()
    const looks: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
      ['a trace of a file', traceOf],
      ['a mark of a database', markOf],
      ['a version of a database', versionOf],
      ['installed distributions', (path) => findDistribution(path, 'spec-kitty-cli')],
      ['earlier runs', (path) => tagsOfEarlierRuns(path, () => true)],
    ]
    for (const [place, [what, look]] of looks.entries()) {
      const path = await unreadable(join(folder, String(place), 'there'))
      await expect(look(path), what).rejects.toThrow('ELOOP')
      await expect(look(join(folder, 'absent', String(place))), what).resolves.toBeDefined()
    }
  },
)

spec(
  'GATE/NFR-004',
  'a record that cannot be read stops the look at what was installed',
  async () => {
    const environment = await temporary()
    const packages = join(environment, 'lib', 'python3.12', 'site-packages')
    const distInfo = join(packages, 'spec_kitty_cli-3.2.0.dist-info')
    await mkdir(distInfo, { recursive: true })
    await writeFile(join(distInfo, 'METADATA'), 'Name: spec-kitty-cli\nVersion: 3.2.0\n')
    const [bin, python] = [
      join(environment, 'bin', 'spec-kitty'),
      join(environment, 'bin', 'python'),
    ]
    const places = { bin, python }
    const missing = await verifyRecord(places, 'spec-kitty-cli')
    expect(missing.problems).toEqual(['RECORD is missing or empty, nothing can be verified'])
    await unreadable(join(distInfo, 'RECORD'))
    await expect(verifyRecord(places, 'spec-kitty-cli')).rejects.toThrow('ELOOP')
  },
)
