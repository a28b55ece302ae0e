import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readOwn } from '../evidence/read-own.ts'
import type { StopReport } from '../stop/verdict.ts'

const step = z.discriminatedUnion('state', [
  z.object({ state: z.literal('pending') }),
  /** Written to disk before the request leaves: after a crash the step may or may not have happened. */
  z.object({ state: z.literal('started'), at: z.string() }),
  z.object({
    state: z.literal('done'),
    at: z.string(),
    url: z.string(),
    commentId: z.int().nullable(),
    /** Run whose comment counts, where it is not this one: an earlier run of the same candidate. */
    adoptedFrom: z.string().nullable(),
  }),
])
export type StepRecord = z.infer<typeof step>
export type DoneStep = Extract<StepRecord, { state: 'done' }>

const recordSchema = z.object({
  run: z.string(),
  /** Logins under which this run has written or will be recognised. */
  authors: z.array(z.string()),
  /** Addresses of comments that carry our marker under a foreign name. */
  planted: z.array(z.string()),
  /** By name of the step, in the order of the gate's table. */
  steps: z.record(z.string(), step),
  /** The step that is under way, or was when the publication broke. */
  at: z.string().nullable(),
  outcome: z.enum(['under-way', 'complete', 'broken']),
  stop: z.custom<StopReport>().nullable(),
})

/** How far the publication of a run has come: `<run folder>/publication.json`. */
export type PublicationRecord = z.infer<typeof recordSchema>

const recordFile = (runFolder: string): string => join(runFolder, 'publication.json')

const pending = { state: 'pending' } as const

export const emptyRecord = (run: string, names: readonly string[]): PublicationRecord => ({
  run,
  authors: [],
  planted: [],
  steps: Object.fromEntries(names.map((name) => [name, pending])),
  at: null,
  outcome: 'under-way',
  stop: null,
})

/**
 * Reads the record of a run, or null if nothing of it was ever published.
 *
 * @throws GateStop of the environment where it is there and cannot be read
 */
export async function readRecord(runFolder: string): Promise<PublicationRecord | null> {
  return (await readOwn(recordSchema, recordFile(runFolder))) ?? null
}

/** Replaces the record in one step and waits until it is on the disk. */
export async function saveRecord(runFolder: string, record: PublicationRecord): Promise<void> {
  const file = recordFile(runFolder)
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(`${file}.new`, 'w')
  try {
    await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}
