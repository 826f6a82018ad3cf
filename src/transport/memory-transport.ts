/**
 * A transport inside one process: a switchboard that behaves like relays (priority, leases, duplicates, expiry), for
 * tests and for agents that live together. It keeps nothing across a restart and asks no owner for proof.
 */
import type { Ambient } from '../core/ambient.ts'
import { toHex } from '../core/bytes.ts'
import type { MailboxId, Millis } from '../core/ids.ts'
import { defaultLeaseMillis } from '../core/limits.ts'
import { priorityByte } from '../core/priority.ts'
import { encodeAcceptanceReceipt } from '../wire/acceptance.ts'
import { decodeEnvelope, type EnvelopeHeader } from '../wire/envelope.ts'
import { AsyncQueue } from './async-queue.ts'
import { AbortedError, ClosedError, LeaseLostError, RefusedError, UnreachableError } from './errors.ts'
import type { Acceptance, Delivery, Inbox, InboxOptions, MailboxSettings, SubmitOptions, Transport } from './port.ts'
import { defaultWindow, submitToFirst } from './submit-to-first.ts'

/** An envelope that was submitted. */
export interface KnownMail {
  readonly seq: number
  readonly envelope: Uint8Array
  readonly header: EnvelopeHeader
}

interface Mail extends KnownMail {
  attempt: number
  leasedUntil: Millis
  holder: object | undefined
}

interface Box {
  readonly name: string
  /** In order of delivery. */
  mail: Mail[]
  settings: MailboxSettings | undefined
  readonly wakes: Set<() => void>
}

/** The relays of one process. Transports that share it reach each other. */
export class Switchboard {
  /** Every envelope that has not expired, also those delivered: duplicates are known by them. */
  readonly known = new Map<string, KnownMail>()
  readonly #boxes = new Map<string, Box>()
  readonly #cut = new Set<string>()
  #seq = 0

  /** Makes a relay unreachable for what comes from now on. */
  cut(relay: string): void {
    this.#cut.add(relay)
  }

  /** Makes a relay reachable again. */
  restore(relay: string): void {
    this.#cut.delete(relay)
  }

