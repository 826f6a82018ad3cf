/** Numbers and bytes that look random and are the same in every run. */

/** What a seed gives, one after the other. */
export interface SeededRandom {
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number
  bytes(length: number): Uint8Array
  pick<Item>(items: readonly Item[]): Item
  /** Begins a sequence of its own, the same each time that the answer is called. */
  fork(): () => SeededRandom
}

/** Mulberry32, which passes the usual tests of randomness; nothing secret is made of it. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    fork() {
      const begin = next()
      return () => seededRandom(begin)
    },
  }
}
