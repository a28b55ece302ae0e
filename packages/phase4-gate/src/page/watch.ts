import { type Html, html } from '@canary-gate/gate-kernel'
import type { Fact } from '../run/facts.ts'
import type { PageFacts } from './page-facts.ts'

type State = Fact<'stateBeforeSingle'> | undefined

/** The span that was watched, with the canary runs in it: "none" is something that was measured. */
export function watchedSpan(
  states: readonly State[],
  { single, fourRun }: Pick<PageFacts, 'single' | 'fourRun'>,
  interventions: readonly string[],
): Html {
  const taken = states.filter((one) => one !== undefined)
  const [first, last] = [taken[0], taken.at(-1)]
  if (first === undefined || last === undefined)
    return html`<p>Nothing was watched: the canary did not begin.</p>`
  const runs = [...(single?.runs ?? []), ...(fourRun?.runs ?? [])].map(({ timestamp }) => timestamp)
  const found =
    interventions.length === 0
      ? html`<p>
          None between ${first.takenAt.slice(11, 19)} and ${last.takenAt.slice(11, 19)} UTC:
          ${watched(first)} were compared.
        </p>`
      : html`<ul>
          ${interventions.map((one) => html`<li>${one}</li>`)}
        </ul>`
  return html`${found} ${axis(first.takenAt, last.takenAt, runs)}`
}

function watched({ databases, files, daemons, service }: NonNullable<State>): string {
  const parts = [
    count(Object.keys(databases).length, 'database'),
    count(Object.keys(files).length, 'further file'),
    count(Object.keys(daemons).length, 'daemon record'),
    service === null
      ? 'no value of the service'
      : count(Object.keys(service).length, 'value') + ' of the service',
  ]
  return parts.join(', ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function axis(from: string, to: string, runs: readonly string[]): Html {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  const x = (at: string): string =>
    (10 + (Math.max(0, Date.parse(at) - begin) / Math.max(end - begin, 1)) * 880).toFixed(1)
  return html`<figure tabindex="0">
    <svg
      viewBox="0 0 900 50"
      role="img"
      aria-label="Watched from ${from} to ${to}, with ${runs.length} canary runs in it"
    >
      <rect class="watched" x="10" y="10" width="880" height="12" rx="3" />
      ${runs.map((at, index) => html`<line class="tick" x1="${x(at)}" x2="${x(at)}" y1="4" y2="28" /><text x="${x(at)}" y="42" text-anchor="middle">${index === 0 ? 'single' : index}</text>`)}
    </svg>
    <figcaption>The watched span; each mark is the start of a canary run.</figcaption>
  </figure>`
}
