import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sha256Of } from '../evidence/tree.ts'
import { attestationsOf, readDocuments } from './documents.ts'
import type { ReadDocument } from './rules.ts'
import { fileNameOf, type Statement } from './statement.ts'
import type { VerifyOptions } from './run-report.ts'

/** Every file is hashed again; what is missing, changed, added or not a plain file is named. */
export async function sealProblems(
  runFolder: string,
  attemptFolder: string | null,
  statement: Statement<'seal'>,
  read: ReadDocument,
  { rules, logsFolder }: VerifyOptions,
): Promise<string[]> {
  const { attempt, runId } = statement.predicate
  if (runId !== basename(runFolder)) return [`the seal is that of run ${runId}`]
  if (attempt !== null && attemptFolder === null) return [`the attempt ${attempt} is not named`]
  if (attempt !== null && attempt !== basename(attemptFolder ?? ''))
    return [`the sealed attempt is ${attempt}, the folder is ${basename(attemptFolder ?? '')}`]
  const logs = (await rules.logsOf(read)).map((file) =>
    logsFolder === undefined ? file : join(logsFolder, basename(file)),
  )
  const now = await readDocuments({
    runFolder,
    attemptFolder: attempt === null ? null : attemptFolder,
    logs,
  }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  if (typeof now === 'string') return [`a sealed folder cannot be read: ${now}`]
  const found = new Map(now.files.map(({ name, sha256 }) => [name, sha256]))
  const listed = new Set<string>()
  const problems = now.irregular.map((name) => `${name} is not a plain file`)
  for (const { name, digest } of statement.subject) {
    if (listed.has(name)) problems.push(`${name} is sealed twice`)
    listed.add(name)
    const sha256 = found.get(name)
    if (sha256 === undefined) problems.push(`${name} is missing`)
    else if (sha256 !== digest.sha256) problems.push(`${name} was changed after sealing`)
  }
  const added = [...found.keys()].filter((name) => !listed.has(name))
  return [...problems, ...added.map((name) => `${name} was added after sealing`)]
}

/** The seal before this one is what it was when this one was made. */
export async function chainProblems(
  runFolder: string,
  statement: Statement<'seal'>,
): Promise<string[]> {
  const { previous } = statement.predicate
  if (previous === null) return []
  const file = join(attestationsOf(join(dirname(runFolder), previous.runId)), fileNameOf('seal'))
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes === undefined) return []
  return sha256Of(bytes) === previous.sha256
    ? []
    : [`the seal of the run before, ${previous.runId}, is not the one that this run names`]
}
