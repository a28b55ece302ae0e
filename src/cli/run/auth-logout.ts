import { removeSession } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  removeSession(foregroundOf(call).paths.session)
  if (flag(call, 'json')) printJson(call.io, { ok: true })
  else call.io.out('Logged out. Captured events stay in the journal until you log in again.\n')
  return 0
}
