import { sha256 } from '../base/digest.ts'
import { canonicalUrl } from './url.ts'

export type TargetKind = 'teamspace' | 'external' | 'stub'

/** What makes two targets the same one: address and scope, nothing else (SYNC/T021, SYNC/C-002). */
export interface TargetIdentity {
  readonly kind: TargetKind
  readonly url: string
  readonly teamSlug?: string | undefined
  readonly userEmail?: string | undefined
}

/** What a server says about itself; recorded as provenance, never part of the identity (SYNC/T023). */
export interface DeploymentMetadata {
  readonly serverInstanceId?: string
  readonly deploymentId?: string
  readonly environmentName?: string
  readonly gitSha?: string
}

/** The id of an identity; the same on every machine. */
export function targetId(identity: TargetIdentity): string {
  const parts = [
    sha256(canonicalUrl(identity.url)),
    identity.teamSlug ?? '',
    identity.userEmail ?? '',
  ]
  return `tgt_${sha256(parts.join('\0')).slice(0, 32)}`
}
