import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { redact } from '../redact.ts'
import { renderCtrf } from './ctrf.ts'
import { type Evidence, evidenceSchema } from './evidence.ts'
import { renderHtml } from './html.ts'
import { renderJUnit } from './junit.ts'

/**
 * Writes the result of a run in its four forms: `evidence.json` for programs, CTRF and JUnit for
 * dashboards, an HTML page for people. The comments for the two issues lie beside them, as they were
 * checked, posted or not. Everything is redacted; the evidence is checked against its
 * schema and written last, so that where it exists the others exist too.
 *
 * @param comments text by issue number
 * @returns path of evidence.json
 */
export async function writeReports(
  runFolder: string,
  evidence: Evidence,
  comments: Readonly<Record<string, string>> = {},
): Promise<string> {
  for (const [issue, text] of Object.entries(comments)) {
    await store(runFolder, `comment-${issue}.md`, text)
  }
  const checked = evidenceSchema.parse(JSON.parse(redact(JSON.stringify(evidence))))
  await store(runFolder, 'ctrf.json', toJson(renderCtrf(checked)))
  await store(runFolder, 'junit.xml', renderJUnit(checked))
  await store(runFolder, 'index.html', renderHtml(checked))
  return store(runFolder, 'evidence.json', toJson(checked))
}

async function store(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(`${file}.new`, redact(text))
  await rename(`${file}.new`, file)
  return file
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
