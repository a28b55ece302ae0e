import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const lineSchema = z.strictObject({
  file: z.string(),
  title: z.string(),
  state: z.string(),
  at: z.string(),
  /** The run that it is a result of: that of a gate by its id, any other by its beginning. */
  run: z.string(),
  /** What was tested: the commit of the checkout, null where there is none. */
  commit: z.string().nullable(),
  /** Tag of the candidate, null where none was chosen and for tests that have none. */
  candidate: z.string().nullable(),
  /** Requirement id → digest of its text when the test ran: a changed text outdates the result. */
  texts: z.record(z.string(), z.string()),
})

/** The last result of one test. */
export type TestResultLine = z.infer<typeof lineSchema>

/**
 * Replaces the results of the files that ran; files that did not run keep their last ones.
 *
 * @param root folder that the test files are named from
 * @param file where the results are kept, by default in the checkout
 */
export async function recordResults(
  root: string,
  lines: readonly TestResultLine[],
  file = resultsOfCheckout(root),
): Promise<void> {
  const ran = new Set(lines.map((line) => line.file))
  const kept = (await readResults(root, file)).filter((line) => !ran.has(line.file))
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify([...kept, ...lines], null, 1)}\n`)
  await rename(temporary, file)
}

/**
 * All last results of test files that still exist; none if there is no record yet or it cannot be
 * read.
 */
export async function readResults(
  root: string,
  file = resultsOfCheckout(root),
): Promise<TestResultLine[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  const parsed = z.array(lineSchema).safeParse(parseJson(text))
  const lines = parsed.success ? parsed.data : []
  return lines.filter((line) => existsSync(join(root, line.file)))
}

/** Short digest of a requirement's text, empty where there is none: the register lacks its id. */
export function textDigest(text: string | undefined): string {
  if (text === undefined) return ''
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function resultsOfCheckout(root: string): string {
  return join(root, 'artifacts', 'trace', 'results.json')
}

/** An installed package keeps its results where its runs are: its own folder is not to be written. */
export function resultsBeside(artifacts: string): string {
  return join(artifacts, 'results.json')
}
