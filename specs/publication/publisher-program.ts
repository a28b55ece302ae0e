import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { publish } from '../../src/gate/publication/publish.ts'
import { openNotebook } from '../../src/gate/run/notebook.ts'
import type { World } from '../../src/gate/world/schema.ts'

/** A publisher as a process of its own: `node publisher-program.ts <run folder>`. */
const folder = process.argv[2] ?? ''
const github = JSON.parse(readFileSync(join(folder, 'github.json'), 'utf8')) as World['github']
await publish({
  ...{ id: basename(folder), folder, facts: openNotebook(folder) },
  world: { github } as World,
  progress: () => undefined,
})
