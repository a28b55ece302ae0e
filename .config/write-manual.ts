import { writeFileSync } from 'node:fs'
import { captures, statusPage } from '../fixtures/cli/captures.ts'
import { CATALOGUE } from '../src/cli/catalogue/index.ts'
import { manual } from '../src/cli/manual.ts'

// Writes docs/cli.md and docs/status.md anew: one from the command definitions, one from real output.
writeFileSync(new URL('../docs/cli.md', import.meta.url), manual(CATALOGUE))
writeFileSync(new URL('../docs/status.md', import.meta.url), statusPage(await captures()))
