/** Accepting an envelope: checked, kept, and only then acknowledged with a signed receipt (SPEC §8.2). */
import { maxClockSkewMillis, maxLifetimeMillis } from '../core/limits.ts'
import { encodeAcceptanceReceipt, encodeAcceptanceStatement } from '../wire/acceptance.ts'
import { decodeEnvelope, type EnvelopeHeader } from '../wire/envelope.ts'
import type { RelayContext } from './config.ts'
import { ExpiredError, ExpiryTooFarError, MailboxFullError, RateLimitedError } from './errors.ts'
import { RateLimit } from './rate-limit.ts'

/** The relay's word for an envelope. */
export interface Accepted {
  /** 212 bytes. */
  readonly receipt: Uint8Array
  readonly duplicate: boolean
}

/** Takes envelopes from anyone, within the limits. */
export class Submissions {
  readonly #context: RelayContext
  readonly #rate: RateLimit

  constructor(context: RelayContext) {
    const { submitBurst, submitPerSecond, maxTrackedAddresses } = context.limits
    this.#context = context
    this.#rate = new RateLimit({ burst: submitBurst, perSecond: submitPerSecond, maxKeys: maxTrackedAddresses })
  }

  /** Counts a message of a network address. @throws RateLimitedError */
  admit(address: string): void {
    const retryAfterSeconds = this.#rate.take(address, this.#context.ambient.now())
    if (retryAfterSeconds > 0) throw new RateLimitedError({ retryAfterSeconds })
  }

  /**
   * Keeps an envelope.
   *
   * @throws a `wire.*` error, ExpiredError, ExpiryTooFarError, MailboxFullError, or an error of the store
   */
  async accept(envelope: Uint8Array): Promise<Accepted> {
    const { ambient, mailbox: store, limits } = this.#context
    const { header } = decodeEnvelope(envelope)
    this.#assertLifetime(header)
    const { mailbox, messageId, priority, expires } = header
    const quota = { maxMessages: limits.maxMailboxMessages, maxBytes: limits.maxMailboxBytes }
    const item = { mailboxes: [mailbox], messageId, priority, expires, body: envelope }
    const [outcome] = await store.append([item], ambient.now(), quota)
    if (outcome === undefined || 'full' in outcome) throw new MailboxFullError(quota)
    const duplicate = 'duplicateOf' in outcome
    return { receipt: this.#sign(header, envelope, duplicate ? outcome.duplicateOf : outcome.seq), duplicate }
  }

  #assertLifetime({ expires }: EnvelopeHeader): void {
    const now = this.#context.ambient.now()
    const latest = now + maxLifetimeMillis + maxClockSkewMillis
    if (expires <= now) throw new ExpiredError({ expires, now })
    if (expires > latest) throw new ExpiryTooFarError({ expires, latest })
  }

  /** Called once the message is on disk, never before. */
  #sign({ mailbox, messageId }: EnvelopeHeader, envelope: Uint8Array, seq: number): Uint8Array {
    const { backend, relayKey, publicKey, ambient } = this.#context
    const envelopeDigest = backend.sha256(envelope)
    const statement = { relayKey: publicKey, mailbox, messageId, envelopeDigest, acceptedAt: ambient.now(), seq }
    const signature = backend.ed25519Sign(relayKey, encodeAcceptanceStatement(statement))
    return encodeAcceptanceReceipt({ ...statement, signature })
  }
}
