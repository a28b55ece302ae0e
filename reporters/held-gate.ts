import { type Gate, gateDigest, worldDigest } from '@canary-gate/gate-kernel'

/** The gate and the world of a run, as they were when it began. */
export interface HeldGate {
  /** Called before each requirement: by the first one, the world has been written. */
  beginRequirement(): void
  /** What was changed since, one line each: then no single gate has proven what passed. */
  changes(): Promise<string[]>
  /** Undefined where its files could not be read. */
  readonly sha256: Promise<string | undefined>
}

/**
 * Holds a gate by its digest. Each requirement is a process of its own that reads its files anew, so
 * whoever changes one during a run has the rest of it proven by another gate.
 */
export function holdGate(gate: Gate, runFolder: string): HeldGate {
  const sha256 = gateDigest(gate).catch(() => undefined)
  let world: Promise<string | undefined> | undefined
  return {
    sha256,
    beginRequirement() {
      world ??= worldDigest(runFolder)
    },
    async changes() {
      const before = await sha256
      const now = await gateDigest(gate).catch(() => undefined)
      const isSameGate = before !== undefined && before === now
      const isSameWorld = world === undefined || (await world) === (await worldDigest(runFolder))
      return [
        ...(isSameGate ? [] : ['files of the gate were changed while it ran']),
        ...(isSameWorld ? [] : ['world.json of this run was changed while the gate ran']),
      ]
    },
  }
}
