import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { z } from 'zod'
import type { FactSchemas, GateRun } from '../definition/run.ts'
import { rememberSecrets } from '../secrets/held.ts'
import { openFactStore } from './fact-store.ts'

/**
 * Opens the run whose world was written to `<folder>/world.json` when it began. The secrets of that
 * world are known to this process from then on.
 */
export async function openRun<World, Facts extends FactSchemas>(
  gate: {
    readonly world: z.ZodType<World>
    readonly facts: Facts
    secrets(world: World): readonly string[]
  },
  folder: string,
  progress: GateRun['progress'],
): Promise<GateRun<World, Facts>> {
  const world = gate.world.parse(JSON.parse(await readFile(join(folder, 'world.json'), 'utf8')))
  rememberSecrets(gate.secrets(world))
  const facts = openFactStore(gate.facts, folder)
  return { id: basename(folder), folder, world, facts, progress }
}
