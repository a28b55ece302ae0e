import { command, specKitty, withRemark } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { queueDbPath, queueScope, type Login } from './scope.ts'
import { canonicalUrl, type UrlPlace } from './url.ts'

export type OverrideMode = 'none' | 'setup_only' | 'process_override'
export type ActiveScopeStatus = 'absent' | 'matches' | 'stale_non_authoritative'

/** The one answer to "where does this process sync to, as whom" (SYNC/T001). */
export interface ResolvedSyncTarget {
  readonly configuredServerUrl: string | undefined
  readonly envServerUrl: string | undefined
  readonly overrideMode: OverrideMode
  readonly resolvedServerUrl: string
  readonly userId: string | undefined
  readonly teamSlug: string | undefined
  readonly derivedQueueScope: string | undefined
  readonly queueDbPath: string
  readonly activeQueueScopeStatus: ActiveScopeStatus
}

export interface TargetInputs {
  readonly home: string
  /** `[sync] server_url` of config.toml. */
  readonly configuredServerUrl?: string | undefined
  /** `SPEC_KITTY_SAAS_URL`; empty is unset. */
  readonly envServerUrl?: string | undefined
  /** `SPEC_KITTY_SAAS_URL_OVERRIDE=process`: the environment may disagree, for this whole process. */
  readonly overrideProcess?: boolean | undefined
  readonly login?: Login | undefined
  /** Text of the `active_queue_scope` marker: a diagnosis, never an input. */
  readonly activeQueueScope?: string | undefined
}

export type TargetResolution =
  | { readonly kind: 'resolved'; readonly target: ResolvedSyncTarget }
  | { readonly kind: 'refused'; readonly error: SyncError }

/**
 * Resolves configuration, environment and login into one target, or refuses. Pure: it opens no
 * socket, no database and no file, so a refusal comes before all of them (SYNC/FR-016, SYNC/SC-008).
 */
export function resolveTarget(inputs: TargetInputs): TargetResolution {
  try {
    return chooseServer(inputs)
  } catch (cause) {
    if (cause instanceof SyncError) return { kind: 'refused', error: cause }
    throw cause
  }
}

function chooseServer(inputs: TargetInputs): TargetResolution {
  const configured = canonicalOrUnset(inputs.configuredServerUrl, CONFIGURED)
  const fromEnv = canonicalOrUnset(inputs.envServerUrl, FROM_ENV)
  if (configured === undefined && fromEnv === undefined) return refused(noServer())
  if (fromEnv === undefined) return resolved(inputs, { configured, fromEnv }, 'none')
  if (configured === undefined) return resolved(inputs, { configured, fromEnv }, 'setup_only')
  if (configured === fromEnv) return resolved(inputs, { configured, fromEnv }, 'none')
  if (inputs.overrideProcess === true)
    return resolved(inputs, { configured, fromEnv }, 'process_override')
  return refused(splitBrain(configured, fromEnv))
}

const CONFIGURED: UrlPlace = {
  where: '[sync] server_url in config.toml',
  remedy: specKitty('sync', 'server', '<url>'),
}
const FROM_ENV: UrlPlace = {
  where: 'SPEC_KITTY_SAAS_URL',
  remedy: withRemark(command('unset', 'SPEC_KITTY_SAAS_URL'), 'or give it an absolute address'),
}

function canonicalOrUnset(text: string | undefined, place: UrlPlace): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : canonicalUrl(text, place)
}

interface Urls {
  readonly configured: string | undefined
  readonly fromEnv: string | undefined
}

function resolved(inputs: TargetInputs, urls: Urls, overrideMode: OverrideMode): TargetResolution {
  const resolvedServerUrl = urls.fromEnv ?? urls.configured ?? ''
  const scope = inputs.login === undefined ? undefined : queueScope(resolvedServerUrl, inputs.login)
  const target: ResolvedSyncTarget = {
    configuredServerUrl: urls.configured,
    envServerUrl: urls.fromEnv,
    overrideMode,
    resolvedServerUrl,
    userId: inputs.login?.userId,
    teamSlug: inputs.login?.teamSlug,
    derivedQueueScope: scope,
    queueDbPath: queueDbPath(inputs.home, scope),
    activeQueueScopeStatus: markerStatus(inputs.activeQueueScope, scope),
  }
  return { kind: 'resolved', target }
}

function markerStatus(marker: string | undefined, scope: string | undefined): ActiveScopeStatus {
  if (marker === undefined || marker.trim() === '') return 'absent'
  return marker.trim() === scope ? 'matches' : 'stale_non_authoritative'
}

function refused(error: SyncError): TargetResolution {
  return { kind: 'refused', error }
}

function noServer(): SyncError {
  return new SyncError({
    code: 'no-server',
    what: 'no server is configured',
    where: '[sync] server_url in config.toml, SPEC_KITTY_SAAS_URL',
  })
}

function splitBrain(configured: string, fromEnv: string): SyncError {
  return new SyncError({
    code: 'split-brain',
    what: `the configuration says ${configured}, the environment says ${fromEnv}; events for one could reach the other`,
    where: '[sync] server_url in config.toml, SPEC_KITTY_SAAS_URL',
    remedy: withRemark(
      specKitty('sync', 'server', fromEnv),
      'or unset SPEC_KITTY_SAAS_URL, or set SPEC_KITTY_SAAS_URL_OVERRIDE=process to use it for this whole process',
    ),
  })
}
