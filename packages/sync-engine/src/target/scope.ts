import { join } from 'node:path'
import { sha256 } from '../base/digest.ts'

export interface Login {
  /** E-mail or name of the person. */
  readonly userId: string
  /** The private teamspace, if the login has one. */
  readonly teamSlug?: string
}

/**
 * The queue scope of a login at a server: `url|user|team` in lower case, as the original derives it.
 * Derived from the resolved target, never a way to choose one (SYNC/T003).
 */
export function queueScope(serverUrl: string, login: Login): string {
  const parts = [serverUrl.replace(/\/+$/, ''), login.userId, login.teamSlug ?? 'no-team']
  return parts.map((part) => part.trim().toLowerCase()).join('|')
}

/** The first 16 hex digits of the scope's SHA-256; one-way, so an unknown digest stays unknown. */
export function scopeDigest(scope: string): string {
  return sha256(scope).slice(0, 16)
}

/** The database of body uploads: scoped when somebody is logged in, else the legacy one. */
export function queueDbPath(home: string, scope: string | undefined): string {
  if (scope === undefined) return join(home, 'queue.db')
  return join(home, 'queues', `queue-${scopeDigest(scope)}.db`)
}
