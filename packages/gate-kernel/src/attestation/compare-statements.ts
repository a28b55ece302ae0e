import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sha256Of } from '../evidence/tree.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { resultOf, type Subject } from './attest.ts'
import { attestationsOf } from './documents.ts'
import type { Statements } from './opened.ts'
import type { EvidenceRules, ReadDocument } from './rules.ts'
import { fileNameOf } from './statement.ts'

/** The statements say what the evidence and the documents say, about the same candidate. */
export async function statementProblems(
  runFolder: string,
  evidence: Evidence,
  statements: Statements,
  read: ReadDocument,
  rules: EvidenceRules,
): Promise<string[]> {
  return [
    ...subjectProblems(evidence, statements, await rules.candidateOf(read)),
    ...resultProblems(evidence, statements),
    ...(await inputProblems(runFolder, statements, await rules.inputsOf(read), evidence)),
  ]
}

function subjectProblems(
  { runId }: Evidence,
  statements: Statements,
  candidate: Subject | undefined,
): string[] {
  return (['test-result', 'vsa'] as const).flatMap((name) => {
    const { subject } = statements[name]
    const [only] = subject
    const isCandidate =
      candidate === undefined
        ? only?.name === `run/${runId}`
        : only?.name === candidate.name && only.digest.sha256 === candidate.sha256
    return subject.length === 1 && isCandidate ? [] : [`${name}: the subject is not the candidate`]
  })
}

function resultProblems(evidence: Evidence, { 'test-result': result, vsa }: Statements): string[] {
  const expected = resultOf(evidence)
  const idsWhere = (holds: (verdict: string) => boolean): string[] =>
    evidence.requirements.filter(({ verdict }) => holds(verdict)).map(({ id }) => id)
  const passed = idsWhere((verdict) => verdict === 'pass')
  const others = idsWhere((verdict) => verdict !== 'pass')
  const policies = [result.predicate.configuration[0], vsa.predicate.policy]
  const facts: readonly (readonly [boolean, string])[] = [
    [result.predicate.result === expected, 'test-result: not the result of the evidence'],
    [vsa.predicate.verificationResult === expected, 'vsa: not the verdict of the evidence'],
    [
      policies.every((policy) => policy?.digest.sha256 === evidence.gateSha256),
      'the policy is not the digest of the gate in the evidence',
    ],
    [
      isDeepStrictEqual(result.predicate.passedTests, passed),
      'test-result: the passed requirements are not those of the evidence',
    ],
    [
      isDeepStrictEqual(result.predicate.failedTests, others),
      'test-result: the other requirements are not those of the evidence',
    ],
  ]
  return facts.filter(([holds]) => !holds).map(([, problem]) => problem)
}

async function inputProblems(
  runFolder: string,
  { seal, vsa }: Statements,
  expected: readonly string[],
  evidence: Evidence,
): Promise<string[]> {
  const sealed = new Map(seal.subject.map(({ name, digest }) => [name, digest.sha256]))
  const inputs = new Map(
    vsa.predicate.inputAttestations.map(({ uri, digest }) => [uri ?? '', digest.sha256]),
  )
  const problems: string[] = []
  const expect = (name: string, sha256: string | undefined): void => {
    if (inputs.get(name) === undefined) problems.push(`vsa: ${name} is not among its inputs`)
    else if (inputs.get(name) !== sha256) problems.push(`vsa: ${name} has another digest`)
  }
  expect('run/evidence.json', sealed.get('run/evidence.json'))
  for (const name of expected) {
    if (sealed.has(name) || evidence.verdict === 'release') expect(name, sealed.get(name))
  }
  for (const name of ['seal', 'test-result'] as const) {
    const file = join(attestationsOf(runFolder), fileNameOf(name))
    expect(fileNameOf(name), sha256Of(await readFile(file)))
  }
  return problems
}
