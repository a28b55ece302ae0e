import { canonicalUrl, modeNamed, modeOf, setConfig } from '../../sync/index.ts'
import { flag, text, usage, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

/** Prints the mode, or sets it; an external receiver needs an address, given now or before. */
export function run(call: Call): number {
  const [wanted] = call.args
  const { paths, config } = foregroundOf(call)
  if (wanted === undefined) return print(call)
  const mode = modeNamed(wanted)
  if (mode === undefined)
    throw usage(call, `"${wanted}" is no mode; see spec-kitty sync mode --help`)
  const endpoint = text(call, 'endpoint')
  if (mode.delivery === 'external' && (endpoint ?? config.externalEndpoint) === undefined)
    throw usage(call, 'EXTERNAL_RECEIVER needs an address: add --endpoint <url>')
  if (endpoint !== undefined)
    setConfig(paths.config, 'event_sync', 'external_endpoint', canonicalUrl(endpoint))
  setConfig(paths.config, 'event_sync', 'mode', mode.mode)
  return print(call)
}

function print(call: Call): number {
  const foreground = foregroundOf(call)
  const { mode, retention, delivery } = modeOf(foreground)
  const endpoint = foreground.config.externalEndpoint ?? null
  if (flag(call, 'json'))
    printJson(call.io, { mode, retention, delivery, external_endpoint: endpoint })
  else call.io.out(`${mode} (events: ${retention}, delivery: ${delivery})\n`)
  return 0
}
