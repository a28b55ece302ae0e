import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { strFromU8, unzipSync } from 'fflate'
import { download } from '../candidates/package-index.ts'
import type { DistributionFile, Published } from '../candidates/published.ts'
import { wheelsOf } from '../candidates/judge.ts'
import { sameVersion } from '../candidates/version.ts'
import { failed } from '@canary-gate/gate-kernel'
import type { InstalledDistribution } from './place.ts'
import { parseRecord } from './record.ts'

/**
 * Proves that what is installed is a wheel that the index serves: the wheel is downloaded, its
 * digest compared with the index, and every file it records must be installed with the same hash. Of
 * several wheels, those for other platforms among them, it is the one whose files are installed.
 *
 * @returns SHA-256 of that wheel, hex
 * @throws failed stop when index, wheel and installation do not agree
 */
export async function matchDistribution(
  installed: InstalledDistribution,
  version: string,
  published: Published,
): Promise<string> {
  const files = [...published].flatMap(([other, some]) => (sameVersion(other, version) ? some : []))
  const isMeant = (wheel: DistributionFile): boolean => isFor(wheel.filename, installed.tags)
  const wheels = wheelsOf(files).toSorted(
    (one, other) => Number(isMeant(other)) - Number(isMeant(one)),
  )
  if (wheels.length === 0)
    throw mismatch('wheel-missing', `the index has no wheel of ${version}`, installed.distInfo)
  let nearest: readonly string[] | undefined
  for (const wheel of wheels) {
    const { digest, differing } = await compare(wheel, installed)
    if (differing.length === 0) return digest
    nearest ??= differing
  }
  const differing = nearest ?? []
  throw mismatch(
    'installed-files-differ',
    `${differing.length} installed file(s) are not those of the wheel: ${differing.slice(0, 5).join(', ')}`,
    installed.distInfo,
    differing,
  )
}

/** Whether the name of a wheel has each of these tags: `cp311.cp312-abi3-any` has `cp311-abi3-any`. */
function isFor(filename: string, tags: readonly string[]): boolean {
  const named = filename
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3)
  return tags.every((tag) =>
    tag.split('-').every((part, place) => named[place]?.split('.').includes(part)),
  )
}

async function compare(
  wheel: DistributionFile,
  installed: InstalledDistribution,
): Promise<{ digest: string; differing: readonly string[] }> {
  const bytes = await download(wheel)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== wheel.digests.sha256)
    throw mismatch(
      'wheel-digest',
      `the index names digest ${wheel.digests.sha256} for the wheel, its bytes have ${digest}`,
      wheel.url,
    )
  return { digest, differing: await differences(bytes, installed) }
}

async function differences(wheel: Uint8Array, installed: InstalledDistribution): Promise<string[]> {
  // What a wheel brings of other distributions has a record of its own, deeper inside.
  const entries = unzipSync(wheel, {
    filter: ({ name }) => /^[^/]+\.dist-info\/RECORD$/.test(name),
  })
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
