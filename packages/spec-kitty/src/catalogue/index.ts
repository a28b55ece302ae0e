import type { CommandDefinition } from '../command/define.ts'
import { AGENT } from './agent.ts'
import { AUTH } from './auth.ts'
import { DOCTOR } from './doctor.ts'
import { SYNC } from './sync.ts'
import { SYNC_FAILED } from './sync-failed.ts'
import { SYNC_EVENTS } from './sync-events.ts'
import { SHELL } from './shell.ts'

/** Every command of the program, in the order of the manual. */
export const CATALOGUE: readonly CommandDefinition[] = [
  ...AUTH,
  ...AGENT,
  ...SYNC,
  ...SYNC_EVENTS,
  ...SYNC_FAILED,
  ...DOCTOR,
  ...SHELL,
]
