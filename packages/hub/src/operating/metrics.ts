/** Counters, gauges and one histogram in the Prometheus text format. No tenant appears in a label. */
export class Metrics {
  readonly #counters = new Map<string, number>()
  readonly #buckets = new Map<number, number>(BUCKETS.map((bound) => [bound, 0]))
  #sum = 0
  #count = 0
  streams = 0
  inFlight = 0

  add(name: CounterName, by = 1, labels = ''): void {
    const key = `spec_kitty_hub_${name}${labels === '' ? '' : `{${labels}}`}`
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + by)
  }

  observeIngest(seconds: number): void {
    this.#sum += seconds
    this.#count += 1
    for (const [bound, count] of this.#buckets)
      if (seconds <= bound) this.#buckets.set(bound, count + 1)
  }

  text(): string {
    const lines: string[] = []
    for (const [name, help] of Object.entries(COUNTERS)) {
      const full = `spec_kitty_hub_${name}`
      lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} counter`)
      const found = [...this.#counters].filter(([key]) => key.split('{')[0] === full)
      if (found.length === 0) lines.push(`${full} 0`)
      for (const [key, value] of found) lines.push(`${key} ${value}`)
    }
    lines.push(...this.#histogram(), ...this.#gauges())
    return `${lines.join('\n')}\n`
  }

  #histogram(): string[] {
    const name = 'spec_kitty_hub_ingest_seconds'
    return [
      `# HELP ${name} From the last byte of a batch to its answer`,
      `# TYPE ${name} histogram`,
      ...[...this.#buckets].map(([bound, count]) => `${name}_bucket{le="${bound}"} ${count}`),
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ]
  }

  #gauges(): string[] {
    const gauges: readonly (readonly [string, string, number])[] = [
      ['streams', 'Live streams', this.streams],
      ['requests_in_flight', 'Requests that are being answered', this.inFlight],
      ['resident_bytes', 'Resident size of this process', process.memoryUsage.rss()],
    ]
    return gauges.flatMap(([name, help, value]) => [
      `# HELP spec_kitty_hub_${name} ${help}`,
      `# TYPE spec_kitty_hub_${name} gauge`,
      `spec_kitty_hub_${name} ${value}`,
    ])
  }
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const COUNTERS = {
  requests_total: 'Requests by status',
  batches_total: 'Batches that were committed',
  events_stored_total: 'Events stored for the first time',
  events_duplicate_total: 'Events that were known',
  events_refused_total: 'Events that were refused (poison, conflicts)',
  events_read_total: 'Events sent to readers',
  database_failures_total: 'Requests that failed because the database was away',
  rate_limited_total: 'Requests refused by the rate limit',
} as const

export type CounterName = keyof typeof COUNTERS
