import { canonicalUrl, requireTarget, setConfig } from '../../sync/index.ts'
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
  return print(call, requireTarget(foregroundOf(call)).resolvedServerUrl)
}

function print(call: Call, url: string): number {
  if (flag(call, 'json')) printJson(call.io, { ok: true, server_url: url })
  else call.io.out(`${url}\n`)
  return 0
}
