/**
 * How often handlers have rejected a message. Counted here, since a relay counts leases, and a lease that ran out is no
 * rejection.
 */
import type { MessageId } from '../core/ids.ts'

/** A message is handed out at most this often by one process. */
const maxRejections = 5
/** Messages whose rejections are remembered. */
const maxRemembered = 10_000

/** Counts rejections, in bounded memory. */
export class Rejections {
  readonly #counts = new Map<MessageId, number>()

  /** Counts one more. @returns whether it was the last one: the message is not handed out again */
  add(messageId: MessageId): boolean {
    const count = (this.#counts.get(messageId) ?? 0) + 1
    this.#counts.delete(messageId)
    if (count >= maxRejections) return true
    this.#counts.set(messageId, count)
    if (this.#counts.size > maxRemembered) this.#counts.delete(this.#counts.keys().next().value as MessageId)
    return false
  }
}
