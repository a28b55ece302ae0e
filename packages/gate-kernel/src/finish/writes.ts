import { z } from 'zod'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { Write } from '../evidence/write.ts'
import type { ExternalWrite } from '../page/page.ts'

const step = z.looseObject({
  state: z.string(),
  url: z.string().optional(),
  at: z.string().optional(),
})
const recordSchema = z.looseObject({ steps: z.record(z.string(), step) })

/**
 * What a run wrote elsewhere, in order: every write that left it, also one of a run that did not publish.
 * A gate that writes without the kernel's client has the record of its publication alone.
 */
export function writesOf({ publication, writes = [] }: Evidence): ExternalWrite[] {
  if (writes.length > 0) return writes.map(shown)
  const record = recordSchema.safeParse(publication.record)
  if (!record.success) return []
  return Object.entries(record.data.steps).flatMap(([what, { state, url, at }]) =>
    state === 'done' && url !== undefined ? [{ what, url, at: at ?? null }] : [],
  )
}

function shown({ what, issue, url, sentAt, outcome }: Write): ExternalWrite {
  const doubt = outcome === 'confirmed' ? '' : ', without a confirmation'
  return { what: `${what} on issue ${issue}${doubt}`, url, at: sentAt }
}
