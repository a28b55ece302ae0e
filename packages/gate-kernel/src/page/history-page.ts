import { html, Html, link } from './html.ts'
import { style } from './style.ts'
import { seconds } from './timeline.ts'

/** One run, as the list of all runs shows it. */
export interface HistoryEntry {
  readonly run: string
  readonly world: string
  readonly candidate: string | null
  /** Name of the folder that keeps its documents, where it got so far. */
  readonly attempt: string | null
  readonly verdict: 'release' | 'hold' | 'waived'
  /** Requirement and code of the stop; null for a release. */
  readonly stop: string | null
  readonly seconds: number
  /** Requirements and repeated parts that this candidate passed once and failed another time. */
  readonly flaky: readonly string[]
}

/**
 * All runs with a verdict on one self-contained page, each with a link to its own page. What was waived,
 * and what was only rehearsed, is said before the list. Pure.
 *
 * @param unreadable runs whose evidence cannot be read: an omission would look like a run that was not
 */
export function renderHistoryPage(
  runs: readonly HistoryEntry[],
  unreadable: readonly string[],
): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Runs of the gate</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main id="main">
          <h1>Runs of the gate</h1>
          ${summary(runs)}
          ${unreadable.map((run) => html`<p><strong>${run} has no evidence that can be read.</strong></p>`)}
          ${runs.length === 0 ? html`<p>No run has a verdict yet.</p>` : table(runs)}
        </main>
      </body>
    </html> `
  return page.text
}

function summary(runs: readonly HistoryEntry[]): Html {
  const count = (verdict: HistoryEntry['verdict']): number =>
    runs.filter((one) => one.verdict === verdict && one.world !== 'rehearsal').length
  const rehearsed = runs.filter(({ world }) => world === 'rehearsal').length
  const waived = count('waived')
  return html`${
      waived === 0
        ? undefined
        : html`<p class="banner">
            ${waived} waived: an owner went on in spite of a stop, which is not a release.
          </p>`
    }
    <p>
      ${count('release')} released, ${count('hold')} held, ${waived} waived. Rehearsals, in which
      nothing real was judged: ${rehearsed}.
    </p>`
}

function table(runs: readonly HistoryEntry[]): Html {
  const head = ['Run', 'Verdict', 'Candidate', 'Attempt', 'World', 'Stop', 'Flaky', 'Time']
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Runs, the newest first">
    <table>
      <caption>
        The newest first; each leads to the page of its run. Flaky is what a candidate passed once
        and failed another time.
      </caption>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${runs.map(row)}
      </tbody>
    </table>
  </div>`
}

const classes = { release: 'pass', hold: 'fail', waived: 'inconclusive' } as const

function row(entry: HistoryEntry): Html {
  const { run, verdict, candidate, attempt, world, stop, seconds: time, flaky } = entry
  return html`<tr>
    <th scope="row">${link(`${run}/index.html`, run)}</th>
    <td class="${classes[verdict]}">${verdict}</td>
    <td>${candidate ?? 'none'}</td>
    <td>${attempt ?? 'none'}</td>
    <td>${world}</td>
    <td>${stop ?? ''}</td>
    <td>${flaky.join(', ')}</td>
    <td class="time">${seconds(time * 1000)}</td>
  </tr>`
}
