import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { strFromU8, unzipSync } from 'fflate'
import { download } from '../candidates/package-index.ts'
import type { Published } from '../candidates/published.ts'
import { wheelOf } from '../candidates/judge.ts'
import { sameVersion } from '../candidates/version.ts'
import { failed } from '@canary-gate/gate-kernel'
import type { InstalledDistribution } from './place.ts'
import { parseRecord } from './record.ts'

/**
 * Proves that what is installed is the wheel that the index serves: the wheel is downloaded, its
 * digest compared with the index, and every file it records must be installed with the same hash.
 *
 * @returns SHA-256 of the wheel, hex
 * @throws failed stop when index, wheel and installation do not agree
 */
export async function matchDistribution(
  installed: InstalledDistribution,
  version: string,
  published: Published,
): Promise<string> {
  const files = [...published].find(([other]) => sameVersion(other, version))?.[1] ?? []
  const wheel = wheelOf(files)
  if (wheel === null)
    throw mismatch('wheel-missing', `the index has no wheel of ${version}`, installed.distInfo)
  const bytes = await download(wheel)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== wheel.digests.sha256)
    throw mismatch(
      'wheel-digest',
      `the index names digest ${wheel.digests.sha256} for the wheel, its bytes have ${digest}`,
      wheel.url,
    )
  const differing = await differences(bytes, installed)
  if (differing.length === 0) return digest
  throw mismatch(
    'installed-files-differ',
    `${differing.length} installed file(s) are not those of the wheel: ${differing.slice(0, 5).join(', ')}`,
    installed.distInfo,
    differing,
  )
}

async function differences(wheel: Uint8Array, installed: InstalledDistribution): Promise<string[]> {
  const entries = unzipSync(wheel, { filter: ({ name }) => name.endsWith('.dist-info/RECORD') })
  const expected = parseRecord(
    Object.values(entries)
      .map((data) => strFromU8(data))
      .join(''),
  )
  const actual = parseRecord(
    await readFile(join(installed.distInfo, 'RECORD'), 'utf8').catch(ifAbsent('')),
  )
  const hashes = new Map(actual.map(({ path, hash }) => [path, hash]))
  if (expected.length === 0) return ['RECORD of the wheel']
  return expected
    .filter(({ path, hash }) => hash !== null && hashes.get(path) !== hash)
    .map(({ path }) => path)
}

function mismatch(code: string, what: string, where: string, findings?: readonly string[]): Error {
  return failed({
    code,
    cause: 'cannot-tell',
    what,
    where,
    next: 'do not release this candidate; find out who changed the file, the index or the installation',
    ...(findings === undefined ? {} : { findings }),
  })
}
