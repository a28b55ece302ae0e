import type { CommandDefinition } from '../define.ts'
import { AGENT } from './agent.ts'
import { AUTH } from './auth.ts'
import { DOCTOR } from './doctor.ts'
import { SYNC } from './sync.ts'
import { SYNC_EVENTS } from './sync-events.ts'
import { SHELL } from './shell.ts'

/** Every command of the program, in the order of the manual. */
export const CATALOGUE: readonly CommandDefinition[] = [
  ...AUTH,
  ...AGENT,
  ...SYNC,
  ...SYNC_EVENTS,
  ...DOCTOR,
  ...SHELL,
]
