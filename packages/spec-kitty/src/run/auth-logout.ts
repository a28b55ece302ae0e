import { removeSession } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  removeSession(contextOf(call).paths.session)
  const text = 'Logged out. Captured events stay in the journal until you log in again.\n'
  return finish(call, 0, { json: {}, text })
}
