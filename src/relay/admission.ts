/** How often: token buckets by network address, by session and by mailbox. */
import type { RelayContext } from './config.ts'
import { RateLimitedError } from './errors.ts'
import { RateLimit } from './rate-limit.ts'

/** All buckets of a relay. Each call takes a token or throws RateLimitedError, which says when there is one again. */
export class Admission {
  readonly #context: RelayContext
  readonly #submits: RateLimit
  readonly #sessions: RateLimit
  readonly #lookups: RateLimit
  readonly #mailboxes: RateLimit
  readonly #shelves: RateLimit
  readonly #calls: RateLimit

  constructor(context: RelayContext) {
    this.#context = context
    const { limits } = context
    const buckets = (burst: number, perSecond: number) =>
      new RateLimit({ burst, perSecond, maxKeys: limits.maxTrackedAddresses })
    this.#submits = buckets(limits.submitBurst, limits.submitPerSecond)
    this.#sessions = buckets(limits.sessionBurst, limits.sessionPerSecond)
    this.#lookups = buckets(limits.lookupBurst, limits.lookupPerSecond)
    this.#mailboxes = buckets(limits.mailboxBurst, limits.mailboxPerSecond)
    this.#shelves = buckets(limits.shelfBurst, limits.shelfPerSecond)
    this.#calls = buckets(limits.callBurst, limits.callsPerSecond)
  }

  #take(limit: RateLimit, key: string): void {
    const retryAfterSeconds = limit.take(key, this.#context.ambient.now())
    if (retryAfterSeconds > 0) throw new RateLimitedError({ retryAfterSeconds })
  }

  /** A message from an address. */
  takeSubmit(address: string): void {
    this.#take(this.#submits, address)
  }

  /** A challenge or session for an address: each session costs a look-up on the chain. */
  takeSession(address: string): void {
    this.#take(this.#sessions, address)
  }

  /** A card or key package for an address. */
  takeLookup(address: string): void {
    this.#take(this.#lookups, address)
  }

  /** A message for a mailbox. @param key the mailbox, with the token's id where one was shown */
  takeMailbox(key: string): void {
    this.#take(this.#mailboxes, key)
  }

  /** A key package of a mailbox, so that nobody empties its shelf from many addresses at once. */
  takeShelf(mailbox: string): void {
    this.#take(this.#shelves, mailbox)
  }

  /** An owner's call in a session. */
  takeCall(sessionId: string): void {
    this.#take(this.#calls, sessionId)
  }
}
