import {
  endpointUrl,
  modeNamed,
  modeOf,
  setConfig,
  type AgreedProject,
} from '@canary-gate/sync-engine'
import { flag, text, usage, type Call } from '../command/define.ts'
import { printJson } from '../command/io.ts'
import { agreed, sayWithConsents } from './consent-text.ts'
import { contextOf } from './call-context.ts'

/** Prints the mode, or sets it; an external receiver needs an address, given now or before. */
export function run(call: Call): number {
  const [wanted] = call.args
  const { paths, config } = contextOf(call)
  if (wanted === undefined) return print(call)
  const mode = modeNamed(wanted)
  if (mode === undefined)
    throw usage(call, `"${wanted}" is not a mode; see spec-kitty sync mode --help`)
  const endpoint = text(call, 'endpoint')
  if (mode.delivery === 'external' && (endpoint ?? config.externalEndpoint) === undefined)
    throw usage(call, 'EXTERNAL_RECEIVER needs an address: add --endpoint <url>')
  const address = endpoint === undefined ? undefined : endpointUrl(endpoint)
  // Told with the new mode; where the journal cannot be read, nothing is changed.
  const projects = mode.delivery === 'none' ? [] : agreed(paths.home)
  if (address !== undefined) setConfig(paths.config, 'event_sync', 'external_endpoint', address)
  setConfig(paths.config, 'event_sync', 'mode', mode.mode)
  return print(call, projects)
}

function print(call: Call, projects: readonly AgreedProject[] = []): number {
  const context = contextOf(call)
  const { mode, retention, delivery } = modeOf(context)
  const endpoint = context.config.externalEndpoint ?? null
  if (flag(call, 'json'))
    printJson(call.io, {
      ok: true,
      mode,
      retention,
      delivery,
      external_endpoint: endpoint,
      projects,
    })
  else sayWithConsents(call.io, `${mode} (events: ${retention}, delivery: ${delivery})\n`, projects)
  return 0
}
