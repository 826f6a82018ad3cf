/**
 * How opaque envelopes travel. A transport knows relays and mailboxes, never a sender or a plaintext. Whoever
 * implements it passes `test/compliance/transport.ts`.
 */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Hex } from '../core/bytes.ts'
import type { CardId, MailboxId, Millis } from '../core/ids.ts'

/** A relay's word that an envelope is on its disk. */
export interface Acceptance {
  /** The relay's URL. */
  readonly relay: string
  /** The signed receipt (SPEC §8.2), 224 to 544 bytes. */
  readonly receipt: Uint8Array
  /** Whether the relay had the same envelope already. */
  readonly duplicate: boolean
}

/** A message on lease from a mailbox. */
export interface Delivery {
  /** The relay's arrival number, unique within the relay. */
  readonly seq: number
  readonly envelope: Uint8Array
  /** 1 for the first delivery; more when a lease ran out before. */
  readonly attempt: number
  /** When the lease runs out, by the relay's clock. */
  readonly leasedUntil: Millis
}

/** Who asks for a mailbox, and how it proves that it may. */
export interface MailboxOwner {
  readonly agent: AgentRef
  readonly mailbox: MailboxId
  /** The agent's current card. */
  readonly cardId: CardId
  /** Signs a challenge with the card's signing key: Ed25519, 64 bytes (SPEC §8.3). */
  sign(challenge: Uint8Array): Uint8Array
}

/** How an inbox is opened. */
export interface InboxOptions {
  /** How many deliveries may be unacknowledged at once, 1 to 256. Default 32. */
  readonly window?: number
  /** How long each lease lasts. Default 30 s, at most 10 min. */
  readonly leaseMillis?: Millis
  readonly signal?: AbortSignal
}

/** What goes with an envelope, where the recipient's mailbox does not take mail of everybody (SPEC §8.8). */
export interface SubmitOptions {
  readonly signal?: AbortSignal
  /** The write token that the recipient gave to its contacts, 32 bytes. */
  readonly token?: Uint8Array | undefined
  /**
   * The sender, for a relay whose mailbox takes mail of registered senders only: it is shown to that relay, and to no
   * other. Left out, such mail is refused.
   */
  readonly identity?: MailboxOwner | undefined
}

/** Who may write to a mailbox: everybody, who shows a session of its own, or who shows a write token. */
export type WritePolicy = 'open' | 'registered' | 'contacts'

/** What an owner decides about its mailbox at a relay (SPEC §8.8). */
export interface MailboxSettings {
  readonly write: WritePolicy
  /** SHA-256 of the write tokens that are good, at most 48; whoever shows one may always write. */
  readonly writers: readonly Hex[]
  /** Work that senders without a token do for each message, 0 to 24 bits. */
  readonly stampBits: number
  /** Mail is kept for at most this long, 1 minute to 30 days. */
  readonly retentionMillis: Millis
}

/** An open mailbox. Messages arrive on lease: by priority class, then in order of arrival. */
export interface Inbox extends AsyncDisposable {
  /** The deliveries; ends when the inbox is disposed of, throws a `transport.*` error when the relay is lost. */
  deliveries(): AsyncIterable<Delivery>
  /** Ends the leases: the relay forgets these messages. Resolves when that is durable. */
  acknowledge(seqs: readonly number[]): Promise<void>
  /** Gives messages back at once, to be delivered again. */
  release(seqs: readonly number[]): Promise<void>
}

/** Carries envelopes to mailboxes and out of them. */
export interface Transport extends AsyncDisposable {
  /**
   * Hands an envelope to the first of the relays that accepts it. Submitting the same bytes again is harmless.
   *
   * @throws a `transport.*` error with its retry verdict; then no relay gave its word
   */
  submit(envelope: Uint8Array, relays: readonly string[], options?: SubmitOptions): Promise<Acceptance>
  /** Opens the owner's mailbox at a relay. @throws a `transport.*` error */
  openInbox(relay: string, owner: MailboxOwner, options?: InboxOptions): Promise<Inbox>
  /** Replaces the settings of the owner's mailbox at a relay; durable when resolved. @throws a `transport.*` error */
  configure(relay: string, owner: MailboxOwner, settings: MailboxSettings): Promise<void>
}
