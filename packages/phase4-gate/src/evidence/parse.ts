import { parseJson } from '@canary-gate/documents'
import { fractionalKeys } from '../service/reader.ts'

/**
 * Parses one document of a run for its verification.
 *
 * @throws DocumentError where two readers could read it differently
 */
export function parseEvidence(bytes: Uint8Array): unknown {
  return parseJson(bytes, { maximumBytes: 64 * 1024 * 1024, fractions: fractionalKeys })
}
