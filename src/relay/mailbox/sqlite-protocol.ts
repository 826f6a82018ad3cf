/** What the SQLite store and its worker thread say to each other. */
import type { MailboxId, Millis } from '../../core/ids.ts'
import type { PackedItems, PackedMessages } from './packing.ts'
import type {
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
} from './port.ts'

/** One call of the port. */
export type StoreCall =
  | { readonly do: 'append'; readonly items: PackedItems; readonly quota: MailboxQuota | undefined }
  | { readonly do: 'read'; readonly mailbox: MailboxId; readonly options: ReadOptions }
  | { readonly do: 'lease'; readonly mailbox: MailboxId; readonly options: LeaseOptions }
  | { readonly do: 'ack' | 'release'; readonly mailbox: MailboxId; readonly consumer: string; readonly seqs: number[] }
  | {
      readonly do: 'extend'
      readonly mailbox: MailboxId
      readonly consumer: string
      readonly seqs: number[]
      readonly leasedUntil: Millis
    }
  | { readonly do: 'settings' | 'takePackage' | 'shelfStats'; readonly mailbox: MailboxId }
  | { readonly do: 'configure'; readonly mailbox: MailboxId; readonly settings: Uint8Array | undefined }
  | {
      readonly do: 'shelve'
      readonly mailbox: MailboxId
      readonly packages: readonly ShelfPackage[]
      readonly quota: ShelfQuota | undefined
    }
  | { readonly do: 'eraseMessage'; readonly mailbox: MailboxId; readonly seq: number }
  | { readonly do: 'eraseMailbox'; readonly mailbox: MailboxId }
  | { readonly do: 'sweep'; readonly now: Millis }
  | { readonly do: 'stats' }

/** What was found damaged. */
export interface Damage {
  readonly what: 'message' | 'package'
  /** Arrival number of the message, or place of the package on its shelf. */
  readonly seq: number
}

/** What a turn of the sweep did. */
export interface SweepTurn {
  readonly dropped: number
  /** Whether there is more to drop: long sweeps are cut up, so that writers get their turn. */
  readonly more: boolean
  /** Mailboxes whose leases lapsed. */
  readonly returned: readonly MailboxId[]
}

/** What each call answers. */
export interface StoreAnswers {
  /** See `packOutcomes`. */
  readonly append: Float64Array
  readonly read: PackedMessages
  readonly lease: PackedMessages
  readonly ack: number
  readonly release: number
  readonly extend: number
  readonly settings: Uint8Array | undefined
  readonly configure: undefined
  readonly shelve: ShelveOutcome
  readonly takePackage: ShelfPackage | undefined
  readonly shelfStats: ShelfStats
  readonly eraseMessage: boolean
  readonly eraseMailbox: number
  readonly sweep: SweepTurn
  readonly stats: MailboxStats
}

/** Why a call failed. */
export type StoreFailure =
  | { readonly kind: 'locked' }
  | { readonly kind: 'version'; readonly found: number; readonly supported: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly reason: string }

/** The outcome of one call. */
export type StoreOutcome = { readonly answer: StoreAnswers[keyof StoreAnswers] } | { readonly failure: StoreFailure }

/** What the worker is started with. */
export interface WorkerStart {
  readonly file: string
}

/** What the store sends: calls to be committed together, or the end. */
export type ToWorker = { readonly calls: readonly StoreCall[] } | { readonly close: true }

/** What the worker sends. */
export type FromWorker =
  | { readonly opened: true }
  | { readonly refused: StoreFailure }
  | {
      /** The calls of the batch that are answered, by their places in it. */
      readonly places: readonly number[]
      readonly outcomes: readonly StoreOutcome[]
      readonly damaged: readonly Damage[]
      /** Whether all calls of the batch are answered now. */
      readonly isLast: boolean
    }
  | { readonly closed: true }
