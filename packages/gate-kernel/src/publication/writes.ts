import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Write, writeSchema } from '../evidence/write.ts'
import type { ExternalWrite } from '../github/external-write.ts'

const lineSchema = writeSchema.omit({ sentAt: true, outcome: true }).extend({
  id: z.string(),
  at: z.iso.datetime(),
  outcome: z.enum(['sent', 'confirmed', 'unknown', 'not-sent']),
})

const fileOf = (runFolder: string): string => join(runFolder, 'writes.jsonl')

/**
 * Keeps each write of a run on disk, before it leaves and after its answer. A run whose disk is full
 * writes nothing to GitHub, because this comes first.
 */
export function recordWrites(runFolder: string): (write: ExternalWrite) => Promise<void> {
  return async (write) => {
    const handle = await open(fileOf(runFolder), 'a')
    try {
      await handle.writeFile(`${JSON.stringify(write)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

/** The writes of a run in the order in which they were sent; none where there is no record. */
export async function readWrites(runFolder: string): Promise<Write[]> {
  const text = await readFile(fileOf(runFolder), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').flatMap(parsedLine)
  const sent = lines.filter(({ outcome }) => outcome === 'sent')
  return sent.flatMap(({ id, at, ...write }) => {
    const last = lines.findLast((line) => line.id === id)
    if (last === undefined || last.outcome === 'not-sent') return []
    const outcome = last.outcome === 'confirmed' ? 'confirmed' : 'unknown'
    return [{ ...write, url: last.url, sentAt: at, outcome }]
  })
}

/** A line that was cut off by a crash is the last one, and its request never left. */
function parsedLine(line: string): z.infer<typeof lineSchema>[] {
  try {
    return [lineSchema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
