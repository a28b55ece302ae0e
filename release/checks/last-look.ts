import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { blocked, inconclusive, type LastLook, sha256Of } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { githubOf } from './candidate.ts'
import { bodyOf, requireOpen } from './comment.ts'
import type { facts, Run } from './facts.ts'
import { verifyExports } from './exports.ts'
import { verifyProvenance } from './provenance.ts'
import { verifyBenchmarks, verifyMatrix } from './records.ts'

type Id = `RELEASE/${string}`

/**
 * What a release rests on and that may change while it is proven: tarballs and tag, what was installed of
 * them, the documents that name them, and the comment. Files of the gate are held by its digest.
 */
export const lastLook = [
  look('RELEASE/FR-001', 'the tag and the tarballs', requireSameCandidate),
  look('RELEASE/FR-002', 'the provenance statement', unchanged('provenance', verifyProvenance)),
  look('RELEASE/FR-003', 'exports and changelog', verifyExports),
  look('RELEASE/NFR-001', 'the benchmarks', unchanged('benchmarks', verifyBenchmarks)),
  look('RELEASE/NFR-002', 'the fault matrix', unchanged('matrix', verifyMatrix)),
  look('RELEASE/FR-004', 'what was installed is what was packed', requireTriedTarballs),
  look('RELEASE/FR-006', 'what the comment says', requireSameComment),
] as const satisfies readonly LastLook<Run, Id>[]

function look<const At extends Id>(
  requirement: At,
  what: string,
  again: (run: Run) => Promise<void>,
): LastLook<Run, At> {
  return { requirement, what, look: again }
}

/** RELEASE/FR-001 once more: no tarball was exchanged, added or removed, and the tag is where it was. */
async function requireSameCandidate(run: Run): Promise<void> {
  const { tag, commit, packages } = await run.facts.read('candidate')
  const now = await (await githubOf(run)).tag('project', tag)
  const names = (await readdir(run.world.tarballs)).filter((name) => name.endsWith('.tgz')).sort()
  const digests = await Promise.all(
    names.map(async (name) => [name, sha256Of(await tarball(run, name))] as const),
  )
  const proven = packages.map(({ file, sha256 }) => [file, sha256] as const)
  const findings = [
    ...(now.commit === commit ? [] : [`${tag} is at ${now.commit}, ${commit} was proven`]),
    ...(isDeepStrictEqual(digests, proven) ? [] : ['the tarballs are others']),
  ]
  if (findings.length > 0) throw changed(findings, run.world.tarballs)
}

function tarball(run: Run, file: string): Promise<Buffer> {
  return readFile(join(run.world.tarballs, file))
}

/** A document that is read again says the same, and not only something that holds as well. */
function unchanged(
  name: keyof typeof facts,
  verify: (run: Run) => Promise<void>,
): (run: Run) => Promise<void> {
  return async (run) => {
    const before = await run.facts.read(name)
    await verify(run)
    const now = await run.facts.read(name)
    if (!isDeepStrictEqual(before, now)) throw changed([`${name}: it says something else`], name)
  }
}

const publishedSchema = z.looseObject({
  versions: z.record(z.string(), z.looseObject({ dist: z.looseObject({ integrity: z.string() }) })),
})

/** RELEASE/FR-004 once more: what the registry of the trial gave out are the bytes that are announced. */
async function requireTriedTarballs(run: Run): Promise<void> {
  const { packages, version } = await run.facts.read('candidate')
  for (const { name, file } of packages) {
    const url = new URL(name.replace('/', '%2f'), run.world.registry).href
    const document: unknown = await fetch(url)
      .then((answer) => answer.json())
      .catch(() => undefined)
    const tried = publishedSchema.safeParse(document).data?.versions[version]?.dist.integrity
    if (tried === undefined)
      throw inconclusive({
        ...{ code: 'registry-unreachable', cause: 'environment', where: url },
        what: `the registry does not say which ${name} ${version} was tried`,
        next: 'see that it runs, and run the gate again',
      })
    const bytes = await tarball(run, file)
    if (tried !== `sha512-${createHash('sha512').update(bytes).digest('base64')}`)
      throw changed([`${file} is not what was installed and started`], url)
  }
}

/** RELEASE/FR-006 once more: the issue takes the comment, and it says what was proven. */
async function requireSameComment(run: Run): Promise<void> {
  await requireOpen(run)
  const { body } = await run.facts.read('comment')
  if (body !== (await bodyOf(run))) throw changed(['the comment is another'], 'comment')
}

const changed = (findings: readonly string[], where: string): Error =>
  blocked({
    ...{ code: 'candidate-changed', cause: 'cannot-tell', where, findings },
    what: `what was proven is not there any more: ${findings.join('; ')}`,
    next: 'find out who changed it, and run the whole gate again',
    command: ['run'],
  })
