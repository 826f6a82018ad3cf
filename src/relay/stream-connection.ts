/**
 * One WebSocket of a mailbox owner (SPEC §8.4): the first frame authenticates; then it submits, and receives its mail on
 * lease up to a window of unacknowledged messages. What the client does not take is not leased for it, so that memory
 * stays bounded and another replica can have it.
 */
import type { WebSocket } from 'ws'
import { toHex } from '../core/bytes.ts'
import type { HeraldError } from '../core/errors.ts'
import type { MailboxId, Millis } from '../core/ids.ts'
import { type ClientFrame, decodeRelayFrame, encodeRelayFrame, type ServerFrame } from '../wire/relay-frame.ts'
import { ProtocolViolationError, SessionInvalidError, ShuttingDownError, SlowConsumerError } from './errors.ts'
import { asHeraldError } from './http-io.ts'
import type { LeasedMessage } from './mailbox/port.ts'
import type { Services } from './routes.ts'
import type { OpenSession } from './sessions.ts'

/** Messages leased in one step: what one connection holds in memory beyond its buffer. */
const leaseStep = 32
/** Close codes (RFC 6455 §7.4), the stable code is the reason. */
const closeCodes: Readonly<Record<string, number>> = {
  'relay.session_invalid': 4401,
  'relay.slow_consumer': 4408,
  'relay.shutting_down': 1001,
  'relay.protocol_violation': 1002,
}
/** A close frame that gets no answer is not waited for longer than this. */
const closeMillis = 1000

type Streaming = Extract<ClientFrame, { type: 'stream' }>

/** Serves one socket until it closes. */
export class StreamConnection {
  readonly #services: Services
  readonly #socket: WebSocket
  readonly #address: string
  readonly #consumer: string
  readonly #held = new Map<number, Millis>()
  #session: Promise<MailboxId> | undefined
  #open: OpenSession | undefined
  #mailbox: MailboxId | undefined
  #streaming: Streaming | undefined
  #stopListening: (() => void) | undefined
  #pumping: Promise<void> | undefined
  #pumpAgain = false
  #pending = 0
  #alive = true
  #closed = false
  #progressAt: Millis

