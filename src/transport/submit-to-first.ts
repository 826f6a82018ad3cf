/** What transports share: submitting to the first relay that takes a message, and defaults of the port. */
import { HeraldError } from '../core/errors.ts'
import { AbortedError, NoRelayError } from './errors.ts'
import type { Acceptance } from './port.ts'

/** Deliveries that may be unacknowledged at once when the caller does not say. */
export const defaultWindow = 32

/**
 * Tries relays in order until one accepts.
 *
 * @throws the error that leaves most hope: one to try again later, else one to refresh, else the first
 */
export async function submitToFirst(
  relays: readonly string[],
  signal: AbortSignal | undefined,
  submitTo: (relay: string) => Promise<Acceptance>,
): Promise<Acceptance> {
  const errors: HeraldError[] = []
  for (const relay of relays) {
    if (signal?.aborted) throw new AbortedError()
    try {
      return await submitTo(relay)
    } catch (error) {
      if (!(error instanceof HeraldError) || error instanceof AbortedError) throw error
      errors.push(error)
    }
  }
  const best = errors.find(({ retry }) => retry === 'later') ?? errors.find(({ retry }) => retry === 'refresh')
  throw best ?? errors[0] ?? new NoRelayError()
}
