import type { Evidence, RequirementResult } from '../evidence/run-evidence.ts'
import { Html, html } from './html.ts'

/** One requirement on the time axis; times in milliseconds since the run began. */
export interface Bar {
  readonly id: string
  readonly verdict: RequirementResult['verdict']
  readonly startMs: number
  readonly durationMs: number
  /** Part of the duration in which programs ran. */
  readonly programsMs: number
  readonly reusedFrom: string | undefined
}

/** The requirements that ran, in the order in which they began. Pure. */
export function barsOf({ startedAt, requirements }: Evidence): Bar[] {
  const began = Date.parse(startedAt)
  return requirements.flatMap((one) => {
    if (one.startedAt === undefined) return []
    return [
      {
        id: one.id,
        verdict: one.verdict,
        startMs: Math.max(0, Date.parse(one.startedAt) - began),
        durationMs: one.durationMs ?? 0,
        programsMs: Math.min(one.programsMs ?? 0, one.durationMs ?? 0),
        reusedFrom: one.reusedFrom,
      },
    ]
  })
}

const width = 960
const rowHeight = 20
const labelWidth = 150
const plotWidth = width - labelWidth - 80

/** The run as a picture, and the same as a list for whoever cannot see it. */
export function timeline(evidence: Evidence): Html {
  const bars = barsOf(evidence)
  if (bars.length === 0) return html`<p>No requirement began.</p>`
  const totalMs = Math.max(...bars.map((bar) => bar.startMs + bar.durationMs), 1)
  const scale = (ms: number): number => (ms / totalMs) * plotWidth
  const height = bars.length * rowHeight + 34
  return html`<figure tabindex="0">
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="timeline-title timeline-text">
      <title id="timeline-title">Timeline of the run</title>
      <desc id="timeline-text">
        ${bars.length} requirements in ${seconds(totalMs)}; each bar is one of them, its darker part
        the time in which programs ran. The table of requirements below has the same times.
      </desc>
      ${ticks(totalMs, scale, height)} ${bars.map((bar, index) => barRow(bar, index, scale))}
    </svg>
    <figcaption>
      <span class="key own"></span> the gate itself <span class="key programs"></span> programs that
      it started and waited for <span class="key reused"></span> taken over from an earlier run
    </figcaption>
  </figure>`
}

function barRow(bar: Bar, index: number, scale: (ms: number) => number): Html {
  const y = index * rowHeight + 4
  const x = labelWidth + scale(bar.startMs)
  const length = Math.max(2, scale(bar.durationMs))
  const programs = scale(bar.programsMs)
  const kind = bar.reusedFrom === undefined ? bar.verdict : 'reused'
  return html`<g
    ><text x="${labelWidth - 8}" y="${y + 11}" text-anchor="end">${bar.id}</text>
    <rect
      class="bar ${kind}"
      x="${round(x)}"
      y="${y}"
      width="${round(length)}"
      height="14"
      rx="2"
    />
    ${programs > 0 ? html`<rect class="bar programs" x="${round(x)}" y="${y + 4}" width="${round(programs)}" height="6" />` : undefined}
    <text class="time" x="${round(Math.min(x + length + 6, width - 60))}" y="${y + 11}"
      >${seconds(bar.durationMs)}</text
    ></g
  >`
}

/** At most six lines, at round seconds. */
function ticks(totalMs: number, scale: (ms: number) => number, height: number): Html[] {
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 7200, 14_400]
  const step = (steps.find((one) => totalMs / 1000 / one <= 6) ?? 28_800) * 1000
  const times = Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => index * step)
  return times.map((ms) => {
    const x = round(labelWidth + scale(ms))
    return html`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="${height - 20}" /><text
        class="time"
        x="${x}"
        y="${height - 6}"
        text-anchor="middle"
        >${seconds(ms)}</text
      >`
  })
}

/** `850 ms`, `3.2 s`, `4 min 05 s`. */
export function seconds(ms: number): string {
  if (ms === 0) return '0 s'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

function round(value: number): string {
  return value.toFixed(1)
}
