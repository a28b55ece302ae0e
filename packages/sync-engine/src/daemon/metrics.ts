import { waitingForConsent } from '../consent/waiting.ts'
import type { CommandContext } from '../context/command-context.ts'
import { senderOf } from '../context/sender.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import { countsFor } from '../delivery/counts.ts'
import { findTarget } from '../delivery/targets.ts'
import { readJournal, type Journal } from '../journal/journal.ts'
import { journalTotals } from '../journal/totals.ts'
import { targetId } from '../target/identity.ts'

/** What a daemon knows of itself. */
export interface DaemonFacts {
  readonly startedAtMs: number
  readonly isDraining: boolean
  readonly consecutiveFailures: number
  /** Requests that delivered something since the start. */
  readonly posts: number
  readonly lastPassAtMs: number | undefined
}

export interface Metric {
  /** Without the prefix. */
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  /** UCUM, as OpenTelemetry asks for it. */
  readonly unit: string
  readonly value: number
}

/** Figures without a name of a person, a project, a server or a path: whoever may read them learns none. */
export function daemonMetrics(
  context: CommandContext,
  facts: DaemonFacts,
  nowMs: number,
): Metric[] {
  const journal = readJournal({ home: context.paths.home, now: () => nowMs })
  try {
    return [...ofDaemon(facts), ...ofJournal(context, journal)]
  } finally {
    journal.close()
  }
}

function ofDaemon(facts: DaemonFacts): Metric[] {
  const { startedAtMs, isDraining, consecutiveFailures, posts, lastPassAtMs } = facts
  return [
    metric('start_time_seconds', 'When the daemon started', 's', startedAtMs / 1000),
    metric('draining', 'Whether a delivery runs', '1', Number(isDraining)),
    metric('consecutive_failures', 'Failed deliveries in a row', '{delivery}', consecutiveFailures),
    { ...metric('posts_total', 'Requests that delivered', '{request}', posts), kind: 'counter' },
    metric('last_pass_time_seconds', 'End of the last delivery', 's', (lastPassAtMs ?? 0) / 1000),
    metric('resident_bytes', 'Resident size of the daemon', 'By', process.memoryUsage.rss()),
  ]
}

function ofJournal(context: CommandContext, journal: Journal): Metric[] {
  const { retained, retainedBytes } = journalTotals(journal)
  const identity = currentIdentity(context)
  const target = identity === undefined ? undefined : findTarget(journal, targetId(identity))
  const counts = target && countsFor(journal, target.generationId)
  const streams = waitingForConsent(journal, target?.generationId, senderOf(context))
  const forConsent = streams.reduce((sum, { events }) => sum + events, 0)
  const failed = counts === undefined ? 0 : counts['terminal-failed'] - counts.dismissed
  const events = (name: string, help: string, value: number): Metric =>
    metric(name, help, '{event}', value)
  return [
    events('journal_events', 'Events whose text is here', retained),
    metric('journal_bytes', 'Bytes of their texts', 'By', retainedBytes),
    events('delivered_events', 'Events that the target has', counts?.delivered ?? 0),
    events(
      'undelivered_events',
      'Events that it still has to get',
      counts?.undelivered ?? retained,
    ),
    events('failed_events', 'Events refused for good, undecided', failed),
    events('consent_events', 'Events that wait for a consent', forConsent),
  ]
}

function metric(name: string, help: string, unit: string, value: number): Metric {
  return { name, help, kind: 'gauge', unit, value }
}

const PREFIX = 'spec_kitty_sync_'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The Prometheus text format. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, kind, value }) => {
      const full = `${PREFIX}${name}`
      return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${full} ${value}\n`
    })
    .join('')
}

/** The same as the body of an OTLP/HTTP export in JSON (OpenTelemetry protocol 1.x). */
export function otlpJson(
  metrics: readonly Metric[],
  { version, startedAtMs, nowMs }: { version: string; startedAtMs: number; nowMs: number },
): object {
  const nanoseconds = (ms: number): string => `${Math.round(ms)}000000`
  const attribute = (key: string, text: string): object => ({ key, value: { stringValue: text } })
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            attribute('service.name', 'spec-kitty-sync'),
            attribute('service.version', version),
          ],
        },
        scopeMetrics: [
          {
            scope: { name: 'spec-kitty-sync', version },
            metrics: metrics.map(({ name, help, kind, unit, value }) => {
              const timeUnixNano = nanoseconds(nowMs)
              const point = { timeUnixNano, asDouble: value }
              const counted = { ...point, startTimeUnixNano: nanoseconds(startedAtMs) }
              return {
                name: `${PREFIX}${name}`,
                description: help,
                unit,
                ...(kind === 'gauge'
                  ? { gauge: { dataPoints: [point] } }
                  : {
                      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [counted] },
                    }),
              }
            }),
          },
        ],
      },
    ],
  }
}
