import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  blocked,
  failed,
  type GitHub,
  inconclusive,
  openGitHub,
  recordWrites,
  sha256Of,
  sha256OfFile,
} from '@canary-gate/gate-kernel'
import { z } from 'zod'
import type { Candidate, Run } from './facts.ts'
import { unpackTarball } from './tarball.ts'

/** The issue of releases: the one thing on GitHub that this gate may write to, and only a comment. */
export const RELEASES = 1

export function githubOf({ world, folder }: Run): Promise<GitHub> {
  const targets = { [RELEASES]: { repository: 'project', mayBecome: null } } as const
  return openGitHub(world.github, targets, process.env, { record: recordWrites(folder) })
}

/** Folder of an unpacked tarball. */
export function unpacked(run: Run, name: string): string {
  return join(run.folder, 'workspace', 'unpacked', name)
}

const manifestSchema = z.looseObject({ name: z.string(), version: z.string() })

/** RELEASE/FR-001 */
export async function verifyCandidate(run: Run): Promise<void> {
  const { tag, tarballs } = run.world
  const { commit } = await (await githubOf(run)).tag('project', tag)
  const files = (await readdir(tarballs)).filter((name) => name.endsWith('.tgz')).sort()
  const version = tag.slice(1)
  const packages: Candidate['packages'] = []
  for (const file of files) {
    const manifest = await unpack(run, file)
    if (manifest.version !== version) throw otherVersion(file, manifest.version, tag)
    await refusePublished(run, manifest.name, version)
    const sha256 = await sha256OfFile(join(tarballs, file))
    packages.push({ name: manifest.name, file, sha256 })
  }
  if (packages.length === 0) throw nothingPacked(tarballs)
  const sha256 = sha256Of(packages.map((one) => `${one.sha256}  ${one.file}\n`).join(''))
  await run.facts.write('candidate', { tag, version, commit, sha256, packages })
}

async function unpack(run: Run, file: string): Promise<z.infer<typeof manifestSchema>> {
  const tarball = join(run.world.tarballs, file)
  const place = join(run.folder, 'workspace', 'unpacked', `.${file}`)
  await mkdir(place, { recursive: true })
  try {
    await unpackTarball(tarball, place)
    const text = await readFile(join(place, 'package.json'), 'utf8')
    const manifest = manifestSchema.parse(JSON.parse(text))
    await mkdir(dirname(unpacked(run, manifest.name)), { recursive: true })
    await rename(place, unpacked(run, manifest.name))
    return manifest
  } catch (cause) {
    throw failed(
      {
        ...{ code: 'tarball-unreadable', where: tarball },
        what: `${file} is not a package that can be unpacked`,
        next: 'pack again: npm run pack',
      },
      { cause },
    )
  }
}

/** A version is published once: what is there already is not replaced. */
async function refusePublished(run: Run, name: string, version: string): Promise<void> {
  const url = new URL(name.replace('/', '%2f'), run.world.registry).href
  const answer = await fetch(url).catch(() => undefined)
  if (answer?.status === 404) return
  const known = z
    .looseObject({ versions: z.record(z.string(), z.unknown()) })
    .safeParse(answer?.ok === true ? await answer.json() : undefined)
  if (!known.success)
    throw inconclusive({
      ...{ code: 'registry-unreachable', cause: 'environment', where: url },
      what: `the registry does not say which versions of ${name} there are`,
      next: 'see that it runs, and run the gate again',
    })
  if (!(version in known.data.versions)) return
  throw blocked({
    ...{ code: 'version-published', cause: 'product', where: url },
    what: `${name} ${version} is published already`,
    next: 'give the release a new version, pack and tag it',
  })
}

const otherVersion = (file: string, version: string, tag: string): Error =>
  failed({
    ...{ code: 'version-differs', where: file },
    what: `the tarball has version ${version}, the tag is ${tag}`,
    next: 'pack what was tagged: npm run pack',
  })

const nothingPacked = (folder: string): Error =>
  inconclusive({
    ...{ code: 'nothing-packed', where: folder },
    what: 'there is no tarball',
    next: 'pack the packages: npm run pack',
  })
