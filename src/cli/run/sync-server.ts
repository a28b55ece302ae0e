import { canonicalUrl, requireTarget, setConfig } from '../../sync/index.ts'
import { complain } from '../complain.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

/** Prints or sets the one server that everything resolves to. */
export function run(call: Call): number {
  const [wanted] = call.args
  const before = foregroundOf(call)
  if (wanted === undefined) return print(call, requireTarget(before).resolvedServerUrl)
  const url = canonicalUrl(wanted)
  setConfig(before.paths.config, 'sync', 'server_url', url)
  warnOfEnvironment(call)
  return print(call, url)
}

/** The setting is stored; that the environment says something else is told, not hidden. */
function warnOfEnvironment(call: Call): void {
  const { resolution } = foregroundOf(call)
  if (resolution.kind === 'refused') complain(resolution.error, call.io, false)
}

function print(call: Call, url: string): number {
  if (flag(call, 'json')) printJson(call.io, { ok: true, server_url: url })
  else call.io.out(`${url}\n`)
  return 0
}
