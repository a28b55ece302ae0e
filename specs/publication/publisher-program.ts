import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { publish } from '../../packages/phase4-gate/src/publication/publish.ts'
import { openFacts } from '../../packages/phase4-gate/src/run/run.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'

/** A publisher as a process of its own: `node publisher-program.ts <run folder>`. */
const folder = process.argv[2] ?? ''
const github = JSON.parse(readFileSync(join(folder, 'github.json'), 'utf8')) as World['github']
await publish({
  ...{ id: basename(folder), folder, facts: openFacts(folder) },
  world: { github } as World,
  progress: () => undefined,
})
