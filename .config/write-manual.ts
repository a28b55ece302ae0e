import { writeFileSync } from 'node:fs'
import { captures, statusPage } from '../fixtures/cli/captures.ts'
import { endingsPage, playedEndings } from '../fixtures/endings/endings.ts'
import { CATALOGUE } from '../packages/spec-kitty/src/catalogue/index.ts'
import { manual } from '../packages/spec-kitty/src/manual.ts'

// Writes docs/cli.md from the command definitions, docs/status.md and docs/endings.md from real output.
writeFileSync(new URL('../docs/cli.md', import.meta.url), manual(CATALOGUE))
writeFileSync(new URL('../docs/status.md', import.meta.url), statusPage(await captures()))
writeFileSync(new URL('../docs/endings.md', import.meta.url), endingsPage(await playedEndings()))
