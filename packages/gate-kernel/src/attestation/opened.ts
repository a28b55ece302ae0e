import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { attestationsOf } from './documents.ts'
import { isSignedBy, parseEnvelope, payloadOf } from './dsse.ts'
import { AttestationProblem } from './problem.ts'
import {
  fileNameOf,
  parseStatement,
  type Statement,
  type StatementName,
  statementNames,
} from './statement.ts'
import type { RunReport, VerifyOptions } from './run-report.ts'

/** The three statements of a run, each of its own type. */
export type Statements = { readonly [Name in StatementName]: Statement<Name> }

export interface Opened {
  readonly statements: Statements
  readonly signature: RunReport['signature']
  readonly unsigned: readonly string[]
}

/** Opens the attestations of a run: types and signatures are looked at before any content. */
export async function openAll(
  runFolder: string,
  { key, parse }: VerifyOptions,
): Promise<Opened | { readonly problems: readonly string[] }> {
  const problems: string[] = []
  const unsigned: string[] = []
  const statements: Partial<Record<StatementName, unknown>> = {}
  let signed = 0
  for (const name of statementNames) {
    try {
      const file = join(attestationsOf(runFolder), fileNameOf(name))
      const envelope = parseEnvelope(parse(await readPlain(file)), fileNameOf(name))
      statements[name] = parseStatement(name, parse(payloadOf(envelope)))
      if (envelope.signatures.length > 0) signed += 1
      if (key !== undefined && !isSignedBy(envelope, key))
        unsigned.push(`${fileNameOf(name)} is not signed by the key ${key.id.slice(0, 12)}…`)
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  problems.push(...(await foreignAttestations(runFolder)))
  if (problems.length > 0) return { problems }
  const signature = key !== undefined ? 'by-key' : signed > 0 ? 'not-checked' : 'none'
  return { statements: statements as Statements, signature, unsigned }
}

async function foreignAttestations(runFolder: string): Promise<string[]> {
  const expected: readonly string[] = statementNames.map(fileNameOf)
  const found = await readdir(attestationsOf(runFolder)).catch(ifAbsent([]))
  return found
    .filter((name) => !expected.includes(name))
    .map((name) => `attestations/${name} does not belong to a run`)
}

/** The bytes of a plain file; a link is never followed. */
export async function readPlain(file: string): Promise<Buffer> {
  const seen = await lstat(file).catch(() => undefined)
  if (seen === undefined)
    throw new AttestationProblem(
      'envelope-unreadable',
      `${basename(file)} is missing: not attested`,
    )
  if (!seen.isFile())
    throw new AttestationProblem('envelope-unreadable', `${basename(file)} is not a plain file`)
  return readFile(file)
}
