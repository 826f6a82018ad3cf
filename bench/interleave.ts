/**
 * Measures alternatives against each other: in one process, in rounds whose order rotates, as operations per CPU-second
 * of the whole process (user and system), since the machine's other work would distort seconds. Ratios are the result.
 */

/** One alternative: does one operation. */
export interface Alternative {
  readonly name: string
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

/** How long is measured. */
export interface InterleaveOptions {
  readonly rounds: number
  /** CPU time of one alternative in one round, milliseconds. */
  readonly cpuMillis: number
}

async function measureOnce({ run }: Alternative, cpuMillis: number): Promise<number> {
  const begun = process.cpuUsage()
  let operations = 0
  let used = 0
  while (used < cpuMillis * 1000) {
    for (let i = 0; i < 8; i++) await run()
    operations += 8
    const { user, system } = process.cpuUsage(begun)
    used = user + system
  }
  return operations / (used / 1e6)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Measures the alternatives in turn. */
export async function interleave(
  alternatives: readonly Alternative[],
  { rounds, cpuMillis }: InterleaveOptions,
): Promise<Measurement[]> {
  const samples = new Map(alternatives.map(({ name }) => [name, [] as number[]]))
  for (const alternative of alternatives) await measureOnce(alternative, cpuMillis / 4)
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < alternatives.length; turn++) {
      const alternative = alternatives[(round + turn) % alternatives.length] as Alternative
      samples.get(alternative.name)?.push(await measureOnce(alternative, cpuMillis))
    }
  return [...samples].map(([name, values]) => ({
    name,
    perCpuSecond: Math.round(median(values)),
    spread: [Math.round(Math.min(...values)), Math.round(Math.max(...values))],
  }))
}
