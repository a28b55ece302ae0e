import { commandOrRemark, specKitty } from '../base/remedies.ts'
import type { PublicOwner } from './owner.ts'

/** What a process of this program is: who runs it, from where, as whom, towards which server. */
export interface Identity {
  readonly package_version: string
  readonly executable_path: string
  readonly source_checkout_path: string | null
  readonly server_url: string | null
  readonly auth_principal: string | null
  readonly auth_team: string | null
  readonly auth_scope: string | null
  readonly queue_db_path: string
}

/** The fields in which command and daemon must agree, in the order in which they are reported. */
export const BOUND_FIELDS = [
  'package_version',
  'executable_path',
  'source_checkout_path',
  'server_url',
  'auth_scope',
  'queue_db_path',
] as const

export interface Mismatch {
  readonly field: (typeof BOUND_FIELDS)[number]
  readonly foreground_value: string | null
  readonly daemon_value: string | null
  readonly remediation_hint: string
}

/**
 * Every field in which the daemon's owner differs from this process (BOUNDARY/D-3). Pure.
 * @param remedy the command that ends the difference
 */
export function mismatches(
  own: Identity,
  owner: PublicOwner,
  remedy = specKitty('sync', 'daemon', 'restart'),
): Mismatch[] {
  return BOUND_FIELDS.filter((field) => own[field] !== owner[field]).map((field) => ({
    field,
    foreground_value: own[field],
    daemon_value: owner[field],
    remediation_hint: commandOrRemark(remedy),
  }))
}

/** The user and team in one word, as status prints them. */
export function teamOrUser(principal: string | null, team: string | null): string | null {
  if (principal === null) return null
  return team === null ? principal : `${principal}/${team}`
}
