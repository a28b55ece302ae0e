import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Gate } from '../definition/gate.ts'
import { requirementSchema } from '../evidence/run-evidence.ts'
import { readOwn } from '../evidence/read-own.ts'
import type { RunVerdict } from '../report/run-verdict.ts'
import { gateDigest } from '../resume/gate-digest.ts'
import { worldDigest } from '../resume/record.ts'
import { inconclusive } from '../stop/verdict.ts'

const schema = z.strictObject({
  startedAt: z.iso.datetime(),
  /** Digest of the gate that proved it, and of the world in which it did. */
  gateSha256: z.string().optional(),
  worldSha256: z.string().optional(),
  requirements: z.array(requirementSchema),
})

/** `<run folder>/judgement.json`: proof that everything passed, written before the publication. */
export type PassedRun = z.infer<typeof schema>

/**
 * Records that a run may be published. Written before the first request leaves, so that a process
 * that dies in the middle of the publication leaves what is needed to complete it.
 */
export async function recordPassed(
  runFolder: string,
  verdict: RunVerdict,
  startedAt: Date,
  gateSha256: string,
): Promise<void> {
  const worldSha256 = await worldDigest(runFolder)
  const { requirements } = verdict
  const passed = { startedAt: startedAt.toISOString(), gateSha256, worldSha256, requirements }
  await writeFile(fileOf(runFolder), `${JSON.stringify(passed, null, 2)}\n`, { flag: 'wx' })
}

/**
 * The verdict on a run that may be published, or undefined for any other run.
 *
 * @throws GateStop of the environment where it is there and cannot be read
 */
export async function readPassed(gate: Gate, runFolder: string): Promise<PassedRun | undefined> {
  const passed = await readOwn(schema, fileOf(runFolder))
  if (passed === undefined) return undefined
  const isWhole = isDeepStrictEqual(
    passed.requirements.map(({ id }) => id),
    [...gate.order],
  )
  const isPassed = passed.requirements.every((result) => result.verdict === 'pass')
  return isWhole && isPassed ? passed : undefined
}

/**
 * What was proven by another gate, or in another world, is not completed by this one: the evidence would
 * name a gate that has proven nothing.
 *
 * @returns the digest of the gate
 * @throws GateStop of the environment
 */
export async function requireSameGate(
  gate: Gate,
  runFolder: string,
  { gateSha256, worldSha256 }: PassedRun,
): Promise<string> {
  const now = await gateDigest(gate)
  const changed = [
    ...(gateSha256 === now ? [] : ['the gate']),
    ...(worldSha256 === (await worldDigest(runFolder)) ? [] : ['the world of the run']),
  ]
  if (changed.length === 0) return now
  throw inconclusive({
    code: 'gate-changed',
    cause: 'environment',
    what: `${changed.join(' and ')} was changed after everything had passed`,
    where: fileOf(runFolder),
    next: 'complete the publication with the checkout and the packages that proved it, or run the whole gate again; what was published already is found again',
    command: ['run'],
  })
}

function fileOf(runFolder: string): string {
  return join(runFolder, 'judgement.json')
}
