/**
 * One WebSocket of a mailbox owner (SPEC §8.4): the first frame authenticates; then it submits, calls any operation of
 * the API, and receives its mail on lease or from a cursor on.
 */
import type { WebSocket } from 'ws'
import { toHex, utf8 } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address } from '../core/ids.ts'
import { type ClientFrame, decodeRelayFrame, type ServerFrame } from '../wire/relay-frame.ts'
import { admitAll, keepAll, type Outcome } from './accept.ts'
import type { Call } from './api/operation.ts'
import { operations } from './api/operations.ts'
import {
  NotFoundError,
  ProtocolViolationError,
  SessionInvalidError,
  ShuttingDownError,
  SlowConsumerError,
} from './errors.ts'
import { parseJsonBody } from './http-io.ts'
import { asHeraldError, problemOf } from './problem.ts'
import { logFailure, logFailures, runOperation } from './run-operation.ts'
import type { SendBudget } from './send-budget.ts'
import type { Services } from './services.ts'
import type { OpenSession } from './sessions.ts'
import { FollowedMail, LeasedMail } from './stream-mail.ts'
import { StreamOutlet, type StreamSocket } from './stream-outlet.ts'

/** Close codes (RFC 6455 §7.4), the stable code is the reason. */
const closeCodes: Readonly<Record<string, number>> = {
  'relay.session_invalid': 4401,
  'relay.slow_consumer': 4408,
  'relay.shutting_down': 1001,
  'relay.protocol_violation': 1002,
}
/** A close frame that gets no answer is not waited for longer than this. */
const closeMillis = 1000

type FrameOf<Type> = Extract<ClientFrame, { type: Type }>
type Settling = FrameOf<'acknowledge'> | FrameOf<'release'> | FrameOf<'extend'>

const byId = new Map(operations.filter(({ access }) => access !== 'metrics').map((each) => [each.id, each]))

function acceptedFrame(request: number, outcomes: readonly Outcome[]): ServerFrame {
  return {
    type: 'accepted',
    request,
    outcomes: outcomes.map((outcome) => (outcome instanceof HeraldError ? outcome.code : outcome.receipt)),
    duplicates: outcomes.flatMap((outcome, i) => ('duplicate' in outcome && outcome.duplicate ? [i] : [])),
  }
}

/** How much a frame counts against `maxPendingRequests`. */
function weightOf(frame: ClientFrame | ServerFrame): number {
  if (frame.type === 'call') return 1 + Math.floor(frame.body.length / 4096)
  if (frame.type !== 'submit') return 1
  return frame.envelopes.reduce((sum, { length }) => sum + Math.ceil(length / 4096), 0)
}

/** Serves one socket until it closes. */
export class StreamConnection {
  readonly #services: Services
  readonly #socket: WebSocket
  readonly #address: string
  readonly #consumer: string
  readonly #outlet: StreamOutlet
  readonly #gone = new AbortController()
  #session: Promise<OpenSession> | undefined
  #open: OpenSession | undefined
  #reading: 'stream' | 'follow' | undefined
  #leased: LeasedMail | undefined
  #followed: FollowedMail | undefined
  #pending = 0
  /** Over when all envelopes handed in so far are checked. */
  #admitting: Promise<unknown> = Promise.resolve()
  #alive = true
  #closed = false

  /**
   * @param budget what all connections together may hold
   * @param address key of the client's network address, for its rate
   * @param onClosed called once, when the socket is gone and its leases are back
   */
  constructor(services: Services, stream: StreamSocket, budget: SendBudget, address: string, onClosed: () => void) {
    const { socket } = stream
    this.#services = services
    this.#socket = socket
    this.#address = address
    this.#outlet = new StreamOutlet(services.context, stream, budget)
    this.#consumer = `socket-${toHex(services.context.ambient.random(12)).slice(2)}`
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

  /** Whose mail it carries, once it is known. */
  get agent(): Address | undefined {
    return this.#open?.agent.address
  }

  #log(error: unknown): void {
    this.#services.context.log({ level: 'warn', event: 'stream.failed', code: asHeraldError(error).code })
  }

  #expectSession(): void {
    if (this.#open === undefined) this.close(new SessionInvalidError())
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
    else if (frame.type === 'stream' || frame.type === 'follow') this.#read(session, frame)
    else this.#answer(frame, this.#requestOf(session, frame))
  }

