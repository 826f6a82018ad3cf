/** What Herald means to reach beside its peers, computed from one run. */
import { type Rounds, ratioOf } from '../interleave.ts'

/** One figure with what it should be. */
export interface Target {
  readonly figure: string
  readonly value: number
  readonly atLeast: number
  readonly reached: boolean
}

/** The tables that targets are about. */
export interface Measured {
  readonly seal: readonly Rounds[]
  readonly open: readonly Rounds[]
  readonly envelopeEncode: readonly Rounds[]
  readonly envelopeDecode: readonly Rounds[]
}

const herald = 'herald node, X-Wing'
const sealedSender = 'libsignal sealed sender'
const hpkeCore = '@hpke/core X-Wing + WebCrypto Ed25519'

function named(name: string, measurements: readonly Rounds[]): Rounds {
  const found = measurements.find((measurement) => measurement.name === name)
  if (found === undefined) throw new Error(`${name} was not measured`)
  return found
}

function target(figure: string, exact: number, atLeast: number): Target {
  return { figure, value: Number(exact.toPrecision(3)), atLeast, reached: exact >= atLeast }
}

/** The targets and what this run gave. */
export function targetsOf({ seal, open, envelopeEncode, envelopeDecode }: Measured): Target[] {
  const ratio = (peer: string, measurements: readonly Rounds[]) =>
    ratioOf(named(herald, measurements), named(peer, measurements))
  return [
    target(`seal + sign: ${herald} / ${sealedSender}`, ratio(sealedSender, seal), 1.9),
    target(`seal + sign: ${herald} / ${hpkeCore}`, ratio(hpkeCore, seal), 14),
    target(`open + verify: ${herald} / ${sealedSender}`, ratio(sealedSender, open), 1.35),
    target('envelope encode, per CPU-second', named('herald', envelopeEncode).perCpuSecond, 1e6),
    target('envelope decode, per CPU-second', named('herald', envelopeDecode).perCpuSecond, 1e6),
  ]
}
