/** Runs one load against one broker, in the process that is there for nothing else. */
import type { BrokerClient, Latency, Load, LoadMessage, LoadResult } from './broker.ts'
import { Pair } from './pair.ts'

/** What is left over after this long is missing. */
const drainMillis = 15_000

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis))
}

/** The value below which a share of the values lies. */
function quantile(sorted: readonly number[], share: number): number {
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3))
}

/** Times seen in the measured part of a run. */
class Times {
  readonly #values: number[] = []

  add(value: number): void {
    this.#values.push(value)
  }

  sorted(): number[] {
    return this.#values.toSorted((a, b) => a - b)
  }
}

/** Arrivals of a run, and how late the load itself was. */
class Clock {
  readonly arrivals = new Times()
  readonly lateness = new Times()
  from = Number.POSITIVE_INFINITY
  until = Number.POSITIVE_INFINITY

  /** Whether a message that was to be sent at a time counts. */
  counts(plannedAt: number): boolean {
    return plannedAt >= this.from && plannedAt < this.until
  }

  latency(): Latency {
    const arrivals = this.arrivals.sorted()
    const lateness = this.lateness.sorted()
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(arrivals, share)) as [number, number, number]
    return { p50, p99, max, sentLateP50: quantile(lateness, 0.5), sentLateP99: quantile(lateness, 0.99) }
  }
}

/**
 * Sends at a rate whatever comes back: each message has its time, and one that is sent late counts from that time, so that
 * a stalled broker cannot hide by stalling the load.
 */
function startSchedule(pairs: readonly Pair[], perSecond: number, clock: Clock): () => void {
  const begun = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const now = performance.now()
    for (const due = Math.floor(((now - begun) / 1000) * perSecond); sent < due; sent++) {
      const plannedAt = begun + (sent / perSecond) * 1000
      if (clock.counts(plannedAt)) clock.lateness.add(now - plannedAt)
      pairs[sent % pairs.length]?.send(plannedAt)
    }
  }, 1)
  return () => clearInterval(timer)
}

const finishedOf = (pairs: readonly Pair[]) => pairs.reduce((sum, pair) => sum + pair.finished, 0)
const underWayOf = (pairs: readonly Pair[]) => pairs.reduce((sum, pair) => sum + pair.underWay, 0)

async function drain(pairs: readonly Pair[]): Promise<number> {
  const until = performance.now() + drainMillis
  while (underWayOf(pairs) > 0 && performance.now() < until) await sleep(5)
  return underWayOf(pairs)
}

/** Runs a load and says when the measured part begins and ends. */
export async function runLoad(
  client: BrokerClient,
  load: Load,
  say: (message: LoadMessage) => void,
): Promise<LoadResult> {
  const clock = new Clock()
  const pairs = Array.from(
    { length: load.queues },
    () => new Pair(load, (at) => clock.counts(at) && clock.arrivals.add(performance.now() - at)),
  )
  for (const [queue, pair] of pairs.entries()) await pair.open(client, queue)
  const stop = load.kind === 'paced' ? startSchedule(pairs, load.perSecond, clock) : () => {}
  for (const pair of pairs) pair.pump()
  await sleep(load.warmMillis)
  say({ say: 'begin' })
  clock.from = performance.now()
  const before = finishedOf(pairs)
  const cpuBefore = process.cpuUsage()
  await sleep(load.measureMillis)
  const messages = finishedOf(pairs) - before
  const { user, system } = process.cpuUsage(cpuBefore)
  clock.until = performance.now()
  say({ say: 'end' })
  stop()
  for (const pair of pairs) pair.stopped = true
  const missing = await drain(pairs)
  return {
    messages,
    millis: Math.round(clock.until - clock.from),
    clientCpuMicros: user + system,
    outOfOrder: pairs.reduce((sum, pair) => sum + pair.outOfOrder, 0),
    missing,
    ...(load.kind === 'paced' && { latency: clock.latency() }),
  }
}
