/** Pauses between attempts: exponential with full jitter, so that many clients do not return at once. */
import type { Ambient } from './ambient.ts'
import type { Millis } from './ids.ts'

/** The bounds of a pause. */
export interface BackoffOptions {
  /** The longest first pause. */
  readonly baseMillis: Millis
  /** The longest pause at all. */
  readonly capMillis: Millis
}

/**
 * The pause before the next attempt: uniform between half and all of `base × 2^(attempt - 1)`, capped.
 *
 * @param attempt how many attempts have failed, from 1
 */
export function backoffMillis(ambient: Ambient, attempt: number, options: BackoffOptions): Millis {
  const ceiling = Math.min(options.capMillis, options.baseMillis * 2 ** Math.min(attempt - 1, 30))
  const [high = 0, low = 0] = ambient.random(2)
  return Math.ceil((ceiling / 2) * (1 + ((high << 8) | low) / 0xffff))
}
