/** Counters, gauges and histograms in the text format of Prometheus (0.0.4). Labels never name a mailbox or an owner. */

type Labels = Readonly<Record<string, string>>

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** What counts up. */
export class Counter {
  readonly #values = new Map<string, number>()

  /** Counts. @param labels few, of few values each */
  add(count: number, labels?: Labels): void {
    const key = labels === undefined ? '' : labelText(labels)
    this.#values.set(key, (this.#values.get(key) ?? 0) + count)
  }

  /** Lines of the text format. */
  lines(name: string): string[] {
    const values = this.#values.size === 0 ? [['', 0] as const] : [...this.#values]
    return [`# TYPE ${name} counter`, ...values.map(([key, value]) => `${name}${key} ${value}`)]
  }
}

const bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30]

/** How long things take. */
export class Histogram {
  readonly #counts = new Map<string, { labels: Labels; buckets: number[]; sum: number }>()

  /** Notes one. */
  observe(seconds: number, labels: Labels): void {
    const key = labelText(labels)
    const entry = this.#counts.get(key) ?? { labels, buckets: Array(bounds.length + 1).fill(0), sum: 0 }
    const at = bounds.findIndex((bound) => seconds <= bound)
    const place = at < 0 ? bounds.length : at
    entry.buckets[place] = (entry.buckets[place] ?? 0) + 1
    entry.sum += seconds
    this.#counts.set(key, entry)
  }

  /** Lines of the text format. */
  lines(name: string): string[] {
    const lines = [`# TYPE ${name} histogram`]
    for (const { labels, buckets, sum } of this.#counts.values()) {
      let total = 0
      for (const [i, count] of buckets.entries()) {
        total += count
        lines.push(`${name}_bucket${labelText({ ...labels, le: String(bounds[i] ?? '+Inf') })} ${total}`)
      }
      lines.push(`${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${total}`)
    }
    return lines
  }
}

/** What is read when somebody asks. */
export type Gauges = () => Promise<Readonly<Record<string, number>>>

/** What a relay measures. */
export class Metrics {
  readonly accepted = new Counter()
  readonly delivered = new Counter()
  readonly acknowledged = new Counter()
  readonly refused = new Counter()
  readonly requests = new Histogram()
  readonly #gauges: Gauges

  constructor(gauges: Gauges) {
    this.#gauges = gauges
  }

  /** All of it as text. */
  async render(): Promise<string> {
    const gauges = Object.entries(await this.#gauges())
    const lines = [
      ...this.accepted.lines('herald_relay_accepted_total'),
      ...this.delivered.lines('herald_relay_delivered_total'),
      ...this.acknowledged.lines('herald_relay_acknowledged_total'),
      ...this.refused.lines('herald_relay_refused_total'),
      ...this.requests.lines('herald_relay_request_seconds'),
      ...gauges.flatMap(([name, value]) => [`# TYPE ${name} gauge`, `${name} ${value}`]),
    ]
    return `${lines.join('\n')}\n`
  }
}
