/** What a relay is made of, and its limits with their defaults. */
import type { Ambient } from '../core/ambient.ts'
import type { Secret } from '../core/secret.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import type { CardDirectory } from '../identity/card-directory.ts'
import type { MailboxStore } from './mailbox/port.ts'

/** A line of the relay's log: what happened, never to whom nor with which bytes. */
export interface RelayLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  /** `what.happened`, stable. */
  readonly event: string
  /** The code of the error behind it, if there was one. */
  readonly code?: string
}

/** Bounds a relay keeps. */
export interface RelayLimits {
  /** Messages one mailbox may hold. */
  readonly maxMailboxMessages: number
  /** Bytes of messages one mailbox may hold. */
  readonly maxMailboxBytes: number
  /** Messages a network address may submit at once. */
  readonly submitBurst: number
  /** Messages a network address may submit a second, on average. */
  readonly submitPerSecond: number
  /** Challenges and sessions a network address may ask for at once; each session costs a look-up on the chain. */
  readonly sessionBurst: number
  /** Challenges and sessions a network address may ask for a second, on average. */
  readonly sessionPerSecond: number
  /** Network addresses whose rate is remembered. */
  readonly maxTrackedAddresses: number
  /** Open WebSockets. */
  readonly maxSockets: number
  /** Requests of one WebSocket that may wait for their answer; no more of it is read until some have theirs. */
  readonly maxPendingRequests: number
  /** Bytes sent to one WebSocket that its client has not taken; no more is leased for it until it has. */
  readonly maxBufferedBytes: number
  /** A client that takes nothing for this long while bytes wait for it is dropped. */
  readonly slowConsumerMillis: number
  /** A WebSocket is pinged this often and dropped when a ping got no answer by the next. */
  readonly heartbeatMillis: number
  /** A WebSocket has to authenticate within this time. */
  readonly authenticateMillis: number
  /** How often expired messages are dropped and lapsed leases returned. */
  readonly sweepMillis: number
}

/** The limits of a relay that is not told others. */
export const defaultRelayLimits: RelayLimits = {
  maxMailboxMessages: 10_000,
  maxMailboxBytes: 268_435_456,
  submitBurst: 5_000,
  submitPerSecond: 1_000,
  sessionBurst: 500,
  sessionPerSecond: 50,
  maxTrackedAddresses: 100_000,
  maxSockets: 10_000,
  maxPendingRequests: 256,
  maxBufferedBytes: 4_194_304,
  slowConsumerMillis: 30_000,
  heartbeatMillis: 30_000,
  authenticateMillis: 10_000,
  sweepMillis: 1_000,
}

/** What `createRelay` is given. */
export interface RelayConfig {
  /** Address to listen on, for example `127.0.0.1`. */
  readonly host: string
  /** Port to listen on; 0 picks a free one. */
  readonly port: number
  /** The URL clients use, where it is not `http://<host>:<port>`: sessions are bound to it (SPEC §8.1). */
  readonly origin?: string
  /** Stays open when the relay closes; its owner disposes of it. */
  readonly mailbox: MailboxStore
  readonly directory: CardDirectory
  readonly ambient: Ambient
  readonly backend: CryptoBackend
  /** Ed25519 seed, 32 bytes: signs acceptance receipts and session tokens. */
  readonly relayKey: Secret
  readonly limits?: Partial<RelayLimits>
  /** Takes the relay's log; nothing is logged when left out. */
  readonly log?: (entry: RelayLogEntry) => void
}

/** What the parts of a running relay share. */
export interface RelayContext extends Omit<RelayConfig, 'origin' | 'limits' | 'log'> {
  readonly origin: string
  /** Ed25519 public key of the relay, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly limits: RelayLimits
  readonly log: (entry: RelayLogEntry) => void
  /** Aborted when the relay begins to close. */
  readonly closing: AbortSignal
}
