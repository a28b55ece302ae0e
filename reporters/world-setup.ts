import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import './meta.ts'

/**
 * The set-up of a gate that has none of its own: the world is what the gate's `loadWorld` made of the
 * file that CANARY_GATE_CONFIG names, or empty. The reporter provides it.
 */
export default async function setup(project: TestProject): Promise<void> {
  const { runFolder, gateWorld } = project.getProvidedContext()
  await writeFile(join(runFolder, 'world.json'), `${gateWorld}\n`)
}
