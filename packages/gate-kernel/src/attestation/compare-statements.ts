import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sha256Of } from '../evidence/tree.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { type AttestedVerdict, summaryOf, testResultOf } from './compose.ts'
import { attestationsOf, type SealedFile } from './documents.ts'
import type { Statements } from './opened.ts'
import type { EvidenceRules, ReadDocument } from './rules.ts'
import { fileNameOf } from './statement.ts'

/**
 * The statements are made again from the evidence and the documents: whatever they say otherwise, or
 * besides, is named. Taken from them is only what nothing else tells: the version of the program.
 */
export async function statementProblems(
  runFolder: string,
  evidence: Evidence,
  statements: Statements,
  read: ReadDocument,
  rules: EvidenceRules,
): Promise<string[]> {
  const inputs = await rules.inputsOf(read)
  const run: AttestedVerdict = { evidence, candidate: await rules.candidateOf(read), inputs }
  const files = statements.seal.subject.map(({ name, digest: { sha256 } }) => ({ name, sha256 }))
  const summary = summaryOf(run, {
    files,
    attestations: await attestationsBefore(runFolder),
    timeVerified: statements.seal.predicate.sealedAt,
    toolVersion: statements.vsa.predicate.verifier.version['canary-gate'] ?? '',
  })
  return [
    ...differences('test-result', statements['test-result'], testResultOf(run)),
    ...differences('vsa', statements.vsa, summary),
    ...(evidence.verdict === 'release' ? unsealed(inputs, files) : []),
  ]
}

/** The seal and the test result, as they are now: the summary rests on both. */
async function attestationsBefore(runFolder: string): Promise<SealedFile[]> {
  const names = [fileNameOf('seal'), fileNameOf('test-result')]
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(attestationsOf(runFolder), name))
      return { name, sha256: sha256Of(bytes) }
    }),
  )
}

type Comparable = Statements['test-result' | 'vsa']

/** Each member of a statement that differs; a subject or a verdict is one member. */
function differences(name: string, found: Comparable, expected: Comparable): string[] {
  const members = (statement: Comparable): Record<string, unknown> => ({
    subject: statement.subject,
    ...statement.predicate,
  })
  const [is, should] = [members(found), members(expected)]
  const keys = [...new Set([...Object.keys(is), ...Object.keys(should)])]
  return keys
    .filter((key) => !isDeepStrictEqual(is[key], should[key]))
    .map((key) => `${name}: ${key} is not what the evidence and the documents give`)
}

function unsealed(inputs: readonly string[], files: readonly SealedFile[]): string[] {
  const sealed = new Set(files.map(({ name }) => name))
  return inputs
    .filter((name) => !sealed.has(name))
    .map((name) => `${name} is not sealed, and a release rests on it`)
}
