import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Gate } from '../definition/gate.ts'
import { requirementSchema } from '../evidence/run-evidence.ts'
import type { RunVerdict } from '../report/run-verdict.ts'

const schema = z.strictObject({
  startedAt: z.iso.datetime(),
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
): Promise<void> {
  const passed = { startedAt: startedAt.toISOString(), requirements: verdict.requirements }
  await writeFile(fileOf(runFolder), `${JSON.stringify(passed, null, 2)}\n`, { flag: 'wx' })
}

/** The verdict on a run that may be published, or undefined for any other run. */
export async function readPassed(gate: Gate, runFolder: string): Promise<PassedRun | undefined> {
  const text = await readFile(fileOf(runFolder), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const passed = schema.parse(JSON.parse(text))
  const isWhole = isDeepStrictEqual(
    passed.requirements.map(({ id }) => id),
    [...gate.order],
  )
  const isPassed = passed.requirements.every((result) => result.verdict === 'pass')
  return isWhole && isPassed ? passed : undefined
}

function fileOf(runFolder: string): string {
  return join(runFolder, 'judgement.json')
}
