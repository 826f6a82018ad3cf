/**
 * Mail on its way down one WebSocket (SPEC §8.4). `LeasedMail` leases as much as the client's window and buffer let, so
 * that memory stays bounded and another replica can have the rest. `FollowedMail` reads without leasing, from a cursor
 * that only the client keeps.
 */
import type { MailboxId, Millis } from '../core/ids.ts'
import { maxEnvelopeBytes, maxLeaseCount } from '../core/limits.ts'
import type { ClientFrame, DeliveredMessage } from '../wire/relay-frame.ts'
import { Pump } from './pump.ts'
import type { Services } from './services.ts'
import type { StreamOutlet } from './stream-outlet.ts'

/** Messages taken from the store in one step. */
const stepCount = 256
/** Bytes of messages taken from the store in one step: what one connection holds in memory beyond its buffer. */
const stepBytes = 2_097_152

/** A delivery is sent when its envelopes have this many bytes, so that a slow client has work early. */
const deliveryBytes = 262_144

/** Sends messages in as few frames as their size and their leases let. */
class DeliveryWriter {
  readonly #outlet: StreamOutlet
  readonly #onEmpty: () => void
  #messages: DeliveredMessage[] = []
  #bytes = 0
  #leasedUntil: Millis = 0

  constructor(outlet: StreamOutlet, onEmpty: () => void) {
    this.#outlet = outlet
    this.#onEmpty = onEmpty
  }

  add(message: DeliveredMessage, leasedUntil: Millis): void {
    const { length } = message[2]
    if (this.#bytes + length > deliveryBytes || leasedUntil !== this.#leasedUntil) this.flush()
    this.#leasedUntil = leasedUntil
    this.#messages.push(message)
    this.#bytes += length
    if (this.#messages.length === maxLeaseCount) this.flush()
  }

  flush(): void {
    if (this.#messages.length === 0) return
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    this.#outlet.send({ type: 'delivery', leasedUntil: this.#leasedUntil, messages }, this.#onEmpty)
  }
}

/** Whether a step may have left mail behind: it took as many as it asked for, or may have stopped for their size. */
function mayHaveMore(taken: readonly { readonly body: Uint8Array }[], count: number): boolean {
  const bytes = taken.reduce((sum, { body }) => sum + body.length, 0)
  return taken.length === count || bytes > stepBytes - maxEnvelopeBytes
}

/** Takes a step's mail from the store within what all connections together may hold, and sends it. */
async function step<Message extends { readonly body: Uint8Array }>(
  { outlet }: MailOptions,
  count: number,
  take: () => Promise<readonly Message[]>,
  send: (message: Message, delivery: DeliveryWriter) => void,
  onEmpty: () => void,
): Promise<boolean> {
  await outlet.budget.reserve(stepBytes)
  try {
    // It may have closed while it waited in line.
    if (!outlet.isOpen) return false
    const taken = await take()
    const delivery = new DeliveryWriter(outlet, onEmpty)
    for (const message of taken) send(message, delivery)
    delivery.flush()
    return mayHaveMore(taken, count)
  } finally {
    outlet.budget.give(stepBytes)
  }
}

/** What both need. */
export interface MailOptions {
  readonly services: Services
  readonly mailbox: MailboxId
  readonly outlet: StreamOutlet
  readonly onError: (error: unknown) => void
}

type Streaming = Extract<ClientFrame, { type: 'stream' }>

/** Mail on lease, up to a window of unacknowledged messages. */
export class LeasedMail {
  readonly #options: MailOptions
  readonly #consumer: string
  readonly #streaming: Streaming
  readonly #held = new Map<number, Millis>()
  readonly #pump: Pump
  readonly #stopListening: () => void

  constructor(options: MailOptions, consumer: string, streaming: Streaming) {
    this.#options = options
    this.#consumer = consumer
    this.#streaming = streaming
    this.#pump = new Pump(() => this.#step(), options.onError)
    this.#stopListening = options.services.context.mailbox.wake(options.mailbox, () => this.#pump.kick())
    this.#pump.kick()
  }

  /** How many messages may be leased now. Those whose lease has run out do not count against the window. */
  #room(): number {
    const now = this.#options.services.context.ambient.now()
    for (const [seq, until] of this.#held) if (until <= now) this.#held.delete(seq)
    if (!this.#options.outlet.hasRoom) return 0
    return Math.max(0, Math.min(this.#streaming.window - this.#held.size, stepCount))
  }

  async #step(): Promise<boolean> {
    const { services, mailbox } = this.#options
    const { mailbox: store, ambient } = services.context
    const count = this.#room()
    if (count === 0) return false
    const { leaseMillis } = this.#streaming
    const request = { consumer: this.#consumer, count, leaseMillis, maxBytes: stepBytes }
    return step(
      this.#options,
      count,
      () => store.lease(mailbox, { ...request, now: ambient.now() }),
      ({ seq, attempt, leasedUntil, body }, delivery) => {
        this.#held.set(seq, leasedUntil)
        services.metrics.delivered.add(1)
        delivery.add([seq, attempt, body], leasedUntil)
      },
      () => this.#pump.kick(),
    )
  }

  /** These leases are over, or last until then. */
  settle(seqs: readonly number[], until?: Millis): void {
    for (const seq of seqs) {
      if (until === undefined) this.#held.delete(seq)
      else if (this.#held.has(seq)) this.#held.set(seq, Math.max(until, this.#held.get(seq) ?? 0))
    }
    if (until === undefined) this.#pump.kick()
  }

  /** Gives back what the client did not acknowledge, so that it can be had at once by whoever asks next. */
  async stop(): Promise<void> {
    this.#stopListening()
    await this.#pump.stop()
    const seqs = [...this.#held.keys()]
    if (seqs.length > 0)
      await this.#options.services.context.mailbox.release(this.#options.mailbox, this.#consumer, seqs)
  }
}

/** All mail after a cursor, in order of arrival, not leased. */
export class FollowedMail {
  readonly #options: MailOptions
  readonly #pump: Pump
  readonly #stopListening: () => void
  #afterSeq: number

  constructor(options: MailOptions, afterSeq: number) {
    this.#options = options
    this.#afterSeq = afterSeq
    this.#pump = new Pump(() => this.#step(), options.onError)
    this.#stopListening = options.services.context.mailbox.wake(options.mailbox, () => this.#pump.kick())
    this.#pump.kick()
  }

  async #step(): Promise<boolean> {
    const { services, mailbox, outlet } = this.#options
    const { mailbox: store, ambient } = services.context
    if (!outlet.hasRoom) return false
    const page = { order: 'arrival', afterSeq: this.#afterSeq, limit: stepCount, maxBytes: stepBytes } as const
    return step(
      this.#options,
      stepCount,
      () => store.read(mailbox, { ...page, now: ambient.now() }),
      ({ seq, body }, delivery) => {
        this.#afterSeq = seq
        delivery.add([seq, 0, body], 0)
      },
      () => this.#pump.kick(),
    )
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#stopListening()
    await this.#pump.stop()
  }
}