  /** What a frame asks for. @throws ProtocolViolationError when it asks for nothing */
  #requestOf(session: Promise<OpenSession>, frame: ClientFrame | ServerFrame): () => Promise<void> {
    switch (frame.type) {
      case 'submit':
        return () => this.#submit(session, frame)
      case 'acknowledge':
      case 'release':
      case 'extend':
        return () => this.#settle(session, frame)
      case 'call':
        return () => this.#call(session, frame)
      case 'ping':
        return async () => this.#done(frame.request, 0)
      default:
        throw new ProtocolViolationError({ expected: 'frames of a client' })
    }
  }

  #authenticate(token: string): void {
    if (this.#session !== undefined) throw new ProtocolViolationError({ expected: 'one authenticate' })
    this.#session = this.#services.sessions.verify(token)
    this.#session
      .then((session) => {
        this.#open = session
        this.#outlet.send({ type: 'welcome', now: this.#services.context.ambient.now() })
      })
      .catch((error: unknown) => this.close(asHeraldError(error)))
  }

  #read(session: Promise<OpenSession>, frame: FrameOf<'stream'> | FrameOf<'follow'>): void {
    if (this.#reading !== undefined) throw new ProtocolViolationError({ expected: 'one stream or follow' })
    this.#reading = frame.type
    session
      .then(({ mailbox }) => {
        if (this.#closed) return
        const onError = (error: unknown) => this.close(asHeraldError(error))
        const options = { services: this.#services, mailbox, outlet: this.#outlet, onError }
        if (frame.type === 'stream') this.#leased = new LeasedMail(options, this.#consumer, frame)
        else this.#followed = new FollowedMail(options, frame.afterSeq)
      })
      // A session that is not valid has closed the socket already.
      .catch(() => {})
  }

  /** Runs a request; while many wait for their answers, no more are read from the socket. */
  #answer(frame: ClientFrame | ServerFrame, run: () => Promise<void>): void {
    const { maxPendingRequests } = this.#services.context.limits
    const request = 'request' in frame ? frame.request : 0
    const weight = weightOf(frame)
    this.#pending += weight
    if (this.#pending >= maxPendingRequests && !this.#socket.isPaused) this.#socket.pause()
    run()
      .catch((thrown: unknown) => {
        const error = asHeraldError(thrown)
        logFailure(this.#services.context, error)
        this.#outlet.send({ type: 'refused', request, code: error.code })
      })
      .finally(() => {
        this.#pending -= weight
        if (this.#pending < maxPendingRequests && this.#socket.isPaused) this.#socket.resume()
      })
  }

  #done(request: number, count: number): void {
    this.#outlet.send({ type: 'done', request, count })
  }

  async #submit(session: Promise<OpenSession>, { request, envelopes }: FrameOf<'submit'>): Promise<void> {
    await session
    const proof = { token: undefined, stamp: undefined, session: () => session }
    const submissions = envelopes.map((envelope) => ({ envelope, proof }))
    const sender = { address: this.#address, counted: 0 }
    // In turn, so that what comes in order on one connection arrives in order, whatever its checks have to wait for.
    const admitted = this.#admitting.then(() => admitAll(this.#services, submissions, sender))
    this.#admitting = admitted
    const outcomes = await keepAll(this.#services, await admitted)
    logFailures(this.#services.context, outcomes)
    this.#outlet.send(acceptedFrame(request, outcomes))
  }

  async #settle(session: Promise<OpenSession>, frame: Settling): Promise<void> {
    const { id, mailbox } = await session
    const { context, admission, metrics } = this.#services
    const { mailbox: store, ambient } = context
    admission.takeCall(id)
    if (frame.type === 'extend') {
      const until = ambient.now() + frame.leaseMillis
      this.#done(frame.request, await store.extend(mailbox, this.#consumer, frame.seqs, until))
      this.#leased?.settle(frame.seqs, until)
      return
    }
    const count = await store[frame.type === 'acknowledge' ? 'ack' : 'release'](mailbox, this.#consumer, frame.seqs)
    if (frame.type === 'acknowledge') metrics.acknowledged.add(count)
    this.#done(frame.request, count)
    this.#leased?.settle(frame.seqs)
  }

  /** Any operation of the API; what HTTP would answer is the result, refusals included. */
  async #call(session: Promise<OpenSession>, { request, operation: id, body }: FrameOf<'call'>): Promise<void> {
    const opened = await session
    const call: Call = {
      services: this.#services,
      address: this.#address,
      signal: this.#gone.signal,
      hasSession: true,
      session: async () => opened,
    }
    const result = await this.#run(id, call, body).catch((thrown: unknown) => {
      const problem = problemOf(asHeraldError(thrown))
      return { status: problem.status, body: problem }
    })
    const text = typeof result.body === 'string' ? result.body : JSON.stringify(result.body)
    this.#outlet.send({ type: 'result', request, status: result.status, body: utf8(text) })
  }

  async #run(id: string, call: Call, body: Uint8Array) {
    const operation = byId.get(id)
    if (operation === undefined) throw new NotFoundError()
    return runOperation(operation, call, async () => operation.params.parse(parseJsonBody(body)))
  }

  /** Pings; drops a client that answered no ping since the last time this was called. */
  heartbeat(): void {
    if (!this.#alive) this.#socket.terminate()
    this.#alive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  /** Ends a connection whose session is over: its token has expired, or its card was revoked. */
  async checkSession(): Promise<void> {
    if (this.#open === undefined || this.#closed) return
    await this.#services.sessions.assertOpen(this.#open).catch((error: unknown) => this.close(asHeraldError(error)))
  }

  /** Drops a client that takes nothing of what waits for it. */
  dropIfSlow(): void {
    const { stuckBytes } = this.#outlet
    if (stuckBytes > 0) this.close(new SlowConsumerError({ bufferedBytes: stuckBytes }))
  }

  /** Ends the connection and tells the client why. */
  close(error: HeraldError = new ShuttingDownError()): void {
    if (this.#closed) return
    this.#outlet.send({ type: 'refused', request: 0, code: error.code })
    this.#closed = true
    const isRoutine = error instanceof ShuttingDownError || error instanceof SessionInvalidError
    this.#services.context.log({ level: isRoutine ? 'info' : 'warn', event: 'stream.closed', code: error.code })
    this.#socket.close(closeCodes[error.code] ?? (error.code.startsWith('wire.') ? 1002 : 1011), error.code)
    setTimeout(() => this.#socket.terminate(), closeMillis).unref()
  }

  async #end(): Promise<void> {
    this.#closed = true
    this.#gone.abort()
    await this.#followed?.stop()
    await this.#leased?.stop()
  }
}
