import { readFile } from 'node:fs/promises'
import {
  AttestationProblem,
  failed,
  openEnvelope,
  readVerifyingKey,
} from '@canary-gate/gate-kernel'
import { z } from 'zod'
import type { Candidate, Run } from './facts.ts'

const statementSchema = z.looseObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.looseObject({
    buildDefinition: z.looseObject({
      resolvedDependencies: z.array(z.looseObject({ digest: z.object({ gitCommit: z.string() }) })),
    }),
  }),
})

/** RELEASE/FR-002 */
export async function verifyProvenance(run: Run): Promise<void> {
  const candidate = await run.facts.read('candidate')
  const { file } = run.world.provenance
  const statement = await signedStatement(run)
  const findings = differences(statement, candidate)
  if (findings.length > 0) throw unproven(file, findings)
  await run.facts.write('provenance', { commit: candidate.commit, sha256: candidate.sha256 })
}

async function signedStatement(run: Run): Promise<z.infer<typeof statementSchema>> {
  const { file, verifyingKey } = run.world.provenance
  try {
    const key = await readVerifyingKey(verifyingKey)
    const payload = openEnvelope(JSON.parse(await readFile(file, 'utf8')), key, file)
    return statementSchema.parse(JSON.parse(payload.toString('utf8')))
  } catch (cause) {
    const why = cause instanceof AttestationProblem ? cause.message : 'it cannot be read as one'
    throw unproven(file, [why], { cause })
  }
}

/** Each tarball is a subject, each subject a tarball, and the build was of the candidate's commit. */
function differences(
  { subject, predicate }: z.infer<typeof statementSchema>,
  { packages, commit }: Candidate,
): string[] {
  const stated = new Map(subject.map(({ name, digest }) => [name, digest.sha256]))
  const built = predicate.buildDefinition.resolvedDependencies.map(({ digest }) => digest.gitCommit)
  return [
    ...packages.flatMap(({ file, sha256 }) => {
      const known = stated.get(file)
      if (known === undefined) return [`${file} is not named`]
      return known === sha256 ? [] : [`${file} is not the file that was built`]
    }),
    ...[...stated.keys()]
      .filter((name) => packages.every(({ file }) => file !== name))
      .map((name) => `${name} was built and is not there`),
    ...(stated.size === subject.length ? [] : ['a tarball is named twice']),
    ...(built.length === 1 && built[0] === commit
      ? []
      : [`it was built from ${built.join(', ') || 'nothing'}, the tag is at ${commit}`]),
  ]
}

const unproven = (where: string, findings: readonly string[], options?: ErrorOptions): Error =>
  failed(
    {
      ...{ code: 'provenance-differs', cause: 'cannot-tell', where, findings },
      what: `the provenance statement does not prove these tarballs: ${findings.join('; ')}`,
      next: 'pack the tagged commit again and sign what was packed',
    },
    options,
  )
