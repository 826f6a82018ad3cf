/**
 * Load on Herald's relay over its public API: WebSocket frames (SPEC §8.4) with the `ws` package, and batches over HTTP
 * (SPEC §8.5). Envelopes are well-formed and addressed; what they hold is random, since the relay cannot tell.
 */
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { CardId, MailboxId, MessageId } from '../../src/core/ids.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import { minAcceptanceReceiptBytes } from '../../src/wire/acceptance.ts'
import { encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'
import { decodeRelayFrame, encodeRelayFrame, type RelayFrame } from '../../src/wire/relay-frame.ts'
import type { BrokerClient, Connection, ConsumerEvents, Producer } from './broker.ts'

/** One mailbox of the load. */
interface Mailbox {
  /** The relay that keeps it. */
  readonly url: string
  readonly id: MailboxId
  /** A session token of its owner. */
  readonly token: string
  /** A session token of another agent, who writes to it. */
  readonly senderToken: string
}

/** Where the 16 bytes of the message id lie in an envelope (SPEC §3). */
const messageIdAt = 4 + 32 + 32
const maxSeqs = 256
const batch = 256
/** A submit frame is sent when its envelopes have this many bytes. */
const submitBytes = 262_144

function mailboxesOf(connection: Connection): readonly Mailbox[] {
  return connection['mailboxes'] as readonly Mailbox[]
}

/** Where the 8 bytes of the expiry lie: after the message id and the priority. */
const expiresAt = messageIdAt + 16 + 1
const lifetimeMillis = 86_400_000

/** Makes envelopes for a mailbox out of bodies of one length: the last bytes of the ciphertext are those of the body. */
class EnvelopeMaker {
  readonly #mailbox: MailboxId
  #blank: Uint8Array = new Uint8Array()
  /** Random message ids, drawn many at a time. */
  readonly #ids = new Uint8Array(16 * 1024)
  #idAt = this.#ids.length

  constructor(mailbox: MailboxId) {
    this.#mailbox = mailbox
  }

  #make(length: number): Uint8Array {
    const header = encodeHeader({
      suite: suiteX25519,
      mailbox: this.#mailbox,
      recipientCard: `0x${'12'.repeat(32)}` as CardId,
      messageId: `0x${'34'.repeat(16)}` as MessageId,
      priority: 'normal',
      expires: Date.now() + lifetimeMillis,
      enc: crypto.getRandomValues(new Uint8Array(32)),
    })
    return encodeEnvelope(header, crypto.getRandomValues(new Uint8Array(length - header.length - 4)))
  }

  /** An envelope of the body's length. */
  write(body: Uint8Array): Uint8Array {
    if (this.#blank.length === 0) this.#blank = this.#make(body.length)
    const envelope = this.#blank.slice()
    if (this.#idAt === this.#ids.length) {
      crypto.getRandomValues(this.#ids)
      this.#idAt = 0
    }
    envelope.set(this.#ids.subarray(this.#idAt, this.#idAt + 16), messageIdAt)
    this.#idAt += 16
    // As every sender's messages do, each ends a day after it was made.
    new DataView(envelope.buffer).setBigUint64(expiresAt, BigInt(Date.now() + lifetimeMillis))
    envelope.set(body.subarray(-16), body.length - 16)
    return envelope
  }
}

/** A WebSocket whose frames of one turn of the event loop travel together. */
class GatheringSocket {
  readonly socket: WebSocket
  readonly #wire: Socket
  #isGathering = false

  constructor({ url }: Mailbox) {
    const { hostname, port } = new URL(url)
    const wire = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#wire = wire
    const options = { perMessageDeflate: false, createConnection: () => wire }
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, options)
  }

  send(frame: Uint8Array): void {
    if (!this.#isGathering) {
      this.#isGathering = true
      this.#wire.cork()
      process.nextTick(() => {
        this.#isGathering = false
        this.#wire.uncork()
      })
    }
    this.socket.send(frame)
  }
}

async function open(mailbox: Mailbox, token: string): Promise<GatheringSocket> {
  const gathering = new GatheringSocket(mailbox)
  const { socket } = gathering
  await once(socket, 'open')
  gathering.send(encodeRelayFrame({ type: 'authenticate', token }))
  await once(socket, 'message')
  socket.on('close', (code, reason) => {
    if (code !== 1005) throw new Error(`the relay closed a socket: ${code} ${reason.toString()}`)
  })
  return gathering
}

async function emptyMailbox({ url, token }: Mailbox): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const { ok, status } = await fetch(`${url}/v1/mailbox`, { method: 'DELETE', headers })
  if (!ok) throw new Error(`the relay answered ${status}`)
}

function refused(frame: object): Error {
  return new Error(`the relay answered ${JSON.stringify(frame)}`)
}

/** Envelopes of one turn of the event loop, in as few frames as the relay takes. */
class Submitter {
  readonly #send: (request: number, envelopes: readonly Uint8Array[]) => void
  readonly #unanswered = new Map<number, readonly (() => void)[]>()
  #envelopes: Uint8Array[] = []
  #confirm: (() => void)[] = []
  #bytes = 0
  #request = 0

  constructor(send: (request: number, envelopes: readonly Uint8Array[]) => void) {
    this.#send = send
  }

  add(envelope: Uint8Array, onConfirmed: () => void): void {
    if (this.#envelopes.length === 0) setImmediate(() => this.#flush())
    this.#envelopes.push(envelope)
    this.#confirm.push(onConfirmed)
    this.#bytes += envelope.length
    if (this.#envelopes.length === batch || this.#bytes >= submitBytes) this.#flush()
  }

  #flush(): void {
    if (this.#envelopes.length === 0) return
    this.#unanswered.set(++this.#request, this.#confirm)
    this.#send(this.#request, this.#envelopes)
    this.#envelopes = []
    this.#confirm = []
    this.#bytes = 0
  }

  /** Looks at each outcome of an answer. @throws when one of them is no receipt */
  answered(frame: RelayFrame): void {
    if (frame.type !== 'accepted') throw refused(frame)
    const confirm = this.#unanswered.get(frame.request) ?? []
    this.#unanswered.delete(frame.request)
    for (const [i, onConfirmed] of confirm.entries()) {
      const outcome = frame.outcomes[i]
      if (!(outcome instanceof Uint8Array) || outcome.length < minAcceptanceReceiptBytes) throw refused({ outcome })
      onConfirmed()
    }
  }
}

/** Gathers arrival numbers of one turn of the event loop. */
class Acknowledger {
  readonly #send: (seqs: readonly number[]) => void
  #seqs: number[] = []

  constructor(send: (seqs: readonly number[]) => void) {
    this.#send = send
  }

  add(seq: number): void {
    if (this.#seqs.length === 0) setImmediate(() => this.#flush())
    this.#seqs.push(seq)
  }

  #flush(): void {
    const seqs = this.#seqs.splice(0)
    for (let from = 0; from < seqs.length; from += maxSeqs) this.#send(seqs.slice(from, from + maxSeqs))
  }
}

/** The WebSocket client. */
class HeraldClient implements BrokerClient {
  readonly #mailboxes: readonly Mailbox[]
  readonly #sockets: GatheringSocket[] = []

  constructor(mailboxes: readonly Mailbox[]) {
    this.#mailboxes = mailboxes
  }

  async #open(mailbox: Mailbox, token: string): Promise<GatheringSocket> {
    const socket = await open(mailbox, token)
    this.#sockets.push(socket)
    return socket
  }

  empty(queue: number): Promise<void> {
    return emptyMailbox(this.#mailboxes[queue] as Mailbox)
  }

  async producer(queue: number): Promise<Producer> {
    const mailbox = this.#mailboxes[queue] as Mailbox
    const gathering = await this.#open(mailbox, mailbox.senderToken)
    const maker = new EnvelopeMaker(mailbox.id)
    const submitter = new Submitter((request, envelopes) =>
      gathering.send(encodeRelayFrame({ type: 'submit', request, envelopes })),
    )
    gathering.socket.on('message', (data: Buffer) => submitter.answered(decodeRelayFrame(data)))
    return { publish: (body, onConfirmed) => submitter.add(maker.write(body), onConfirmed) }
  }

  async consumer(queue: number, window: number, events: ConsumerEvents): Promise<void> {
    const mailbox = this.#mailboxes[queue] as Mailbox
    const gathering = await this.#open(mailbox, mailbox.token)
    let request = 0
    const acknowledger = new Acknowledger((seqs) =>
      gathering.send(encodeRelayFrame({ type: 'acknowledge', request: ++request, seqs })),
    )
    gathering.socket.on('message', (data: Buffer) => {
      const frame = decodeRelayFrame(data)
      if (frame.type === 'done') events.settled(frame.count)
      else if (frame.type === 'delivery') {
        for (const [seq, , envelope] of frame.messages) {
          events.delivered(envelope)
          acknowledger.add(seq)
        }
      } else throw refused(frame)
    })
    gathering.send(encodeRelayFrame({ type: 'stream', window, leaseMillis: 60_000 }))
  }

  async close(): Promise<void> {
    for (const { socket } of this.#sockets) {
      socket.removeAllListeners('close')
      socket.terminate()
    }
  }
}

/** Connects over WebSocket. */
export async function connectHerald(connection: Connection): Promise<BrokerClient> {
  return new HeraldClient(mailboxesOf(connection))
}

function post(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    })
    request.on('error', reject).end(body)
  })
}

