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
  /**
   * When the message ends as its bytes say it, which is the same whenever they come, where `expires` may be earlier. A
   * store may keep what ends together together; it may be left out, but then always for the same bytes.
   */
  readonly endsAt?: Millis
  /** The envelope's bytes. */
  readonly body: Uint8Array
  /** SHA-256 of the body, 32 bytes, from who has it at hand; a store computes it when it is left out. */
  readonly digest?: Uint8Array
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
 * after it was acknowledged; erasing the mailbox forgets them. `expires` is until when the first one is remembered.
 */
export type AppendOutcome =
  | { readonly seq: number }
  | { readonly duplicateOf: number; readonly expires: Millis }
  | { readonly full: true }

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
  /**
   * `delivery`, the default: highest class first, then arrival. `arrival`: by arrival number alone, so that the last
   * number of one page is `afterSeq` of the next; an empty page is the end.
   */
  readonly order?: 'delivery' | 'arrival'
  readonly limit: number
  /** Stops before the bodies amount to more, but gives at least one message; unbounded when left out. */
  readonly maxBytes?: number
  readonly now: Millis
}

/** How messages are leased. */
export interface LeaseOptions {
  /** Names the reader that holds the lease. */
  readonly consumer: string
  /** At most this many. */
  readonly count: number
  /** Stops before the bodies amount to more, but gives at least one message; unbounded when left out. */
  readonly maxBytes?: number
  /** At most 600,000. */
  readonly leaseMillis: Millis
  readonly now: Millis
}

/** Settings of a mailbox are at most this long. What they say is the relay's business; the store keeps bytes. */
export const maxSettingsBytes = 4096
/** The name of a package on a shelf is 1 to this many characters of printable ASCII. */
export const maxPackageIdCharacters = 128
/** A shelf knows the names of this many packages that were taken last, and does not take them in again. */
export const rememberedPackages = 256

/** A package for whoever wants to add the mailbox's owner to a group: opaque, public, laid out by the owner. */
export interface ShelfPackage {
  /** Names it within the mailbox. One that is or was on the shelf is not taken in twice. */
  readonly id: string
  readonly bytes: Uint8Array
  /** Given out when no other is left, and kept; a newer one replaces it. The others are given out once each. */
  readonly lastResort: boolean
}

/** How much one shelf may hold. */
export interface ShelfQuota {
  readonly maxPackages: number
  readonly maxBytes: number
}

/** What became of packages: how many were new, or that none was taken in because the shelf would be too full. */
export type ShelveOutcome = { readonly shelved: number } | { readonly full: true }

/** What lies on a shelf. */
export interface ShelfStats {
  /** Packages that are given out once. */
  readonly oneTime: number
  readonly hasLastResort: boolean
  /** Of all packages. */
  readonly bytes: number
}

/** How much a store holds. */
export interface MailboxStats {
  readonly mailboxes: number
  readonly messages: number
  readonly bytes: number
}

/**
 * A mailbox store. `now` is given by the caller, since time comes in through `Ambient`. Calls that are under way at once may
 * take effect in any order.
 */
export interface MailboxStore extends AsyncDisposable {
  /** Keeps messages; durable when resolved, all or none. Outcomes stand in the order of the items. */
  append(items: readonly AppendItem[], now: Millis, quota?: MailboxQuota): Promise<readonly AppendOutcome[]>
  /** Looks at messages without leasing them. */
  read(mailbox: MailboxId, options: ReadOptions): Promise<readonly StoredMessage[]>
  /**
   * Leases messages that are neither leased nor expired: highest class first, then arrival order. Every eighth message
   * that a mailbox leases is the oldest one that waits, whatever its class, so that none waits for ever (SPEC §8.6).
   */
  lease(mailbox: MailboxId, options: LeaseOptions): Promise<readonly LeasedMessage[]>
  /**
   * Removes messages whose lease the consumer holds; durable when resolved. Tells how many there were. A lease whose
   * time is over still counts until another lease or a sweep takes it.
   */
  ack(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number>
  /**
   * Prolongs leases that the consumer holds; one that lasts longer already stays as it is. Tells how many there were. A
   * lease whose time is over still counts, as for `ack`.
   */
  extend(mailbox: MailboxId, consumer: string, seqs: readonly number[], leasedUntil: Millis): Promise<number>
  /** Gives leases back at once. Tells how many there were. */
  release(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number>
  /** Erases one message from one mailbox; nothing of its body is left on disk when resolved. */
  eraseMessage(mailbox: MailboxId, seq: number): Promise<boolean>
  /** Erases all of a mailbox, settings and shelf too, and tells how many messages it held. */
  eraseMailbox(mailbox: MailboxId): Promise<number>
  /** The settings of a mailbox; nothing when it has none. @throws StoreFailedError when they are damaged */
  settings(mailbox: MailboxId): Promise<Uint8Array | undefined>
  /**
   * Sets the settings of a mailbox, or removes them; durable when resolved.
   *
   * @param settings at most 4,096 bytes @throws InvalidArgumentError
   */
  configure(mailbox: MailboxId, settings: Uint8Array | undefined): Promise<void>
  /** Lays packages out, all or none, in their order; durable when resolved. @throws InvalidArgumentError */
  shelve(mailbox: MailboxId, packages: readonly ShelfPackage[], quota?: ShelfQuota): Promise<ShelveOutcome>
  /**
   * Takes the one-time package that has lain longest, or else gives the last-resort one, which stays. Durable when
   * resolved: no one-time package is given out twice.
   */
  takePackage(mailbox: MailboxId): Promise<ShelfPackage | undefined>
  /** What lies on a mailbox's shelf. */
  shelfStats(mailbox: MailboxId): Promise<ShelfStats>
  /**
   * Drops expired messages and returns lapsed leases; tells how many messages were dropped. A lease that ends more than
   * `maxLeaseMillis` (10 min) from now was given before the clock was set back: it is returned too.
   */
  sweep(now: Millis): Promise<number>
  /** How much there is: mailboxes that hold something, messages in them, and bytes of bodies, shared ones once. */
  stats(): Promise<MailboxStats>
  /** Calls back whenever a mailbox may have something to lease. Returns a function that ends it. */
  wake(mailbox: MailboxId, listener: () => void): () => void
}