  /** A mailbox at a relay. @throws UnreachableError */
  box(relay: string, mailbox: MailboxId): Box {
    if (this.#cut.has(relay)) throw new UnreachableError({ relay })
    const name = `${mailbox} ${relay}`
    const box = this.#boxes.get(name) ?? { name, mail: [], settings: undefined, wakes: new Set() }
    this.#boxes.set(name, box)
    return box
  }

  /** Keeps an envelope and gives its arrival number. @param tag names its bytes */
  keep(box: Box, tag: string, envelope: Uint8Array, now: Millis): { seq: number; duplicate: boolean } {
    const key = `${box.name} ${tag}`
    const known = this.known.get(key)
    if (known !== undefined) return { seq: known.seq, duplicate: true }
    for (const [old, { header }] of this.known) if (header.expires <= now) this.known.delete(old)
    const copy = Uint8Array.from(envelope)
    const { header } = decodeEnvelope(copy)
    this.#seq += 1
    const mail = { seq: this.#seq, envelope: copy, header, attempt: 0, leasedUntil: 0, holder: undefined }
    const rank = priorityByte(header.priority)
    const after = box.mail.findIndex((other) => priorityByte(other.header.priority) < rank)
    box.mail.splice(after < 0 ? box.mail.length : after, 0, mail)
    this.known.set(key, mail)
    for (const wake of [...box.wakes]) wake()
    return { seq: mail.seq, duplicate: false }
  }
}

/** Makes a switchboard without mail. */
export function createSwitchboard(): Switchboard {
  return new Switchboard()
}

/** What a memory transport is given. */
export interface MemoryTransportOptions {
  readonly ambient: Ambient
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  readonly switchboard: Switchboard
}

class MemoryInbox implements Inbox {
  readonly #relay: string
  readonly #box: Box
  readonly #ambient: Ambient
  readonly #window: number
  readonly #leaseMillis: Millis
  readonly #deliveries = new AsyncQueue<Delivery>()
  readonly #pump = () => this.#deliverSome()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(relay: string, box: Box, ambient: Ambient, options: InboxOptions) {
    this.#relay = relay
    this.#box = box
    this.#ambient = ambient
    this.#window = options.window ?? defaultWindow
    this.#leaseMillis = options.leaseMillis ?? defaultLeaseMillis
    box.wakes.add(this.#pump)
    options.signal?.addEventListener('abort', () => this.#close(), { once: true })
    this.#pump()
  }

  #held(now: Millis): Mail[] {
    return this.#box.mail.filter((mail) => mail.holder === this && mail.leasedUntil > now)
  }

  #deliverSome(): void {
    if (this.#closed) return
    const now = this.#ambient.now()
    this.#box.mail = this.#box.mail.filter((mail) => mail.header.expires > now)
    const free = this.#box.mail.filter((mail) => mail.leasedUntil <= now)
    for (const mail of free.slice(0, Math.max(0, this.#window - this.#held(now).length))) {
      Object.assign(mail, { holder: this, leasedUntil: now + this.#leaseMillis, attempt: mail.attempt + 1 })
      const { seq, envelope, attempt, leasedUntil } = mail
      this.#deliveries.push({ seq, envelope: Uint8Array.from(envelope), attempt, leasedUntil })
    }
    this.#wakeWhenALeaseEnds(now)
  }

  #wakeWhenALeaseEnds(now: Millis): void {
    clearTimeout(this.#timer)
    const ends = this.#box.mail.map((mail) => mail.leasedUntil).filter((until) => until > now)
    if (ends.length > 0) this.#timer = setTimeout(this.#pump, Math.min(...ends) - now + 1)
  }

  deliveries(): AsyncIterable<Delivery> {
    return this.#deliveries
  }

  #settle(seqs: readonly number[], act: (mine: readonly Mail[]) => void): void {
    if (this.#closed) throw new ClosedError()
    const mine = this.#box.mail.filter((mail) => mail.holder === this && seqs.includes(mail.seq))
    act(mine)
    for (const wake of [...this.#box.wakes]) wake()
    const asked = new Set(seqs).size
    if (mine.length < asked) throw new LeaseLostError({ relay: this.#relay, asked, done: mine.length })
  }

  async acknowledge(seqs: readonly number[]): Promise<void> {
    this.#settle(seqs, (mine) => {
      this.#box.mail = this.#box.mail.filter((mail) => !mine.includes(mail))
    })
  }

  async release(seqs: readonly number[]): Promise<void> {
    this.#settle(seqs, endLeases)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#box.wakes.delete(this.#pump)
    endLeases(this.#box.mail.filter((mail) => mail.holder === this))
    for (const wake of [...this.#box.wakes]) wake()
    this.#deliveries.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
  }
}

function endLeases(mail: readonly Mail[]): void {
  for (const one of mail) Object.assign(one, { holder: undefined, leasedUntil: 0 })
}

/** Opens a transport on a switchboard. Its receipts are not signed: in one process there is nobody to show them to. */
export function memoryTransport({ ambient, sha256, switchboard }: MemoryTransportOptions): Transport {
  const open = new Set<Inbox>()
  let closed = false

  /** Trust decision: as at a relay, but that nobody is asked to work: in one process it would hinder nobody. */
  function mayWrite({ settings }: Box, { token, identity }: SubmitOptions): boolean {
    if (settings === undefined || settings.write === 'open') return true
    if (token !== undefined && settings.writers.includes(toHex(sha256(token)))) return true
    return settings.write === 'registered' && identity !== undefined
  }

  async function submitTo(relay: string, envelope: Uint8Array, options: SubmitOptions): Promise<Acceptance> {
    const { header } = decodeEnvelope(envelope)
    const now = ambient.now()
    const box = switchboard.box(relay, header.mailbox)
    if (header.expires <= now) throw new RefusedError({ relay, status: 410, refusal: 'relay.expired' }, 'never')
    if (!mayWrite(box, options)) throw new RefusedError({ relay, status: 403, refusal: 'relay.write_refused' }, 'never')
    const envelopeDigest = sha256(envelope)
    const { mailbox, messageId } = header
    const { seq, duplicate } = switchboard.keep(box, `${messageId} ${toHex(envelopeDigest)}`, envelope, now)
    const times = { acceptedAt: now, keptUntil: header.expires }
    const statement = { relayKey: new Uint8Array(32), mailbox, messageId, envelopeDigest, ...times, seq }
    const unsigned = { size: 1, index: 0, path: [], signature: new Uint8Array(64) }
    return { relay, receipt: encodeAcceptanceReceipt({ ...statement, ...unsigned }), duplicate }
  }

  return {
    async submit(envelope, relays, options = {}) {
      if (closed) throw new ClosedError()
      return submitToFirst(relays, options.signal, (relay) => submitTo(relay, envelope, options))
    },
    async openInbox(relay, owner, options = {}) {
      if (closed) throw new ClosedError()
      if (options.signal?.aborted) throw new AbortedError()
      const inbox = new MemoryInbox(relay, switchboard.box(relay, owner.mailbox), ambient, options)
      open.add(inbox)
      return inbox
    },
    async configure(relay, owner, settings) {
      if (closed) throw new ClosedError()
      switchboard.box(relay, owner.mailbox).settings = settings
    },
    async [Symbol.asyncDispose]() {
      closed = true
      for (const inbox of open) await inbox[Symbol.asyncDispose]()
    },
  }
}
