/**
 * Time and randomness come in through this door, so that tests can fix both and nothing else reads a clock.
 */
import type { Millis } from './ids.ts'

/** What the surroundings give: the time, and random bytes. */
export interface Ambient {
  /** Milliseconds since 1970. */
  now(): Millis
  /** Cryptographically secure random bytes. @param length bytes, at most 65,536 */
  random(length: number): Uint8Array
}

/** The machine's clock and the platform's secure random generator. */
export const systemAmbient: Ambient = {
  now: () => Date.now(),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
