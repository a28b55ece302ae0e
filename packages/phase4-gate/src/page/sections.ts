import { type Html, html, link, type PageSection } from '@canary-gate/gate-kernel'
import type { CanaryRun } from '../run/canary-run.ts'
import type { PageFacts } from './page-facts.ts'
import { countPlots } from './plots.ts'
import { watchedSpan } from './watch.ts'

/** What the Phase-4 gate adds to the page of a run, in reading order. */
export function pageSections(facts: PageFacts): PageSection[] {
  const interventions = [
    ...(facts.single?.interventions ?? []),
    ...(facts.fourRun?.interventions ?? []),
  ]
  return [
    { id: 'canary', title: 'The canary, scenario by scenario', body: grid(facts) },
    {
      id: 'service',
      title: 'The hosted service, before and after',
      body: countPlots(facts.snapshots),
    },
    {
      id: 'interventions',
      title: 'Interventions',
      body: watchedSpan(facts.states, facts, interventions),
    },
    { id: 'candidate', title: 'The candidate', body: candidate(facts) },
  ]
}

function grid({ single, fourRun, attempt }: PageFacts): Html {
  const runs = [
    ...(single?.runs ?? []).map((run) => ({ run, name: 'single', file: 'run-1.json' })),
    ...(fourRun?.runs ?? []).map((run) => ({
      run,
      name: `run ${run.run_number}`,
      file: `runs/run-${run.run_number}.json`,
    })),
  ]
  const [first] = runs
  if (first === undefined)
    return single === undefined
      ? html`<p>The canary did not run.</p>`
      : html`<p>The canary ran, and left no document of a run that can be read.</p>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Scenarios by run">
    <table class="grid">
      <caption>
        Each cell leads to the document of its run.
      </caption>
      <thead>
        <tr>
          <th scope="col">Scenario</th>
          ${runs.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${first.run.scenarios.map(({ id, name }) => gridRow(id, name, runs, attempt))}
      </tbody>
    </table>
  </div>`
}

interface Column {
  readonly run: CanaryRun
  readonly name: string
  readonly file: string
}

function gridRow(
  id: number,
  name: string,
  columns: readonly Column[],
  attempt: string | undefined,
): Html {
  const cells = columns.map(({ run, file }) => {
    const scenario = run.scenarios.find((one) => one.id === id)
    const status = scenario?.status ?? 'missing'
    const text =
      status === 'pass'
        ? 'pass'
        : `${status}${scenario?.failure_mode ? `: ${scenario.failure_mode}` : ''}`
    const body = attempt === undefined ? html`${text}` : link(`${attempt}/${file}`, text)
    return html`<td class="${status === 'pass' ? 'pass' : 'fail'}">${body}</td>`
  })
  return html`<tr>
    <th scope="row">${id}. ${name}</th>
    ${cells}
  </tr>`
}

function candidate({ candidate: chosen, installation, fixes }: PageFacts): Html {
  if (chosen === undefined) return html`<p>None was chosen.</p>`
  const rows: readonly (readonly [string, string])[] = [
    ['Tag', chosen.tag],
    ['Commit', chosen.commit],
    ['Wheel SHA-256', chosen.wheelSha256],
    ['Events package', installation?.eventsVersion ?? 'not installed'],
  ]
  const proofs = (fixes ?? []).map(
    ({ issue, commit, verdict, tests }) =>
      html`<li>
        #${issue}: <code>${commit.slice(0, 12)}</code> is ${verdict}; proven by ${tests.length}
        ${tests.length === 1 ? 'test' : 'tests'}
        <ul>
          ${tests.map((test) => html`<li>${test}</li>`)}
        </ul>
      </li>`,
  )
  return html`<dl>
      ${rows.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${
      proofs.length > 0
        ? html`<p>The changes that closed the blockers:</p>
            <ul>
              ${proofs}
            </ul>`
        : undefined
    }`
}
