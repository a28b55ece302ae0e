import { Html, html } from '../../page/html.ts'
import { style } from '../../page/style.ts'
import type { TracedRequirement, TraceReport } from '../report.ts'

/** Which run the results of a report belong to; each is null where it is not known. */
export interface TraceOrigin {
  readonly run: string | null
  readonly commit: string | null
  readonly candidate: string | null
  readonly at: string
}

/** One line per link, and one per requirement or test without a link (RFC 4180). */
export function toCsv(report: TraceReport, origin: TraceOrigin): string {
  const where = [origin.run ?? '', origin.commit ?? '', origin.candidate ?? '']
  const head = ['requirement', 'text', 'status', 'test file', 'test title', 'test status', 'at']
  const rows = [
    ...report.requirements.flatMap(({ id, text, status, tests }) =>
      tests.length === 0
        ? [[id, text, status, '', '', '', '']]
        : tests.map((test) => [
            id,
            text,
            status,
            test.file,
            test.title,
            test.status,
            test.at ?? '',
          ]),
    ),
    ...report.testsWithoutRequirement.map(({ file, title }) => ['', '', '', file, title, '', '']),
  ]
  const lines = [[...head, 'run', 'commit', 'candidate'], ...rows.map((row) => [...row, ...where])]
  return `${lines.map((line) => line.map(field).join(',')).join('\r\n')}\r\n`
}

/** Quoted where it must be; a text that a spreadsheet would take for a formula is made text. */
function field(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

/** Both directions on one self-contained page. */
export function toHtml(report: TraceReport, origin: TraceOrigin): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Traceability, ${origin.run ?? 'no run'}</title>
        <style>
          ${plainStyle}
        </style>
      </head>
      <body>
        <main>
          <h1>Traceability</h1>
          <p>
            ${report.requirements.length} requirements, ${report.gaps.length} gaps. Run
            ${origin.run ?? 'none'}, commit ${origin.commit ?? 'unknown'}, candidate
            ${origin.candidate ?? 'none'}, ${origin.at}.
          </p>
          ${gaps(report)}
          ${table('Requirement to tests', ['Requirement', 'Status', 'Tests'], report.requirements.map(forward))}
          ${table('Test to requirements', ['Test', 'Requirements'], backward(report))}
        </main>
      </body>
    </html> `
  return page.text
}

function table(title: string, head: readonly string[], rows: readonly Html[]): Html {
  const id = title.toLowerCase().replaceAll(' ', '-')
  return html`<h2 id="${id}">${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="${id}">
      <table>
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`
}

const plainStyle = new Html(style)

function gaps(report: TraceReport): Html {
  if (report.gaps.length === 0) return html`<p>No gaps.</p>`
  return html`<h2>Gaps</h2>
    <ul>
      ${report.gaps.map((gap) => html`<li>${gap}</li>`)}
    </ul>`
}

function forward({ id, text, status, tests }: TracedRequirement): Html {
  const list = tests.map((test) => html`<li>${test.status}: ${test.file}: ${test.title}</li>`)
  return html`<tr>
    <th scope="row">${id}</th>
    <td>${status}</td>
    <td>
      ${text}
      <ul>
        ${list}
      </ul>
    </td>
  </tr>`
}

function backward(report: TraceReport): Html[] {
  const byTest = new Map<string, string[]>()
  for (const { id, tests } of report.requirements)
    for (const { file, title } of tests) {
      const name = `${file}: ${title}`
      byTest.set(name, [...(byTest.get(name) ?? []), id])
    }
  for (const { file, title } of report.testsWithoutRequirement) byTest.set(`${file}: ${title}`, [])
  return [...byTest].map(
    ([name, ids]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${ids.length === 0 ? 'none' : ids.join(', ')}</td>
      </tr>`,
  )
}
