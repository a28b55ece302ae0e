import {
  type FactStore as Store,
  type GateRun as Run,
  openFactStore,
  openRun as open,
} from '@canary-gate/gate-kernel'
import { knownSecrets } from '../world/known-secrets.ts'
import { facts } from './facts.ts'
import { type World, worldSchema } from '../world/schema.ts'

/** A run of this gate, as each of its requirements is given it. */
export type GateRun = Run<World, typeof facts>

export type FactStore = Store<typeof facts>

/** The facts of a run of this gate. */
export function openFacts(runFolder: string): FactStore {
  return openFactStore(facts, runFolder)
}

/** Opens a run of this gate whose folder holds its world. */
export function openRun(folder: string, progress: GateRun['progress']): Promise<GateRun> {
  return open(
    { world: worldSchema, facts, secrets: (world) => knownSecrets(world) },
    folder,
    progress,
  )
}
