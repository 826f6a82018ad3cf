/**
 * A small mutation fuzzer. It damages inputs of a corpus, and keeps what has an outcome that nothing before it had (another
 * error, another field, another shape of value), so that later inputs start from there. Everything follows from the seed.
 */
import { concatBytes } from '../../src/core/bytes.ts'

/** Something that takes bytes from outside. */
export interface FuzzTarget {
  readonly name: string
  /** Good inputs to start from, at least one. */
  readonly corpus: readonly Uint8Array[]
  /** Pieces that its inputs are made of, beside interesting numbers. */
  readonly words: readonly Uint8Array[]
  /** Takes an input and names the outcome. @throws when the input breaks a promise: that is a find */
  run(input: Uint8Array): string | Promise<string>
}

/** What a run over a target saw. */
export interface FuzzReport {
  readonly inputs: number
  /** How often each outcome came. */
  readonly outcomes: ReadonlyMap<string, number>
}

/** A find: an input under which a target broke a promise. */
export class FuzzFind extends Error {
  constructor(target: FuzzTarget, input: Uint8Array, cause: unknown) {
    const shown = input.length > 4096 ? `${input.length} bytes, seed and run repeat it` : toDigits(input)
    super(`${target.name}: ${cause instanceof Error ? cause.message : String(cause)}\ninput: ${shown}`, { cause })
    this.name = 'FuzzFind'
  }
}

const toDigits = (input: Uint8Array): string => Buffer.from(input).toString('hex')

/** Inputs grow no longer than this, nor does the corpus. */
const maxInputBytes = 8192
const maxCorpus = 512

/** Random numbers from a seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 to below a limit. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

/** Where lengths, counts and versions break: around zero, signs, widths, and the protocol's own limits. */
const interesting = [
  0,
  1,
  2,
  3,
  4,
  5,
  16,
  31,
  32,
  33,
  63,
  64,
  65,
  126,
  127,
  128,
  255,
  256,
  257,
  1213,
  1216,
  4096,
  4097,
  32_767,
  32_768,
  65_535,
  65_536,
  1_048_576,
  1_048_577,
  1_310_720,
  1_310_721,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fffe,
  0xffff_ffff,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  2 ** 63,
  2 ** 64 - 2048,
]

/** A number in so many bytes, big endian; what does not fit is cut off. */
function bigEndian(value: number, width: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)))
  return bytes.subarray(8 - width)
}

/** Half of the places lie in the first bytes, where the fields that steer a decoder stand. */
function place(dice: Dice, { length }: Uint8Array): number {
  return dice.below(dice.below(2) === 0 ? Math.min(length, 200) + 1 : length + 1)
}

function overwrite(input: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  return concatBytes(input.subarray(0, at), piece, input.subarray(at + piece.length))
}

type Mutation = (input: Uint8Array, dice: Dice, other: Uint8Array, target: FuzzTarget) => Uint8Array

const mutations: readonly Mutation[] = [
  function flipBit(input, dice) {
    const at = Math.min(place(dice, input), input.length - 1)
    return input.with(at, (input[at] as number) ^ (1 << dice.below(8)))
  },
  function setByte(input, dice) {
    return overwrite(input, place(dice, input), Uint8Array.of(dice.pick([0, 1, 2, 0x7f, 0x80, 0xff, dice.below(256)])))
  },
  function nudgeByte(input, dice) {
    const at = Math.min(place(dice, input), input.length - 1)
    return input.with(at, (input[at] as number) + dice.below(9) - 4)
  },
  function writeNumber(input, dice) {
    const value = dice.pick([...interesting, input.length, input.length - 1, dice.below(input.length + 1)])
    return overwrite(input, place(dice, input), bigEndian(value, dice.pick([1, 2, 4, 8])))
  },
  function remove(input, dice) {
    const at = place(dice, input)
    return concatBytes(input.subarray(0, at), input.subarray(at + 1 + dice.below(dice.pick([4, 40, input.length + 1]))))
  },
  function insert(input, dice) {
    const at = place(dice, input)
    return concatBytes(input.subarray(0, at), dice.bytes(1 + dice.below(12)), input.subarray(at))
  },
  function repeat(input, dice) {
    const [from, to] = [place(dice, input), place(dice, input)].toSorted((a, b) => a - b) as [number, number]
    return concatBytes(input.subarray(0, to), input.subarray(from))
  },
  function truncate(input, dice) {
    return input.subarray(0, place(dice, input))
  },
  function extend(input, dice) {
    return concatBytes(input, dice.below(2) === 0 ? dice.bytes(1 + dice.below(8)) : new Uint8Array(1 + dice.below(64)))
  },
  function writeWord(input, dice, _other, { words }) {
    if (words.length === 0) return overwrite(input, place(dice, input), dice.bytes(1 + dice.below(4)))
    const at = place(dice, input)
    const word = dice.pick(words)
    return dice.below(2) === 0
      ? overwrite(input, at, word)
      : concatBytes(input.subarray(0, at), word, input.subarray(at))
  },
  function crossOver(input, dice, other) {
    const at = place(dice, input)
    return concatBytes(input.subarray(0, at), other.subarray(dice.below(2) === 0 ? at : place(dice, other)))
  },
  function graft(input, dice, other) {
    const from = place(dice, other)
    return overwrite(input, place(dice, input), other.subarray(from, from + 1 + dice.below(80)))
  },
]

function mutate(dice: Dice, corpus: readonly Uint8Array[], target: FuzzTarget): Uint8Array {
  let input = dice.pick(corpus)
  for (let times = 1 + dice.below(dice.pick([1, 1, 2, 5])); times > 0; times--) {
    if (input.length === 0) input = dice.bytes(1 + dice.below(64))
    input = dice.pick(mutations)(input, dice, dice.pick(corpus), target)
  }
  return input.subarray(0, maxInputBytes)
}

/**
 * Runs a target on so many damaged inputs.
 *
 * @throws FuzzFind at the first input that breaks a promise
 */
export async function fuzz(target: FuzzTarget, options: { runs: number; seed: number }): Promise<FuzzReport> {
  const dice = new Dice(options.seed)
  const corpus = [...target.corpus]
  const outcomes = new Map<string, number>()
  const take = async (input: Uint8Array) => {
    try {
      // A copy: what a target does to its input must not reach the corpus.
      const result = target.run(Uint8Array.from(input))
      const outcome = typeof result === 'string' ? result : await result
      const times = outcomes.get(outcome) ?? 0
      outcomes.set(outcome, times + 1)
      if (times === 0 && corpus.length < maxCorpus) corpus.push(input)
    } catch (error) {
      throw new FuzzFind(target, input, error)
    }
  }
  for (const input of target.corpus) await take(input)
  for (let run = 0; run < options.runs; run++) await take(mutate(dice, corpus, target))
  return { inputs: target.corpus.length + options.runs, outcomes }
}
