import type { Harmless } from '../mutations/harmless.ts'
import type { Mutation } from '../mutations/document.ts'

/** A document of the faultless world, and what the gate makes of it. */
export interface Subject {
  readonly name: string
  /** The folder of the gate's packages that has its checks. */
  readonly folder: string
  /** Another folder whose checks only documents of this kind reach. */
  readonly alsoOf?: string
  /**
   * `log` is a text for people, in which only the lines that count tests mean anything; in `html` only the
   * links do.
   */
  readonly form: 'json' | 'text' | 'log' | 'html'
  readonly faultless: string
  /** The same kind of document, of another run. */
  readonly sibling: string
  /**
   * Reads it as the gate does and checks it as the gate does, among the other documents of a faultless
   * world. Returns the meaning that later steps would use, or a promise of it; throws, or returns null, to
   * hold.
   */
  readonly judge: (bytes: Uint8Array) => unknown
  /** Its writer sends no keys but the known ones, so that another one has to be held. */
  readonly isClosed?: true
  /** What this kind of document can contradict itself by, in addition to what every document can suffer. */
  readonly contradictions?: Iterable<Mutation>
  /** Only each n-th of its mutations is played: where each costs several requests. */
  readonly every?: number
  /** Mutations that are played even so, by what they say. */
  readonly always?: RegExp
  /** Fields that may change without a hold, each with the reason. */
  readonly harmless: Harmless
}
