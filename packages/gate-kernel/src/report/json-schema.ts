import { z } from 'zod'
import { evidenceSchema } from '../evidence/run-evidence.ts'

/** The JSON Schema of evidence.json, as it stands in docs/evidence.schema.json. */
export function evidenceJsonSchema(): unknown {
  return {
    title: 'Evidence of one run of a gate',
    ...z.toJSONSchema(evidenceSchema, { target: 'draft-2020-12' }),
  }
}
