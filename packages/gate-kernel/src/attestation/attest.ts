import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Of } from '../evidence/tree.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { attestationsOf, readDocuments, type RunDocuments, type SealedFile } from './documents.ts'
import { seal } from './dsse.ts'
import type { SigningKey } from './key.ts'
import { fileNameOf, type Statement, type StatementName } from './statement.ts'

/** What an attestation is about: the candidate, by digest. */
export interface Subject {
  readonly name: string
  readonly sha256: string
}

/** What is attested at the end of a run. */
export interface AttestedRun {
  readonly documents: RunDocuments
  readonly evidence: Evidence
  /** The candidate; where none was chosen, the run's own evidence is the subject. */
  readonly candidate: Subject | undefined
  /** Names of sealed files that the verdict rests on, e.g. `attempt/runs/run-1.json`. */
  readonly inputs: readonly string[]
  readonly toolVersion: string
  readonly now: Date
  readonly key?: SigningKey | undefined
}

/**
 * Writes the three attestations of a run, each on the ones before it: the seal over every file, the
 * test result over the candidate, and the verification summary. Written once, never replaced.
 *
 * @returns their files
 */
export async function attest(run: AttestedRun): Promise<readonly string[]> {
  const { documents, evidence } = run
  const { files } = await readDocuments(documents)
  const folder = attestationsOf(documents.runFolder)
  await mkdir(folder)
  const write = async <Name extends StatementName>(
    name: Name,
    statement: Statement<Name>,
  ): Promise<string> => {
    const text = `${JSON.stringify(seal(Buffer.from(JSON.stringify(statement)), run.key), null, 2)}\n`
    const file = join(folder, fileNameOf(name))
    await writeFile(file, text, { flag: 'wx', mode: 0o444 })
    return file
  }
  const previous = await newestSeal(dirname(documents.runFolder), evidence.runId)
  const sealFile = await write('seal', sealOf(run, files, previous))
  const resultFile = await write('test-result', testResultOf(run))
  return [
    sealFile,
    resultFile,
    await write('vsa', await summaryOf(run, files, [sealFile, resultFile])),
  ]
}

type Previous = Statement<'seal'>['predicate']['previous']

/** The newest sealed run beside this one; run ids begin with their time, so names sort by age. */
export async function newestSeal(runs: string, before: string): Promise<Previous> {
  const ids = (await readdir(runs)).filter((id) => id < before).sort()
  for (const runId of ids.reverse()) {
    const file = join(attestationsOf(join(runs, runId)), fileNameOf('seal'))
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes !== undefined) return { runId, sha256: sha256Of(bytes) }
  }
  return null
}

function sealOf(
  { documents, evidence, now }: AttestedRun,
  files: readonly SealedFile[],
  previous: Previous,
): Statement<'seal'> {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'urn:canary-gate:run-seal:1',
    predicate: {
      runId: evidence.runId,
      sealedAt: now.toISOString(),
      attempt: documents.attemptFolder?.split('/').at(-1) ?? null,
      previous,
    },
  }
}

function testResultOf(run: AttestedRun): Statement<'test-result'> {
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

async function summaryOf(
  run: AttestedRun,
  files: readonly SealedFile[],
  attestations: readonly string[],
): Promise<Statement<'vsa'>> {
  const { evidence, now, toolVersion } = run
  const documents = files.filter(
    ({ name }) => name === 'run/evidence.json' || run.inputs.includes(name),
  )
  const made = await Promise.all(
    attestations.map(async (file) => ({
      uri: file.split('/').at(-1) ?? '',
      digest: { sha256: sha256Of(await readFile(file)) },
    })),
  )
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subjectOf(run)],
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: 'urn:canary-gate', version: { 'canary-gate': toolVersion } },
      timeVerified: now.toISOString(),
      resourceUri: run.candidate?.name ?? `run/${evidence.runId}`,
      policy: policyOf(evidence),
      inputAttestations: [
        ...documents.map(({ name, sha256 }) => ({ uri: name, digest: { sha256 } })),
        ...made,
      ],
      verificationResult: resultOf(evidence),
      verifiedLevels: [],
      slsaVersion: '1.0',
    },
  }
}

function subjectOf({ candidate, evidence }: AttestedRun): Statement<'vsa'>['subject'][number] {
  return candidate === undefined
    ? { name: `run/${evidence.runId}`, digest: { sha256: sha256Of(evidence.runId) } }
    : { name: candidate.name, digest: { sha256: candidate.sha256 } }
}

/** Only a release passes: a hold, a dry run and a waived run do not. */
export function resultOf(evidence: Pick<Evidence, 'verdict'>): 'PASSED' | 'FAILED' {
  return evidence.verdict === 'release' ? 'PASSED' : 'FAILED'
}

/** The gate itself is the policy. */
function policyOf({ gateSha256 }: Evidence): Statement<'vsa'>['predicate']['policy'] {
  return { uri: 'urn:canary-gate:policy', digest: { sha256: gateSha256 ?? sha256Of('') } }
}
