/** Accepting an envelope: checked, kept, and only then acknowledged with a signed receipt (SPEC §8.2). */
import type { Millis } from '../core/ids.ts'
import { maxClockSkewMillis, maxLifetimeMillis } from '../core/limits.ts'
import { decodeEnvelope, type EnvelopeHeader } from '../wire/envelope.ts'
import type { RelayContext } from './config.ts'
import { ExpiredError, ExpiryTooFarError, MailboxFullError } from './errors.ts'
import { ReceiptSigner } from './receipt-signer.ts'

/** The relay's word for an envelope. */
export interface Accepted {
  /** SPEC §8.2, 224 to 544 bytes. */
  readonly receipt: Uint8Array
  readonly duplicate: boolean
}

/** Takes envelopes from anyone, within the limits. */
export class Submissions {
  readonly #context: RelayContext
  readonly #signer: ReceiptSigner

  constructor(context: RelayContext) {
    const { backend, relayKey } = context
    this.#context = context
    this.#signer = new ReceiptSigner({
      sha256: backend.sha256,
      sign: (bytes) => backend.ed25519Sign(relayKey, bytes),
    })
  }

  /**
   * Keeps an envelope.
   *
   * @param retentionMillis for how long at most, beside its own expiry
   * @throws a `wire.*` error, ExpiredError, ExpiryTooFarError, MailboxFullError, or an error of the store
   */
  async accept(envelope: Uint8Array, retentionMillis: Millis = maxLifetimeMillis): Promise<Accepted> {
    const { ambient, backend, publicKey, mailbox: store, limits } = this.#context
    const { header } = decodeEnvelope(envelope)
    this.#assertLifetime(header)
    const { mailbox, messageId, priority } = header
    const expires = Math.min(header.expires, ambient.now() + retentionMillis)
    const quota = { maxMessages: limits.maxMailboxMessages, maxBytes: limits.maxMailboxBytes }
    const item = { mailboxes: [mailbox], messageId, priority, expires, endsAt: header.expires, body: envelope }
    const [outcome] = await store.append([item], ambient.now(), quota)
    if (outcome === undefined || 'full' in outcome) throw new MailboxFullError(quota)
    const duplicate = 'duplicateOf' in outcome
    // SPEC §8.2: signed once the message is on disk, never before.
    const receipt = await this.#signer.sign({
      relayKey: publicKey,
      mailbox,
      messageId,
      envelopeDigest: backend.sha256(envelope),
      acceptedAt: ambient.now(),
      keptUntil: duplicate ? outcome.expires : expires,
      seq: duplicate ? outcome.duplicateOf : outcome.seq,
    })
    return { receipt, duplicate }
  }

  #assertLifetime({ expires }: EnvelopeHeader): void {
    const now = this.#context.ambient.now()
    const latest = now + maxLifetimeMillis + maxClockSkewMillis
    if (expires <= now) throw new ExpiredError({ expires, now })
    if (expires > latest) throw new ExpiryTooFarError({ expires, latest })
  }
}
