import { type Html, html } from '@canary-gate/gate-kernel'
import type { ServiceSnapshot } from '../run/facts.ts'

const counts = [
  ['infraTerminalFailed', 'Infra failures (must be 0)'],
  ['businessRuleRejected', 'Historical business-rule rows'],
  ['retryable', 'Retryable rows'],
] as const

/** The drain counts of the service over the snapshots of the run, one small plot a count. */
export function countPlots(snapshots: readonly (ServiceSnapshot | undefined)[]): Html {
  const taken = snapshots.filter((one) => one !== undefined)
  const [first] = taken
  if (first === undefined) return html`<p>The service was not asked.</p>`
  const last = taken.at(-1) ?? first
  return html`<p>
      Image <code>${last.image}</code>, commit <code>${last.gitSha.slice(0, 12)}</code>, events
      ${last.eventsVersion}.
    </p>
    <div class="plots">
      ${counts.map(([key, title]) =>
        plot(
          title,
          taken.map(({ takenAt, drain }) => ({ at: takenAt, value: drain[key] })),
        ),
      )}
    </div>`
}

interface Point {
  readonly at: string
  readonly value: number
}

/** A line over time with its values written out; the text says the same. */
function plot(title: string, points: readonly Point[]): Html {
  const times = points.map(({ at }) => Date.parse(at))
  const [begin, end] = [Math.min(...times), Math.max(...times)]
  const top = Math.max(...points.map(({ value }) => value), 1)
  const x = (at: string): number => 20 + ((Date.parse(at) - begin) / Math.max(end - begin, 1)) * 200
  const y = (value: number): number => 60 - (value / top) * 40
  const path = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const values = points.map(({ at, value }) => `${value} at ${at.slice(11, 19)}`).join(', ')
  return html`<figure>
    <svg viewBox="0 0 250 80" role="img" aria-label="${title}: ${values}">
      <polyline class="plot" points="${path}" />
      ${points.map(({ at, value }) => html`<circle class="dot" cx="${x(at).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" /><text x="${x(at).toFixed(1)}" y="${(y(value) - 7).toFixed(1)}" text-anchor="middle">${value}</text>`)}
      <text class="time" x="20" y="78">${points[0]?.at.slice(11, 19)}</text>
      <text class="time" x="220" y="78" text-anchor="end">${points.at(-1)?.at.slice(11, 19)}</text>
    </svg>
    <figcaption>${title}</figcaption>
  </figure>`
}
