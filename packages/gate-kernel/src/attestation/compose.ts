import { sha256Of } from '../evidence/tree.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { SealedFile } from './documents.ts'
import type { Statement } from './statement.ts'

/** What an attestation is about: the candidate, by digest. */
export interface Subject {
  readonly name: string
  readonly sha256: string
}

/** What the test result and the summary of a run are made from, when it ends and when it is verified. */
export interface AttestedVerdict {
  readonly evidence: Evidence
  /** The candidate; where none was chosen, the run's own evidence is the subject. */
  readonly candidate: Subject | undefined
  /** Names of sealed files that the verdict rests on, e.g. `attempt/runs/run-1.json`. */
  readonly inputs: readonly string[]
}

/** in-toto test result: each requirement, over the candidate. */
export function testResultOf(run: AttestedVerdict): Statement<'test-result'> {
  const { evidence } = run
  const passed = evidence.requirements.filter(({ verdict }) => verdict === 'pass')
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subjectOf(run)],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result: resultOf(evidence),
      configuration: [policyOf(evidence)],
      passedTests: passed.map(({ id }) => id),
      failedTests: evidence.requirements.filter((one) => !passed.includes(one)).map(({ id }) => id),
    },
  }
}

/** What a summary says besides the verdict. */
export interface SummaryParts {
  readonly files: readonly SealedFile[]
  /** The attestations that were written before it. */
  readonly attestations: readonly SealedFile[]
  /** ISO 8601 */
  readonly timeVerified: string
  readonly toolVersion: string
}

/** SLSA verification summary: the verdict, and every document that it rests on. */
export function summaryOf(run: AttestedVerdict, parts: SummaryParts): Statement<'vsa'> {
  const { evidence } = run
  const documents = parts.files.filter(
    ({ name }) => name === 'run/evidence.json' || run.inputs.includes(name),
  )
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subjectOf(run)],
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: 'urn:canary-gate', version: { 'canary-gate': parts.toolVersion } },
      timeVerified: parts.timeVerified,
      resourceUri: run.candidate?.name ?? `run/${evidence.runId}`,
      policy: policyOf(evidence),
      inputAttestations: [...documents, ...parts.attestations].map(({ name, sha256 }) => ({
        uri: name,
        digest: { sha256 },
      })),
      verificationResult: resultOf(evidence),
      verifiedLevels: [],
      slsaVersion: '1.0',
    },
  }
}

function subjectOf({ candidate, evidence }: AttestedVerdict): Statement<'vsa'>['subject'][number] {
  return candidate === undefined
    ? { name: `run/${evidence.runId}`, digest: { sha256: sha256Of(evidence.runId) } }
    : { name: candidate.name, digest: { sha256: candidate.sha256 } }
}

/** Only a release passes: a hold, a dry run and a waived run do not. */
function resultOf(evidence: Pick<Evidence, 'verdict'>): 'PASSED' | 'FAILED' {
  return evidence.verdict === 'release' ? 'PASSED' : 'FAILED'
}

/** The gate itself is the policy. */
function policyOf({ gateSha256 }: Evidence): Statement<'vsa'>['predicate']['policy'] {
  return { uri: 'urn:canary-gate:policy', digest: { sha256: gateSha256 ?? sha256Of('') } }
}
