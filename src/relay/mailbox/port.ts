/**
 * Where a relay keeps mail. The same for every store; whoever implements it passes `test/compliance/mailbox.ts`.
 * There is no object per mailbox, so there may be millions of them.
 */
import type { MailboxId, MessageId, Millis } from '../../core/ids.ts'
import type { Priority } from '../../core/priority.ts'

/** One message to keep. It may go to many mailboxes, which then share one stored body. */
export interface AppendItem {
  /** At least one, no repetition. */
  readonly mailboxes: readonly MailboxId[]
  readonly messageId: MessageId
  readonly priority: Priority
  readonly expires: Millis
  /** The envelope's bytes. */
  readonly body: Uint8Array
}

/** How much one mailbox may hold. */
export interface MailboxQuota {
  readonly maxMessages: number
  /** Of message bodies, each counted in full in every mailbox that shares it. */
  readonly maxBytes: number
}

/**
 * What became of an item: a new arrival number, the one it got when the same bytes came before, or that nothing of it
 * was kept because one of its mailboxes is full. Message id and bytes are remembered until the message expires, even
 * after it was acknowledged; erasing the mailbox forgets them.
 */
export type AppendOutcome = { readonly seq: number } | { readonly duplicateOf: number } | { readonly full: true }

/** One message in a mailbox. */
export interface StoredMessage {
  /** Arrival number, unique and ascending within the store. */
  readonly seq: number
  readonly messageId: MessageId
  readonly priority: Priority
  readonly expires: Millis
  readonly body: Uint8Array
}

/** A message on lease. */
export interface LeasedMessage extends StoredMessage {
  /** How many leases it has had, this one included. */
  readonly attempt: number
  readonly leasedUntil: Millis
}

/** Which messages a read gives. */
export interface ReadOptions {
  /** Only this class; every class, highest first, when left out. */
  readonly priority?: Priority
  /** Only arrival numbers above this one. */
  readonly afterSeq?: number
  readonly limit: number
  readonly now: Millis
}

/** How messages are leased. */
export interface LeaseOptions {
  /** Names the reader that holds the lease. */
  readonly consumer: string
  /** At most this many. */
  readonly count: number
  readonly leaseMillis: Millis
  readonly now: Millis
}

/** How much a store holds. */
export interface MailboxStats {
  readonly mailboxes: number
  readonly messages: number
  readonly bytes: number
}

/** A mailbox store. `now` is given by the caller, since time comes in through `Ambient`. */
export interface MailboxStore extends AsyncDisposable {
  /** Keeps messages; durable when resolved, all or none. Outcomes stand in the order of the items. */
  append(items: readonly AppendItem[], now: Millis, quota?: MailboxQuota): Promise<readonly AppendOutcome[]>
  /** Looks at messages without leasing them. */
  read(mailbox: MailboxId, options: ReadOptions): Promise<readonly StoredMessage[]>
  /** Leases messages that are neither leased nor expired: highest class first, then arrival order. */
  lease(mailbox: MailboxId, options: LeaseOptions): Promise<readonly LeasedMessage[]>
  /**
   * Removes messages whose lease the consumer holds; durable when resolved. Tells how many there were. A lease whose
   * time is over still counts until another lease or a sweep takes it.
   */
  ack(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number>
  /** Gives leases back at once. Tells how many there were. */
  release(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number>
  /** Erases one message from one mailbox; nothing of its body is left on disk when resolved. */
  eraseMessage(mailbox: MailboxId, seq: number): Promise<boolean>
  /** Erases all of a mailbox and tells how many messages it held. */
  eraseMailbox(mailbox: MailboxId): Promise<number>
  /** Drops expired messages and returns lapsed leases; tells how many messages were dropped. */
  sweep(now: Millis): Promise<number>
  /** How much there is: mailboxes that hold something, messages in them, and bytes of bodies, shared ones once. */
  stats(): Promise<MailboxStats>
  /** Calls back whenever a mailbox may have something to lease. Returns a function that ends it. */
  wake(mailbox: MailboxId, listener: () => void): () => void
}
