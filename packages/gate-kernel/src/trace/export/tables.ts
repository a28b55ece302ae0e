import { Html, html } from '../../page/html.ts'
import { style } from '../../page/style.ts'
import {
  originLine,
  type ResultOrigin,
  type TracedRequirement,
  type TracedTest,
  type TraceReport,
} from '../report.ts'

/** One line per link, and one per requirement or test without a link (RFC 4180). */
export function toCsv(report: TraceReport): string {
  const head = ['requirement', 'text', 'status', 'test file', 'test title', 'test status', 'at']
  const rows = [
    ...report.requirements.flatMap(({ id, text, status, tests }) =>
      tests.length === 0
        ? [[id, text, status, '', '', '', ...origin(null)]]
        : tests.map((test) => [id, text, status, ...testFields(test)]),
    ),
    ...report.testsWithoutRequirement.map((test) => ['', '', '', ...testFields(test)]),
  ]
  const lines = [[...head, 'run', 'commit', 'candidate'], ...rows]
  return `${lines.map((line) => line.map(field).join(',')).join('\r\n')}\r\n`
}

function testFields({ file, title, status, from }: TracedTest): string[] {
  return [file, title, status, ...origin(from)]
}

/** Of each result, so that a table of several runs says so in each line. */
function origin(from: ResultOrigin | null): string[] {
  return [from?.at ?? '', from?.run ?? '', from?.commit ?? '', from?.candidate ?? '']
}

/** Quoted where it must be; a text that a spreadsheet would take for a formula is made text. */
function field(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

/** Both directions on one self-contained page. */
export function toHtml(report: TraceReport): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Traceability, ${report.runs[0]?.run ?? 'no run'}</title>
        <style>
          ${plainStyle}
        </style>
      </head>
      <body>
        <main>
          <h1>Traceability</h1>
          <p>${report.requirements.length} requirements, ${report.gaps.length} gaps.</p>
          <p><strong>${originLine(report)}.</strong></p>
          ${table('Runs', ['Run', 'Commit', 'Candidate', 'Time', 'Results'], report.runs.map(runRow))}
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

function runRow({ run, commit, candidate, at, results }: TraceReport['runs'][number]): Html {
  return html`<tr>
    <th scope="row">${run}</th>
    <td>${commit ?? 'unknown'}</td>
    <td>${candidate ?? 'none'}</td>
    <td>${at}</td>
    <td>${results}</td>
  </tr>`
}

function forward({ id, text, status, tests }: TracedRequirement): Html {
  const list = tests.map(
    (test) =>
      html`<li>
        ${test.status}: ${test.file}: ${test.title}
        ${test.from === null ? '' : `(run ${test.from.run}, ${test.from.at})`}
      </li>`,
  )
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
  const add = ({ file, title }: TracedTest, ids: readonly string[]): void => {
    const name = `${file}: ${title}`
    byTest.set(name, [...(byTest.get(name) ?? []), ...ids])
  }
  for (const { id, tests } of report.requirements) for (const test of tests) add(test, [id])
  for (const test of report.testsWithoutRequirement)
    add(
      test,
      test.unknown.map((id) => `${id} (unknown)`),
    )
  return [...byTest].map(
    ([name, ids]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${ids.length === 0 ? 'none' : ids.join(', ')}</td>
      </tr>`,
  )
}
