import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type World, worldSchema } from '../world/schema.ts'
import { type Notebook, openNotebook } from './notebook.ts'

/** What every requirement is given: the world, the facts so far, and a way to say what it is doing. */
export interface GateRun {
  readonly id: string
  /** `artifacts/gate/<run id>`, absolute. */
  readonly folder: string
  readonly world: World
  readonly facts: Notebook
  /** Tells the operator what is under way; for everything that may take over two seconds. */
  progress(message: string): void
}

/** Opens the run whose world was written to `<folder>/world.json` when it began. */
export async function openRun(folder: string, progress: GateRun['progress']): Promise<GateRun> {
  const world = worldSchema.parse(JSON.parse(await readFile(join(folder, 'world.json'), 'utf8')))
  return { id: basename(folder), folder, world, facts: openNotebook(folder), progress }
}
