import type { Notifier } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'

/** {@link import('./load.ts').loadWorld}, loaded when a configuration is read: requirements read none. */
export async function loadWorld(file: string): Promise<World> {
  return (await import('./load.ts')).loadWorld(file)
}

/** {@link import('./load.ts').notifierIn}, loaded when it is needed. */
export async function notifierIn(file: string): Promise<Notifier | undefined> {
  return (await import('./load.ts')).notifierIn(file)
}
