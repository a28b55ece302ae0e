import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { redact, redactValue } from '../secrets/redact.ts'
import { renderCtrf } from './ctrf.ts'
import { type Evidence, evidenceSchema } from '../evidence/run-evidence.ts'
import { type PageParts, renderPage } from '../page/page.ts'
import { renderJUnit } from './junit.ts'

/**
 * Writes the result of a run in its four forms: `evidence.json` for programs, CTRF and JUnit for
 * dashboards, an HTML page for people. The texts that are to be published are kept next to them, as they
 * were checked, published or not. Everything is redacted, documents text by text: what looks like the
 * beginning of a secret would take the rest of a document with it. The evidence is checked against its
 * schema and written last, so that where it exists the others exist too.
 *
 * @param page what the page shows besides the evidence
 * @param drafts text by name
 * @returns path of evidence.json
 */
export async function writeReports(
  runFolder: string,
  evidence: Evidence,
  page: PageParts,
  drafts: Readonly<Record<string, string>> = {},
): Promise<string> {
  for (const [name, text] of Object.entries(drafts)) {
    await store(runFolder, `${name}.md`, redact(text))
  }
  const checked = evidenceSchema.parse(redactValue(evidence))
  await store(runFolder, 'ctrf.json', toJson(renderCtrf(checked)))
  await store(runFolder, 'junit.xml', renderJUnit(checked))
  await store(runFolder, 'index.html', redact(renderPage(checked, page)))
  return store(runFolder, 'evidence.json', toJson(checked))
}

async function store(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
  return file
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
