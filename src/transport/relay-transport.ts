/**
 * The transport over relays (SPEC §8): envelopes go by HTTP straight to the recipient's relays, mail comes by
 * WebSocket. A receipt is believed only when it is for what was sent and signed with the key the relay had before.
 */
import type { Ambient } from '../core/ambient.ts'
import { equalBytes, fromBase64, toHex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'
import { defaultLeaseMillis, maxLeaseCount, maxLeaseMillis } from '../core/limits.ts'
import { type AcceptanceReceipt, decodeAcceptanceReceipt, isReceiptSigned } from '../wire/acceptance.ts'
import { relayOriginOf } from '../wire/challenge.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import { AbortedError, ClosedError, MalformedAnswerError, ReceiptInvalidError, RelayKeyChangedError } from './errors.ts'
import type {
  Acceptance,
  Inbox,
  InboxOptions,
  MailboxOwner,
  MailboxSettings,
  SubmitOptions,
  Transport,
} from './port.ts'
import { postWithProofs } from './post-with-proofs.ts'
import { post } from './relay-http.ts'
import { RelayInbox } from './relay-inbox.ts'
import { openSession, type SessionToken } from './relay-session.ts'
import { defaultWindow, submitToFirst } from './submit-to-first.ts'

/** What a relay transport is given. */
export interface RelayTransportOptions {
  readonly ambient: Ambient
  /** SHA-256. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** Strict Ed25519 verification (RFC 8032). */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
  /**
   * Public keys of relays by their origin; the first one seen of a relay is added. Keep it between runs to notice a
   * changed key across them.
   */
  readonly relayKeys?: Map<string, Uint8Array>
  /** For each request and for connecting. Default 10 s. */
  readonly timeoutMillis?: Millis
  /** An open inbox asks its relay for a sign of life this often. Default 20 s. */
  readonly heartbeatMillis?: Millis
  /** Attempts in a row to connect an inbox again before its `deliveries` throw. Default 8, over about 20 s. */
  readonly maxReconnects?: number
}

/** Sessions kept for calls beside the inbox. */
const maxSessions = 256
/** A session that is about to end is not used any more. */
const sessionMarginMillis = 60_000

function integerOption(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new InvalidArgumentError({ argument: name, expected: `an integer from 1 to ${max}` })
}

class RelayTransport implements Transport {
  readonly #options: RelayTransportOptions
  readonly #relayKeys: Map<string, Uint8Array>
  readonly #timeoutMillis: Millis
  readonly #inboxes = new Set<Inbox>()
  readonly #sessions = new Map<string, SessionToken>()
  readonly #stop = new AbortController()

  constructor(options: RelayTransportOptions) {
    this.#options = options
    this.#relayKeys = options.relayKeys ?? new Map()
    this.#timeoutMillis = options.timeoutMillis ?? 10_000
  }

  async submit(envelope: Uint8Array, relays: readonly string[], options: SubmitOptions = {}): Promise<Acceptance> {
    if (this.#stop.signal.aborted) throw new ClosedError()
    const signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal
    return submitToFirst(relays, signal, (relay) => this.#submitTo(relay, envelope, { ...options, signal }))
  }

  async #submitTo(relay: string, envelope: Uint8Array, options: SubmitOptions & { signal: AbortSignal }) {
    const { signal } = options
    const call = { relay, path: '/v1/envelopes', body: envelope, timeoutMillis: this.#timeoutMillis, signal }
    const { receipt: text, duplicate } = await postWithProofs(call, envelope, {
      ...options,
      sha256: this.#options.sha256,
      session: (owner) => this.#sessionFor(relay, owner, signal),
    })
    if (typeof text !== 'string' || typeof duplicate !== 'boolean')
      throw new MalformedAnswerError({ relay, expected: 'a receipt' })
    const receipt = this.#assertReceipt(relay, envelope, text)
    return { relay, receipt, duplicate }
  }

  /** A session that is good for a while yet; one is kept for each relay and mailbox. */
  async #sessionFor(relay: string, owner: MailboxOwner, signal: AbortSignal): Promise<string> {
    const key = `${relayOriginOf(relay)} ${owner.mailbox} ${owner.cardId}`
    const known = this.#sessions.get(key)
    if (known !== undefined && known.expires - sessionMarginMillis > this.#options.ambient.now()) return known.token
    const { sha256 } = this.#options
    const opened = await openSession({ relay, owner, sha256, timeoutMillis: this.#timeoutMillis, signal })
    this.#sessions.delete(key)
    this.#sessions.set(key, opened)
    if (this.#sessions.size > maxSessions) this.#sessions.delete(this.#sessions.keys().next().value as string)
    return opened.token
  }

  async configure(relay: string, owner: MailboxOwner, settings: MailboxSettings): Promise<void> {
    if (this.#stop.signal.aborted) throw new ClosedError()
    const { signal } = this.#stop
    const headers = { authorization: `Bearer ${await this.#sessionFor(relay, owner, signal)}` }
    const call = { relay, path: '/v1/mailbox/settings', body: settings, timeoutMillis: this.#timeoutMillis, signal }
    await post({ ...call, method: 'PUT', headers })
  }

  #assertReceipt(relay: string, envelope: Uint8Array, text: string): Uint8Array {
    const { bytes, receipt } = readReceipt(relay, text)
    const { header } = decodeEnvelope(envelope)
    const wrong = (field: string) => new ReceiptInvalidError({ relay, field })
    if (receipt.mailbox !== header.mailbox) throw wrong('mailbox')
    if (receipt.messageId !== header.messageId) throw wrong('message id')
    if (!equalBytes(receipt.envelopeDigest, this.#options.sha256(envelope))) throw wrong('digest')
    this.#assertKnownKey(relay, receipt.relayKey)
    if (!isReceiptSigned(receipt, this.#options)) throw wrong('signature')
    const origin = relayOriginOf(relay)
    if (!this.#relayKeys.has(origin)) this.#relayKeys.set(origin, Uint8Array.from(receipt.relayKey))
    return bytes
  }

  #assertKnownKey(relay: string, found: Uint8Array): void {
    const known = this.#relayKeys.get(relayOriginOf(relay))
    if (known !== undefined && !equalBytes(known, found))
      throw new RelayKeyChangedError({ relay, known: toHex(known), found: toHex(found) })
  }

  async openInbox(relay: string, owner: MailboxOwner, options: InboxOptions = {}): Promise<Inbox> {
    if (this.#stop.signal.aborted) throw new ClosedError()
    const { signal } = options
    if (signal?.aborted) throw new AbortedError()
    const { ambient, sha256, heartbeatMillis = 20_000, maxReconnects = 8 } = this.#options
    const inbox = new RelayInbox({
      relay,
      owner,
      ambient,
      sha256,
      heartbeatMillis,
      maxReconnects,
      timeoutMillis: this.#timeoutMillis,
      window: integerOption('window', options.window ?? defaultWindow, maxLeaseCount),
      leaseMillis: integerOption('leaseMillis', options.leaseMillis ?? defaultLeaseMillis, maxLeaseMillis),
    })
    const close = () => void inbox[Symbol.asyncDispose]()
    signal?.addEventListener('abort', close, { once: true })
    this.#inboxes.add(inbox)
    try {
      await inbox.open()
      return inbox
    } catch (error) {
      this.#inboxes.delete(inbox)
      throw signal?.aborted ? new AbortedError() : error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#inboxes].map((inbox) => inbox[Symbol.asyncDispose]()))
  }
}

function readReceipt(relay: string, text: string): { bytes: Uint8Array; receipt: AcceptanceReceipt } {
  try {
    const bytes = fromBase64(text)
    return { bytes, receipt: decodeAcceptanceReceipt(bytes) }
  } catch {
    throw new MalformedAnswerError({ relay, expected: 'a receipt' })
  }
}

/**
 * Opens a transport over relays.
 *
 * @example
 * const transport = relayTransport({ ambient, sha256: backend.sha256, verify: backend.ed25519Verify })
 */
export function relayTransport(options: RelayTransportOptions): Transport {
  return new RelayTransport(options)
}
