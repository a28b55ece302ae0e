import type { Evidence } from '../evidence/run-evidence.ts'
import type { Subject } from './compose.ts'

/** Reads one sealed document by its name, e.g. `attempt/runs/run-1.json`; undefined if it is missing. */
export type ReadDocument = (name: string) => Promise<unknown>

/** What a gate knows about its own documents: part of its definition. */
export interface EvidenceRules {
  /** Keys of its documents whose number may have a fraction; any other number is an exact integer. */
  readonly fractions?: readonly string[]
  /** Names of the sealed documents that a release rests on; each is an input of the summary. */
  inputsOf(read: ReadDocument): Promise<readonly string[]>
  /** Absolute paths of logs outside the run and attempt folders that belong to the run. */
  logsOf(read: ReadDocument): Promise<readonly string[]>
  /** The candidate by digest, or undefined where none was chosen. */
  candidateOf(read: ReadDocument): Promise<Subject | undefined>
  /** Why the raw documents do not support a release, one sentence each; empty if they do. */
  contradictions(read: ReadDocument, evidence: Evidence): Promise<readonly string[]>
}
