import { hash } from 'node:crypto'
import { canonicalJson } from '@canary-gate/batch-contract'

/** SHA-256 in hex of what an event says, however it is written. */
export function contentHash(text: string): string {
  return sha256(canonicalJson(text))
}

/** SHA-256 in hex. */
export function sha256(text: string): string {
  return hash('sha256', text)
}
