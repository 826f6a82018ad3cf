/** What Herald's relay means to reach, computed from one run. */
import type { Summary } from './rounds.ts'

/** What was measured of one broker. */
export interface BrokerFigures {
  readonly endToEnd: Summary
  readonly accepted: Summary
  readonly latencyMillis: readonly object[]
}

/** One figure with what it should be. */
export interface Target {
  readonly figure: string
  readonly value: number
  readonly atLeast: number
  readonly reached: boolean
}

interface Broker extends BrokerFigures {
  readonly name: string
  readonly durable: boolean
}

function target(figure: string, exact: number, atLeast: number): Target {
  return { figure, value: Number(exact.toPrecision(3)), atLeast, reached: exact >= atLeast }
}

/** The targets and what this run gave. @param brokers Herald first */
export function targetsOf([herald, ...peers]: readonly Broker[]): Target[] {
  const durable = peers.filter((peer) => peer.durable).toSorted((a, b) => b.endToEnd.perSecond - a.endToEnd.perSecond)
  const [best] = durable
  const rate = herald?.endToEnd.perSecond ?? 0
  return [
    target('end to end over WebSocket on two processors, messages a second', rate, 20_000),
    ...(best === undefined
      ? []
      : [target(`end to end: herald / ${best.name}, the best durable peer`, rate / best.endToEnd.perSecond, 1.2)]),
  ]
}
