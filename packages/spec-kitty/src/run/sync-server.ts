import { requireTarget, serverUrl, setConfig, type AgreedProject } from '@canary-gate/sync-engine'
import { complain } from '../command/complain.ts'
import { flag, type Call } from '../command/define.ts'
import { printJson } from '../command/io.ts'
import { agreed, sayWithConsents } from './consent-text.ts'
import { contextOf } from './call-context.ts'

/** Prints or sets the one server that everything resolves to. */
export function run(call: Call): number {
  const [wanted] = call.args
  const before = contextOf(call)
  if (wanted === undefined) return print(call, requireTarget(before).resolvedServerUrl)
  const url = serverUrl(wanted)
  // Told with the new address; where the journal cannot be read, nothing is changed.
  const projects = agreed(before.paths.home)
  setConfig(before.paths.config, 'sync', 'server_url', url)
  warnOfEnvironment(call)
  return print(call, url, projects)
}

/** The setting is stored; that the environment says something else is told, not hidden. */
function warnOfEnvironment(call: Call): void {
  const { resolution } = contextOf(call)
  if (resolution.kind === 'refused') complain(resolution.error, call.io, false)
}

function print(call: Call, url: string, projects: readonly AgreedProject[] = []): number {
  if (flag(call, 'json')) printJson(call.io, { ok: true, server_url: url, projects })
  else sayWithConsents(call.io, `${url}\n`, projects)
  return 0
}
