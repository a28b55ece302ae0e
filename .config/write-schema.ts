// Writes docs/evidence.schema.json anew: `npm run schema`. A spec fails while the two differ.
import { writeFile } from 'node:fs/promises'
import { evidenceJsonSchema } from '../packages/gate-kernel/src/report/json-schema.ts'

const file = new URL('../docs/evidence.schema.json', import.meta.url)
await writeFile(file, `${JSON.stringify(evidenceJsonSchema(), null, 2)}\n`)
