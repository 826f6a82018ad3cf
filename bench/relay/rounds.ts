/** Rounds over all brokers, in an order that rotates, so that whatever else the machine does falls on all of them alike. */
import type { Connection, Load } from './broker.ts'
import { type Measured, startLoad } from './start-load.ts'

/** A running server under a name. */
export interface Contender {
  readonly name: string
  readonly client: string
  readonly pids: readonly number[]
  readonly connection: Connection
}

/** What loads a contender gets, and for how long. */
export interface Plan {
  readonly kind: Load['kind']
  readonly perSecond: number
  readonly warmMillis: number
  readonly measureMillis: number
}

/** What was measured over the rounds. */
export interface Summary {
  /** Median of the rounds. */
  readonly perSecond: number
  /** Lowest and highest round. */
  readonly spread: readonly [number, number]
  /** CPU time of the server a message, microseconds, median. */
  readonly serverMicros: number
  /** CPU time of the client a message, microseconds, median. */
  readonly clientMicros: number
  readonly outOfOrder: number
  readonly missing: number
}

/** Producers, and consumers where there are any. */
export const queues = 4
/** Messages of one producer that are on their way. */
export const window = 256
/** Length of an envelope, and of a message of a peer. */
export const bodyBytes = 1024

/** The middle one. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Runs one load. */
function runPlan({ client, connection, pids }: Contender, plan: Plan): Promise<Measured> {
  return startLoad({ client, connection, queues, window, bodyBytes, ...plan }, pids)
}

/** Runs a plan against all contenders in turn, several times. */
export async function runRounds(
  contenders: readonly Contender[],
  plan: Plan,
  rounds: number,
): Promise<Map<string, Measured[]>> {
  const measured = new Map(contenders.map(({ name }) => [name, [] as Measured[]]))
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length] as Contender
      const result = await runPlan(contender, plan)
      measured.get(contender.name)?.push(result)
      console.log(
        `  ${contender.name.padEnd(24)} ${result.perSecond.toLocaleString('en').padStart(9)}/s  ` +
          `server ${result.serverMicros} µs  client ${result.clientMicros} µs`,
      )
    }
  return measured
}

/** The rounds as one figure each. */
export function summarise(measured: readonly Measured[]): Summary {
  const rates = measured.map(({ perSecond }) => perSecond)
  return {
    perSecond: median(rates),
    spread: [Math.min(...rates), Math.max(...rates)],
    serverMicros: median(measured.map(({ serverMicros }) => serverMicros)),
    clientMicros: median(measured.map(({ clientMicros }) => clientMicros)),
    outOfOrder: measured.reduce((sum, { outOfOrder }) => sum + outOfOrder, 0),
    missing: measured.reduce((sum, { missing }) => sum + missing, 0),
  }
}
