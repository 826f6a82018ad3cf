/**
 * Measures alternatives against each other: in one process, in rounds whose order rotates, as operations per CPU-second
 * of the whole process (user and system, helper threads included), since the machine's other work would distort seconds.
 * Ratios are the result.
 */

/** One alternative: does one operation. */
export interface Alternative {
  readonly name: string
  /** A promise is waited for before the next operation begins. */
  run(): unknown
}

/** What was measured of one alternative. */
export interface Measurement {
  readonly name: string
  /** Operations per CPU-second: median over the rounds. */
  readonly perCpuSecond: number
  /** Lowest and highest round. */
  readonly spread: readonly [number, number]
}

/** What was measured of one alternative, with each round. */
export interface Rounds extends Measurement {
  /** Operations per CPU-second of each round. */
  readonly samples: readonly number[]
}

/** How long is measured. */
export interface InterleaveOptions {
  readonly rounds: number
  /** CPU time of one alternative in one round, milliseconds. */
  readonly cpuMillis: number
}

/** An alternative with the number of operations between two looks at the CPU clock, so that looking costs little. */
interface Paced {
  readonly alternative: Alternative
  readonly batch: number
  readonly samples: number[]
}

/** CPU microseconds that the process has used. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function runBatch({ run }: Alternative, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const result = run()
    // Waiting for what is no promise would cost a fast operation as much as itself.
    if (result instanceof Promise) await result
  }
}

/** Operations per CPU-second over at least `cpuMillis` of CPU time. */
async function measureOnce(alternative: Alternative, batch: number, cpuMillis: number): Promise<number> {
  const begun = cpuMicros()
  let operations = 0
  let used = 0
  while (used < cpuMillis * 1000) {
    await runBatch(alternative, batch)
    operations += batch
    used = cpuMicros() - begun
  }
  return operations / (used / 1e6)
}

/** Lets the alternative get compiled, and finds a batch that takes about 2 ms. */
async function pace(alternative: Alternative, cpuMillis: number): Promise<Paced> {
  const rate = await measureOnce(alternative, 8, cpuMillis)
  return { alternative, batch: Math.max(1, Math.round(rate / 500)), samples: [] }
}

/** The middle one of several numbers. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/**
 * How many times as fast one is as another: the median of the ratios of each round. A machine that slows down for a second
 * slows both of a round, where the medians of the two may come from different rounds.
 */
export function ratioOf(one: Rounds, other: Rounds): number {
  return median(one.samples.map((rate, round) => rate / (other.samples[round] as number)))
}

/** Measures the alternatives in turn. */
export async function interleave(
  alternatives: readonly Alternative[],
  { rounds, cpuMillis }: InterleaveOptions,
): Promise<Rounds[]> {
  const paced: Paced[] = []
  for (const alternative of alternatives) paced.push(await pace(alternative, cpuMillis / 2))
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < paced.length; turn++) {
      const { alternative, batch, samples } = paced[(round + turn) % paced.length] as Paced
      samples.push(await measureOnce(alternative, batch, cpuMillis))
    }
  return paced.map(({ alternative, samples }) => ({
    name: alternative.name,
    perCpuSecond: Math.round(median(samples)),
    spread: [Math.round(Math.min(...samples)), Math.round(Math.max(...samples))],
    samples,
  }))
}
