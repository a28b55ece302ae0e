import type { ExaminedFrom, Finding } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'

/** {@link import('./examine.ts').examine}, loaded when a configuration is examined: no run does that. */
export async function examine(world: World, at: ExaminedFrom): Promise<Finding[]> {
  return (await import('./examine.ts')).examine(world, at)
}
