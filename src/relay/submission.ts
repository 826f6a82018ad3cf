/** Accepting an envelope: checked, kept, and only then acknowledged with a signed receipt (SPEC §8.2). */
import type { Millis } from '../core/ids.ts'
import { maxClockSkewMillis, maxLifetimeMillis } from '../core/limits.ts'
import type { AcceptanceStatement } from '../wire/acceptance.ts'
import type { EnvelopeHeader } from '../wire/envelope.ts'
import type { RelayContext } from './config.ts'
import { ExpiredError, ExpiryTooFarError, MailboxFullError } from './errors.ts'
import type { AppendItem, AppendOutcome } from './mailbox/port.ts'
import { ReceiptSigner } from './receipt-signer.ts'

/** The relay's word for an envelope. */
export interface Accepted {
  /** SPEC §8.2, 224 to 544 bytes. */
  readonly receipt: Uint8Array
  readonly duplicate: boolean
}

/** An envelope that passed all checks. */
export interface Admitted {
  readonly envelope: Uint8Array
  readonly header: EnvelopeHeader
  /** SHA-256 of the envelope, 32 bytes. */
  readonly digest: Uint8Array
  /** Until when it is kept at most. */
  readonly expires: Millis
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
   * Looks whether an envelope may be kept for as long as it says.
   *
   * @param retentionMillis for how long at most, beside its own expiry
   * @throws ExpiredError, ExpiryTooFarError
   */
  admit(envelope: Uint8Array, header: EnvelopeHeader, retentionMillis: Millis): Admitted {
    const now = this.#context.ambient.now()
    const latest = now + maxLifetimeMillis + maxClockSkewMillis
    if (header.expires <= now) throw new ExpiredError({ expires: header.expires, now })
    if (header.expires > latest) throw new ExpiryTooFarError({ expires: header.expires, latest })
    const digest = this.#context.backend.sha256(envelope)
    return { envelope, header, digest, expires: Math.min(header.expires, now + retentionMillis) }
  }

  /**
   * Keeps envelopes, at most 1,024, by one call of the store, and gives what became of each, in their order.
   *
   * @throws an error of the store, when nothing of any is kept
   */
  async keep(admitted: readonly Admitted[]): Promise<readonly (Accepted | MailboxFullError)[]> {
    const { ambient, mailbox: store, limits } = this.#context
    const quota = { maxMessages: limits.maxMailboxMessages, maxBytes: limits.maxMailboxBytes }
    const outcomes = await store.append(admitted.map(itemOf), ambient.now(), quota)
    const kept = admitted.flatMap((one, i) => this.#statementsOf(one, outcomes[i]))
    // SPEC §8.2: signed once the messages are on disk, never before.
    const receipts = (await this.#signer.signAll(kept))[Symbol.iterator]()
    return outcomes.map((outcome) =>
      'full' in outcome
        ? new MailboxFullError(quota)
        : { receipt: receipts.next().value as Uint8Array, duplicate: 'duplicateOf' in outcome },
    )
  }

  /** The statement of what is on disk; none where nothing was kept. */
  #statementsOf({ header, digest, expires }: Admitted, outcome: AppendOutcome | undefined): AcceptanceStatement[] {
    const { ambient, publicKey } = this.#context
    if (outcome === undefined || 'full' in outcome) return []
    const isDuplicate = 'duplicateOf' in outcome
    const statement = {
      relayKey: publicKey,
      mailbox: header.mailbox,
      messageId: header.messageId,
      envelopeDigest: digest,
      acceptedAt: ambient.now(),
      keptUntil: isDuplicate ? outcome.expires : expires,
      seq: isDuplicate ? outcome.duplicateOf : outcome.seq,
    }
    return [statement]
  }
}

function itemOf({ envelope, header, digest, expires }: Admitted): AppendItem {
  const { mailbox, messageId, priority, expires: endsAt } = header
  return { mailboxes: [mailbox], messageId, priority, expires, endsAt, body: envelope, digest }
}
