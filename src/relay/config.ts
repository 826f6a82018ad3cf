/** What a relay is made of, and its limits with their defaults. */
import type { Ambient } from '../core/ambient.ts'
import type { Secret } from '../core/secret.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import type { CardDirectory } from '../identity/card-directory.ts'
import type { WalletVerifier } from '../identity/wallet-verifier.ts'
import type { MailboxStore } from './mailbox/port.ts'

/** A line of the relay's log: what happened, never to whom nor with which bytes. */
export interface RelayLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  /** `what.happened`, stable. */
  readonly event: string
  /** The code of the error behind it, if there was one. */
  readonly code?: string
}

/** Runs a step of work as a span of a trace; OpenTelemetry fits. */
export type RelaySpan = <T>(name: string, run: () => Promise<T>) => Promise<T>

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
  /** Messages that one mailbox takes at once; whoever shows a write token has as much for itself. */
  readonly mailboxBurst: number
  /** Messages that one mailbox takes a second, on average. */
  readonly mailboxPerSecond: number
  /** Cards and key packages a network address may ask for at once. */
  readonly lookupBurst: number
  /** Cards and key packages a network address may ask for a second, on average. */
  readonly lookupPerSecond: number
  /** Key packages of one mailbox that are given out at once. */
  readonly shelfBurst: number
  /** Key packages of one mailbox that are given out a second, on average. */
  readonly shelfPerSecond: number
  /** Calls of an owner in one session at once. */
  readonly callBurst: number
  /** Calls of an owner in one session a second, on average. */
  readonly callsPerSecond: number
  /** Challenges and sessions a network address may ask for at once; each session costs a look-up on the chain. */
  readonly sessionBurst: number
  /** Challenges and sessions a network address may ask for a second, on average. */
  readonly sessionPerSecond: number
  /** Network addresses, mailboxes and sessions whose rate is remembered, of each so many. */
  readonly maxTrackedAddresses: number
  /** Open WebSockets. */
  readonly maxSockets: number
  /**
   * Requests of one WebSocket that may wait for their answer, each 4 KiB of an envelope or of a call's body counting as one;
   * no more of it is read until some have theirs.
   */
  readonly maxPendingRequests: number
  /** Bytes sent to one WebSocket that its client has not taken; no more is leased for it until it has. */
  readonly maxBufferedBytes: number
  /** Bytes that all WebSockets together hold; beyond it they wait in line, and slow clients are dropped after a second. */
  readonly maxTotalBufferedBytes: number
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
  mailboxBurst: 5_000,
  mailboxPerSecond: 1_000,
  lookupBurst: 100,
  lookupPerSecond: 20,
  shelfBurst: 100,
  shelfPerSecond: 1,
  callBurst: 20_000,
  callsPerSecond: 5_000,
  sessionBurst: 500,
  sessionPerSecond: 50,
  maxTrackedAddresses: 100_000,
  maxSockets: 10_000,
  maxPendingRequests: 1024,
  maxBufferedBytes: 4_194_304,
  maxTotalBufferedBytes: 268_435_456,
  slowConsumerMillis: 30_000,
  heartbeatMillis: 30_000,
  authenticateMillis: 10_000,
  sweepMillis: 1_000,
}

/** What TLS needs. */
export interface RelayTls {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
}

/** What `createRelay` is given. */
export interface RelayConfig {
  /** Address to listen on, for example `127.0.0.1`. */
  readonly host: string
  /** Port to listen on; 0 picks a free one. */
  readonly port: number
  /** The URL clients use, where it is not `http(s)://<host>:<port>`: sessions are bound to it (SPEC §8.1). */
  readonly origin?: string
  /** Stays open when the relay closes; its owner disposes of it. */
  readonly mailbox: MailboxStore
  readonly directory: CardDirectory
  readonly ambient: Ambient
  readonly backend: CryptoBackend
  /** Ed25519 seed, 32 bytes: signs acceptance receipts and session tokens. */
  readonly relayKey: Secret
  readonly limits?: Partial<RelayLimits>
  /** Certificate chain and key in PEM: the relay then speaks TLS itself. Left out: plain HTTP, for behind a proxy. */
  readonly tls?: RelayTls
  /**
   * Whether a proxy stands before the relay that sets `X-Forwarded-For`. Off: the header is not looked at, since anyone
   * can write one.
   */
  readonly trustProxy?: boolean
  /** Whoever shows it as bearer token may read `/metrics`; nobody when left out. */
  readonly metricsToken?: Secret
  /** Lets people in by their wallet (SPEC §8.3); nobody when left out. */
  readonly wallets?: WalletVerifier
  /** Asks the chain anything, for `/readyz`. */
  readonly checkChain?: () => Promise<unknown>
  /** Traces what the relay does. */
  readonly span?: RelaySpan
  /** Takes the relay's log; nothing is logged when left out. */
  readonly log?: (entry: RelayLogEntry) => void
}

/** What the parts of a running relay share. */
export interface RelayContext extends Omit<RelayConfig, 'origin' | 'limits' | 'log' | 'trustProxy' | 'span' | 'tls'> {
  readonly origin: string
  /** Ed25519 public key of the relay, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly limits: RelayLimits
  readonly log: (entry: RelayLogEntry) => void
  readonly trustProxy: boolean
  readonly span: RelaySpan
  /** Aborted when the relay begins to close. */
  readonly closing: AbortSignal
}
