import { headlineOf, isProvenOnly, whatApart } from '../evidence/headline.ts'
import type { Evidence, RequirementResult } from '../evidence/run-evidence.ts'
import { Html, html, link } from './html.ts'
import { style } from './style.ts'
import { refusedWaivers, waivedLines } from '../evidence/waived-lines.ts'
import { seconds, timeline } from './timeline.ts'

/** A part of the page that a gate's definition adds: the kernel knows no canary. */
export interface PageSection {
  readonly id: string
  readonly title: string
  readonly body: Html
}

/** One thing that the run wrote elsewhere, with the address where it can be read. */
export interface ExternalWrite {
  readonly what: string
  /** Null where the answer that would name it was lost. */
  readonly url: string | null
  readonly at: string | null
}

/** What the page shows besides the evidence. */
export interface PageParts {
  /** What the verdict is worth, in plain words. */
  readonly worth: string
  /** True where nothing real was gated. */
  readonly isRehearsal: boolean
  readonly sections: readonly PageSection[]
  readonly writes: readonly ExternalWrite[]
  /** Address of the documents that a requirement rests on, relative to the page. */
  readonly documentsOf: (id: string) => readonly string[]
}

/**
 * The page of a run: one self-contained file without script or request, readable on a phone, on paper,
 * in light and dark, by keyboard and by a screen reader. Verdict first, with what it is worth.
 */
export function renderPage(evidence: Evidence, parts: PageParts): string {
  const { runId } = evidence
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>
          ${headlineOf(evidence).word}: ${evidence.candidate?.tag ?? 'no candidate'}, run ${runId}
        </title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${head(evidence, parts)}
        <main id="main">
          ${isProvenOnly(evidence) ? undefined : html`${stop(evidence)} ${integrity(evidence)}`}
          ${section({ id: 'timeline', title: 'What happened', body: timeline(evidence) })}
          ${parts.sections.map(section)}
          ${section({ id: 'writes', title: 'Written on GitHub', body: writes(parts.writes) })}
          ${section({ id: 'requirements', title: 'Requirements, in gate order', body: requirements(evidence, parts) })}
          ${next(evidence)} ${section({ id: 'run', title: 'This run', body: facts(evidence) })}
        </main>
      </body>
    </html> `
  return page.text
}

function head(evidence: Evidence, { worth, isRehearsal }: PageParts): Html {
  const { candidate } = evidence
  const { word, sentence } = headlineOf(evidence)
  const what = candidate === null ? 'No candidate was chosen.' : `Candidate ${candidate.tag}.`
  const banner = html`<p class="banner">
    Rehearsal: a world made on this machine. Nothing real was judged or released.
  </p>`
  return html`<header class="${word.toLowerCase()}">
    ${isRehearsal ? banner : undefined}
    <h1>${word}</h1>
    ${waivedLines(evidence).map((line) => html`<p><strong>${line}</strong></p>`)}
    ${refusedWaivers(evidence).map((line) => html`<p>${line}</p>`)}
    <p><strong>${firstUpper(sentence)}.</strong> ${what}</p>
    <p class="quiet">${worth}</p>
  </header>`
}

function firstUpper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function section({ id, title, body }: PageSection): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`
}

/** A stop says each thing once; the table below refers to it. */
function stop({ stop: stopped }: Evidence): Html | undefined {
  if (stopped === null) return undefined
  const { requirement, verdict, cause, code, where, findings = [] } = stopped
  return html`<section class="stop" aria-labelledby="stop">
    <h2 id="stop">Stopped at ${requirement ?? 'the run itself'}</h2>
    <p><strong>${whatApart(stopped)}</strong></p>
    ${
      findings.length > 0
        ? html`<ul>
            ${findings.map((one) => html`<li>${one}</li>`)}
          </ul>`
        : undefined
    }
    <dl>
      <dt>Where</dt>
      <dd><code>${where}</code></dd>
      <dt>Verdict</dt>
      <dd>${verdict}, cause: ${causes[cause]}</dd>
      <dt>Code</dt>
      <dd><code>${code}</code></dd>
    </dl>
  </section>`
}

