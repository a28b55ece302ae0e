import type { EvidenceRules } from './rules.ts'
import type { VerifyingKey } from './key.ts'

/** What an auditor is told about a run. */
export interface RunReport {
  readonly run: string
  /** True only if nothing contradicts anything, and the key, where one was given, signed all of it. */
  readonly ok: boolean
  /** The verdict as the raw documents give it, never as the evidence states it. */
  readonly verdict: 'release' | 'hold' | 'waived' | 'unknown'
  /** Said first: what was waived, by whom. */
  readonly waived: readonly string[]
  /** `by-key`: by the given key; `not-checked`: there is a signature and no key was given. */
  readonly signature: 'by-key' | 'not-checked' | 'none'
  readonly files: number
  readonly problems: readonly string[]
  /** What this verification does not prove. */
  readonly limits: readonly string[]
}

/** The gate whose table and documents a run is compared with. */
export interface JudgingGate {
  /** Ids of its requirements, in the order of its table. */
  readonly order: readonly string[]
  readonly evidence: EvidenceRules
}

export interface VerifyOptions {
  readonly gate: JudgingGate
  readonly parse: (bytes: Buffer) => unknown
  readonly key?: VerifyingKey | undefined
  /** Of the owner who signs waivers. */
  readonly waiverKey?: VerifyingKey | undefined
  /** Where the attempt is now; by default where the evidence says it was. */
  readonly attemptFolder?: string | undefined
  /** Where the logs are now. */
  readonly logsFolder?: string | undefined
}
