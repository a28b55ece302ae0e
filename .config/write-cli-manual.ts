// Writes docs/cli.md anew: `npm run cli-manual`. A spec fails while it differs from the definitions.
import { writeFile } from 'node:fs/promises'
import { CATALOGUE } from '../src/cli/catalogue/index.ts'
import { manual } from '../src/cli/manual.ts'

await writeFile(new URL('../docs/cli.md', import.meta.url), manual(CATALOGUE))
