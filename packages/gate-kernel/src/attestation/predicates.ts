import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AttestationProblem } from './problem.ts'
import type { Statements } from './opened.ts'

/** The statements about the candidate; the seal is about the files of the run. */
const aboutCandidate = ['test-result', 'vsa'] as const

/**
 * Writes what a signer is given that makes statements itself, such as the one of GitHub, which signs
 * without a key: `<name>.json` with the predicate of each statement about the candidate, and `outputs` with
 * the subject, and with type and file of each predicate, one `name=value` a line.
 *
 * @returns the files that were written
 * @throws AttestationProblem where the name of the subject is not one printable line
 */
export async function writePredicates(
  folder: string,
  statements: Statements,
): Promise<readonly string[]> {
  const [subject] = statements.vsa.subject
  const name = subject?.name ?? ''
  if (!/^[\x21-\x7e]+$/.test(name))
    throw new AttestationProblem(
      'statement-unreadable',
      `${JSON.stringify(name)} is not a name that can be signed: it is not one printable word`,
    )
  await mkdir(folder, { recursive: true })
  const lines = [`subject-name=${name}`, `subject-digest=sha256:${subject?.digest.sha256 ?? ''}`]
  const files: string[] = []
  for (const statement of aboutCandidate) {
    const { predicateType, predicate } = statements[statement]
    const file = join(folder, `${statement}.json`)
    await writeFile(file, `${JSON.stringify(predicate, null, 2)}\n`)
    lines.push(`${statement}-type=${predicateType}`, `${statement}-path=${file}`)
    files.push(file)
  }
  const outputs = join(folder, 'outputs')
  await writeFile(outputs, `${lines.join('\n')}\n`)
  return [...files, outputs]
}
