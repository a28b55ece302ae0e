import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Of } from '../evidence/tree.ts'
import { newestSeal } from './chain.ts'
import { type AttestedVerdict, summaryOf, testResultOf } from './compose.ts'
import { attestationsOf, readDocuments, type RunDocuments } from './documents.ts'
import { seal } from './dsse.ts'
import type { SigningKey } from './key.ts'
import { fileNameOf, type Statement, type StatementName } from './statement.ts'

/** What is attested at the end of a run. */
export interface AttestedRun extends AttestedVerdict {
  readonly documents: RunDocuments
  readonly toolVersion: string
  readonly now: Date
  readonly key?: SigningKey | undefined
}

/**
 * Writes the three attestations of a run, each on the ones before it: the seal over every file, the
 * test result over the candidate, and the verification summary. Written once, never replaced; what a
 * process that died, or a full disk, left without the summary is begun anew.
 *
 * @returns their files
 */
export async function attest(run: AttestedRun): Promise<readonly string[]> {
  const { documents, evidence, toolVersion, now } = run
  const { files } = await readDocuments(documents)
  const folder = attestationsOf(documents.runFolder)
  if (!(await isAttested(documents.runFolder))) await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  const written: { readonly name: string; readonly sha256: string }[] = []
  const write = async <Name extends StatementName>(
    name: Name,
    statement: Statement<Name>,
  ): Promise<void> => {
    const text = `${JSON.stringify(seal(Buffer.from(JSON.stringify(statement)), run.key), null, 2)}\n`
    const file = join(folder, fileNameOf(name))
    await writeFile(`${file}.new`, text, { flag: 'wx', mode: 0o444 })
    await rename(`${file}.new`, file)
    written.push({ name: fileNameOf(name), sha256: sha256Of(text) })
  }
  const timeVerified = now.toISOString()
  await write('seal', {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'urn:canary-gate:run-seal:1',
    predicate: {
      runId: evidence.runId,
      sealedAt: timeVerified,
      attempt: documents.attemptFolder?.split('/').at(-1) ?? null,
      previous: await newestSeal(dirname(documents.runFolder), evidence.runId),
    },
  })
  await write('test-result', testResultOf(run))
  await write('vsa', summaryOf(run, { files, attestations: written, timeVerified, toolVersion }))
  return written.map(({ name }) => join(folder, name))
}

/** Whether the end of a run was attested: the summary is written last. */
export async function isAttested(runFolder: string): Promise<boolean> {
  return (await readdir(attestationsOf(runFolder)).catch((): string[] => [])).includes(
    fileNameOf('vsa'),
  )
}
