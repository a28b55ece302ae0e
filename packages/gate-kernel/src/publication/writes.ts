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
      // A process that died may have left half a line: what is told from here on is not a part of it.
      await handle.writeFile(`\n${JSON.stringify(write)}\n`)
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
  // The first line of a request says when it was sent; without it, what its answer said is told still.
  const first = lines.filter((line, place) => lines.findIndex(({ id }) => id === line.id) === place)
  return first.flatMap(({ id, at, ...write }) => {
    const last = lines.findLast((line) => line.id === id)
    if (last === undefined || last.outcome === 'not-sent') return []
    const outcome = last.outcome === 'confirmed' ? 'confirmed' : 'unknown'
    return [{ ...write, url: last.url, sentAt: at, outcome }]
  })
}

/** Of a line that was cut off by a crash the request never left, or another line tells of it. */
function parsedLine(line: string): z.infer<typeof lineSchema>[] {
  try {
    return [lineSchema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
