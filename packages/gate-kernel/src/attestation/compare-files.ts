import { basename, join } from 'node:path'
import { readDocuments } from './documents.ts'
import type { ReadDocument } from './rules.ts'
import type { Statement } from './statement.ts'
import type { VerifyOptions } from './run-report.ts'

/** Every file is hashed again; what is missing, changed, added or not a plain file is named. */
export async function sealProblems(
  runFolder: string,
  attemptFolder: string | null,
  statement: Statement<'seal'>,
  read: ReadDocument,
  { gate, logsFolder }: VerifyOptions,
): Promise<string[]> {
  const { attempt, runId } = statement.predicate
  if (runId !== basename(runFolder)) return [`the seal is that of run ${runId}`]
  if (attempt !== null && attemptFolder === null) return [`the attempt ${attempt} is not named`]
  if (attempt !== null && attempt !== basename(attemptFolder ?? ''))
    return [`the sealed attempt is ${attempt}, the folder is ${basename(attemptFolder ?? '')}`]
  const logs = (await gate.evidence.logsOf(read)).map((file) =>
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