const causes = {
  product: 'the candidate or its service',
  environment: 'the environment; the candidate is not judged',
  'cannot-tell': 'cannot tell',
} as const

function integrity({ weakenings }: Evidence): Html | undefined {
  if (weakenings.length === 0) return undefined
  return section({
    id: 'integrity',
    title: 'Why this run proves less than the gate demands',
    body: html`<ul>
      ${weakenings.map((one) => html`<li>${one.what}</li>`)}
    </ul>`,
  })
}

function writes(all: readonly ExternalWrite[]): Html {
  if (all.length === 0) return html`<p>Nothing was written.</p>`
  const rows = all.map(
    ({ what, url, at }) =>
      html`<li>
        ${what}: ${url === null ? 'address unknown' : link(url, url)}
        ${at === null ? '' : `(${at})`}
      </li>`,
  )
  return html`<ol>
    ${rows}
  </ol>`
}

function requirements(evidence: Evidence, parts: PageParts): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Requirements">
    <table>
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Requirement</th>
          <th scope="col">Verdict</th>
          <th scope="col">Documents</th>
          <th scope="col">Time</th>
        </tr>
      </thead>
      <tbody>
        ${evidence.requirements.map((one) => row(one, evidence, parts.documentsOf(one.id)))}
      </tbody>
    </table>
  </div>`
}

function row(result: RequirementResult, evidence: Evidence, documents: readonly string[]): Html {
  const { id, text, verdict, durationMs } = result
  const reason = reasonOf(result, evidence)
  const links = documents.map(
    (path) => html`<div>${link(path, path.split('/').at(-1) ?? path)}</div>`,
  )
  return html`<tr>
    <th scope="row">${id}</th>
    <td>${text}${reason === '' ? undefined : html`<br /><span class="quiet">${reason}</span>`}</td>
    <td class="${verdict}">${verdict}</td>
    <td>${links}</td>
    <td class="time">${durationMs === undefined ? '' : seconds(durationMs)}</td>
  </tr>`
}

function reasonOf(
  { id, stop: own, stoppedBy, reusedFrom }: RequirementResult,
  { stop: stopped }: Evidence,
): string {
  if (own !== undefined) return stopped?.requirement === id ? `${own.code}, see above` : own.what
  if (stoppedBy !== undefined) return `not run: ${stoppedBy}`
  return reusedFrom === undefined ? '' : `taken over from run ${reusedFrom}`
}

function next({ stop: stopped, again, resume }: Evidence): Html | undefined {
  const commands = [resume, again].filter((one) => one !== undefined)
  if (stopped === null && commands.length === 0) return undefined
  return html`<section class="next" aria-labelledby="next">
    <h2 id="next">Next</h2>
    ${stopped === null ? undefined : html`<p>${stopped.next}</p>`}
    ${commands.map((command) => html`<p><code>${command}</code></p>`)}
  </section>`
}

function sourceText({ gateSource }: Evidence): string {
  if (gateSource === undefined) return 'unknown: not a checkout'
  const { commit, changed, changedCount } = gateSource
  return changedCount === 0 ? commit : `${commit}, changed since: ${changed.join(', ')}`
}

function facts(evidence: Evidence): Html {
  const { attempt } = evidence
  const rows: readonly (readonly [string, string])[] = [
    ['Run', evidence.runId],
    ['World', evidence.world],
    ['State', evidence.state],
    ['Began', evidence.startedAt],
    ['Ended', evidence.finishedAt],
    ['Attempt', attempt?.folder.split('/').at(-1) ?? 'none'],
    ['Manifest SHA-256', attempt?.manifestSha256 ?? 'not sealed'],
    ['Gate SHA-256', evidence.gateSha256 ?? 'unknown'],
    ['Gate of commit', sourceText(evidence)],
    ['Publication', evidence.publication.status],
  ]
  return html`<dl>
      ${rows.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    <p class="quiet">
      The same for programs: ${link('evidence.json', 'evidence.json')},
      ${link('ctrf.json', 'ctrf.json')}, ${link('junit.xml', 'junit.xml')}.
    </p>`
}