  /** @param address of the client, for its rate limit @param onClosed called once, when the socket is gone and its leases are back */
  constructor(services: Services, socket: WebSocket, address: string, onClosed: () => void) {
    this.#services = services
    this.#socket = socket
    this.#address = address
    this.#consumer = `socket-${toHex(services.context.ambient.random(12)).slice(2)}`
    this.#progressAt = services.context.ambient.now()
    const timer = setTimeout(() => this.#expectSession(), services.context.limits.authenticateMillis)
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary))
    socket.on('pong', () => {
      this.#alive = true
    })
    // The library closes the socket itself after a protocol error; there is nothing to add.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      this.#end()
        .catch((error: unknown) => this.#log(error))
        .finally(onClosed)
    })
  }

  #log(error: unknown): void {
    this.#services.context.log({ level: 'warn', event: 'stream.failed', code: asHeraldError(error).code })
  }

  #expectSession(): void {
    if (this.#mailbox === undefined) this.close(new SessionInvalidError())
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#closed) return
    try {
      const frame = isBinary ? decodeRelayFrame(data) : undefined
      if (frame === undefined) throw new ProtocolViolationError({ expected: 'binary frames' })
      this.#handle(frame as ClientFrame | ServerFrame)
    } catch (error) {
      this.close(asHeraldError(error))
    }
  }

  #handle(frame: ClientFrame | ServerFrame): void {
    const session = this.#session
    if (frame.type === 'authenticate') this.#authenticate(frame.token)
    else if (session === undefined) throw new ProtocolViolationError({ expected: 'authenticate first' })
    else if (frame.type === 'stream') this.#stream(session, frame)
    else if (frame.type === 'ping') this.#answer(frame.request, async () => this.#done(frame.request, 0))
    else if (frame.type === 'submit') this.#answer(frame.request, () => this.#submit(session, frame))
    else if (frame.type === 'acknowledge' || frame.type === 'release')
      this.#answer(frame.request, () => this.#settle(session, frame))
    else throw new ProtocolViolationError({ expected: 'frames of a client' })
  }

  #authenticate(token: string): void {
    if (this.#session !== undefined) throw new ProtocolViolationError({ expected: 'one authenticate' })
    const { sessions, context } = this.#services
    const opening = sessions.verify(token)
    this.#session = opening.then(({ mailbox }) => mailbox)
    opening
      .then((session) => {
        this.#open = session
        this.#mailbox = session.mailbox
        this.#send({ type: 'welcome', now: context.ambient.now() })
      })
      .catch((error: unknown) => this.close(asHeraldError(error)))
  }

  #stream(session: Promise<MailboxId>, frame: Streaming): void {
    if (this.#streaming !== undefined) throw new ProtocolViolationError({ expected: 'one stream' })
    this.#streaming = frame
    session
      .then((mailbox) => {
        if (this.#closed) return
        this.#stopListening = this.#services.context.mailbox.wake(mailbox, () => this.#pump())
        this.#pump()
      })
      // A session that is not valid has closed the socket already.
      .catch(() => {})
  }

  /** Runs a request; while many wait for their answers, no more are read from the socket. */
  #answer(request: number, run: () => Promise<void>): void {
    if (++this.#pending === this.#services.context.limits.maxPendingRequests) this.#socket.pause()
    run()
      .catch((error: unknown) => this.#send({ type: 'refused', request, code: asHeraldError(error).code }))
      .finally(() => {
        this.#pending -= 1
        if (this.#socket.isPaused) this.#socket.resume()
      })
  }

  #done(request: number, count: number): void {
    this.#send({ type: 'done', request, count })
  }

  async #submit(session: Promise<MailboxId>, frame: Extract<ClientFrame, { type: 'submit' }>): Promise<void> {
    await session
    const { submissions } = this.#services
    submissions.admit(this.#address)
    const { receipt, duplicate } = await submissions.accept(frame.envelope)
    this.#send({ type: 'accepted', request: frame.request, receipt, duplicate })
  }

  async #settle(
    session: Promise<MailboxId>,
    { type, request, seqs }: Extract<ClientFrame, { type: 'acknowledge' | 'release' }>,
  ): Promise<void> {
    const mailbox = await session
    const store = this.#services.context.mailbox
    for (const seq of seqs) this.#held.delete(seq)
    const count = await store[type === 'acknowledge' ? 'ack' : 'release'](mailbox, this.#consumer, seqs)
    this.#done(request, count)
    this.#pump()
  }

  #send(frame: ServerFrame): void {
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return
    const { ambient } = this.#services.context
    if (this.#socket.bufferedAmount === 0) this.#progressAt = ambient.now()
    this.#socket.send(encodeRelayFrame(frame), () => {
      this.#progressAt = ambient.now()
      if (frame.type === 'delivery' && this.#socket.bufferedAmount === 0) this.#pump()
    })
  }

  /** Leases and sends as much as window and buffer let; one run at a time. */
  #pump(): void {
    this.#pumpAgain = true
    if (this.#pumping !== undefined) return
    this.#pumping = this.#pumpUntilStill()
      .catch((error: unknown) => this.close(asHeraldError(error)))
      .finally(() => {
        this.#pumping = undefined
        if (this.#pumpAgain && !this.#closed) this.#pump()
      })
  }

  async #pumpUntilStill(): Promise<void> {
    while (this.#pumpAgain && !this.#closed) {
      this.#pumpAgain = false
      const room = this.#room()
      if (room === 0) return
      const leased = await this.#lease(room)
      if (this.#closed) return
      for (const message of leased) this.#deliver(message)
      if (leased.length === room) this.#pumpAgain = true
    }
  }

  /** How many messages may be leased now. Those whose lease has run out do not count against the window. */
  #room(): number {
    const { ambient, limits } = this.#services.context
    const now = ambient.now()
    for (const [seq, until] of this.#held) if (until <= now) this.#held.delete(seq)
    if (this.#socket.bufferedAmount > limits.maxBufferedBytes) return 0
    return Math.max(0, Math.min((this.#streaming?.window ?? 0) - this.#held.size, leaseStep))
  }

  async #lease(count: number): Promise<readonly LeasedMessage[]> {
    const { mailbox: store, ambient } = this.#services.context
    const { leaseMillis = 0 } = this.#streaming ?? {}
    if (this.#mailbox === undefined) return []
    const now = ambient.now()
    const leased = await store.lease(this.#mailbox, { consumer: this.#consumer, count, leaseMillis, now })
    for (const { seq, leasedUntil } of leased) this.#held.set(seq, leasedUntil)
    return leased
  }

  #deliver({ seq, attempt, leasedUntil, body }: LeasedMessage): void {
    this.#send({ type: 'delivery', seq, attempt, leasedUntil, envelope: body })
  }

  /** Pings; drops a client that answered no ping since the last time this was called, or whose session is over. */
  heartbeat(): void {
    void this.#checkSession()
    if (!this.#alive) this.#socket.terminate()
    this.#alive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  /** Ends a connection whose session is over: its token has expired, or its card was revoked. */
  async #checkSession(): Promise<void> {
    if (this.#open === undefined || this.#closed) return
    await this.#services.sessions.assertOpen(this.#open).catch((error: unknown) => this.close(asHeraldError(error)))
  }

  /** Drops a client that takes nothing of what waits for it. */
  dropIfSlow(): void {
    const { ambient, limits } = this.#services.context
    const { bufferedAmount } = this.#socket
    if (bufferedAmount === 0 || ambient.now() - this.#progressAt < limits.slowConsumerMillis) return
    this.close(new SlowConsumerError({ bufferedBytes: bufferedAmount }))
  }

  /** Ends the connection and tells the client why. */
  close(error: HeraldError = new ShuttingDownError()): void {
    if (this.#closed) return
    this.#send({ type: 'refused', request: 0, code: error.code })
    this.#closed = true
    const isRoutine = error instanceof ShuttingDownError || error instanceof SessionInvalidError
    this.#services.context.log({ level: isRoutine ? 'info' : 'warn', event: 'stream.closed', code: error.code })
    this.#socket.close(closeCodes[error.code] ?? (error.code.startsWith('wire.') ? 1002 : 1011), error.code)
    setTimeout(() => this.#socket.terminate(), closeMillis).unref()
  }

  /** Gives back what the client did not acknowledge, so that it can be had at once by whoever asks next. */
  async #end(): Promise<void> {
    this.#closed = true
    this.#stopListening?.()
    await this.#pumping
    const seqs = [...this.#held.keys()]
    if (this.#mailbox === undefined || seqs.length === 0) return
    await this.#services.context.mailbox.release(this.#mailbox, this.#consumer, seqs)
  }
}