/** Hands in whatever waits as one batch, one batch at a time. */
class BatchProducer implements Producer {
  readonly #maker: EnvelopeMaker
  readonly #post: (body: string) => Promise<string>
  #waiting: { readonly envelope: string; onConfirmed(): void }[] = []
  #posting = false

  constructor(mailbox: MailboxId, sendBatch: (body: string) => Promise<string>) {
    this.#maker = new EnvelopeMaker(mailbox)
    this.#post = sendBatch
  }

  publish(body: Uint8Array, onConfirmed: () => void): void {
    this.#waiting.push({ envelope: Buffer.from(this.#maker.write(body)).toString('base64'), onConfirmed })
    if (!this.#posting) setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    if (this.#posting) return
    this.#posting = true
    while (this.#waiting.length > 0) {
      const sent = this.#waiting.splice(0, batch)
      const { outcomes } = JSON.parse(
        await this.#post(JSON.stringify({ items: sent.map(({ envelope }) => ({ envelope })) })),
      ) as { outcomes: readonly { receipt?: string }[] }
      for (const [i, { onConfirmed }] of sent.entries()) {
        if (outcomes[i]?.receipt === undefined) throw refused(outcomes[i] ?? {})
        onConfirmed()
      }
    }
    this.#posting = false
  }
}

/** Connects over HTTP: producers only. */
export async function connectHeraldHttp(connection: Connection): Promise<BrokerClient> {
  const agent = new Agent({ keepAlive: true })
  return {
    empty: (queue) => emptyMailbox(mailboxesOf(connection)[queue] as Mailbox),
    async producer(queue) {
      const { url, id } = mailboxesOf(connection)[queue] as Mailbox
      return new BatchProducer(id, (body) => post(agent, `${url}/v1/envelopes/batch`, body))
    },
    consumer: () => Promise.reject(new Error('batches over HTTP have no consumer')),
    close: async () => agent.destroy(),
  }
}
