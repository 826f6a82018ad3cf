/** One authenticated WebSocket to a relay (SPEC §8.4): deliveries in, requests out, gone for good when it closes. */
import type { HeraldError, RetryVerdict } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'
import { type ClientFrame, decodeRelayFrame, encodeRelayFrame, type ServerFrame } from '../wire/relay-frame.ts'
import { ConnectionLostError, MalformedAnswerError, RefusedError, TimeoutError, UnreachableError } from './errors.ts'
import type { Delivery } from './port.ts'
import { relayUrl } from './relay-http.ts'

/** How a socket is opened. */
export interface SocketOptions {
  readonly relay: string
  readonly token: string
  readonly window: number
  readonly leaseMillis: Millis
  /** For connecting, and for each answer. */
  readonly timeoutMillis: Millis
  /** The relay is asked for a sign of life this often. */
  readonly heartbeatMillis: Millis
  readonly onDelivery: (delivery: Delivery) => void
}

interface Waiting {
  readonly timer: ReturnType<typeof setTimeout>
  resolve(count: number): void
  reject(error: HeraldError): void
}

/** Codes of a relay that pass by themselves; a refused session needs a new one. */
const retries: Readonly<Record<string, RetryVerdict>> = {
  'relay.session_invalid': 'refresh',
  'relay.shutting_down': 'later',
  'relay.slow_consumer': 'later',
  'relay.store_failed': 'later',
  'relay.storage_full': 'later',
  'relay.internal': 'later',
}

/** A socket to one relay. */
export class RelaySocket {
  /** Resolves when the socket is open, authenticated and streaming. @throws why not */
  readonly opened: Promise<void>
  /** Resolves with what ended it. */
  readonly lost: Promise<HeraldError>
  readonly #options: SocketOptions
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Waiting>()
  readonly #settleOpened = Promise.withResolvers<void>()
  readonly #settleLost = Promise.withResolvers<HeraldError>()
  #request = 0
  #welcomed = false
  #ended = false
  #timer: ReturnType<typeof setTimeout>

  constructor(options: SocketOptions) {
    this.#options = options
    this.opened = this.#settleOpened.promise
    this.lost = this.#settleLost.promise
    // Who awaits only `lost` learns it there.
    this.opened.catch(() => {})
    this.#socket = new WebSocket(relayUrl(options.relay, '/v1/stream').replace(/^http/, 'ws'))
    this.#socket.binaryType = 'arraybuffer'
    this.#timer = setTimeout(() => this.#end(this.#timeout()), options.timeoutMillis)
    this.#socket.addEventListener('open', () => this.#start())
    this.#socket.addEventListener('message', (event) => this.#receive(event.data))
    this.#socket.addEventListener('error', () => this.#end(new UnreachableError({ relay: options.relay })))
    this.#socket.addEventListener('close', () => this.#end(new ConnectionLostError({ relay: options.relay })))
  }

  #timeout(): TimeoutError {
    return new TimeoutError({ relay: this.#options.relay, millis: this.#options.timeoutMillis })
  }

  #start(): void {
    const { token, window, leaseMillis } = this.#options
    this.#send({ type: 'authenticate', token })
    this.#send({ type: 'stream', window, leaseMillis })
  }

  #send(frame: ClientFrame): void {
    this.#socket.send(encodeRelayFrame(frame) as Uint8Array<ArrayBuffer>)
  }

  #receive(data: unknown): void {
    if (this.#ended) return
    try {
      this.#handle(decodeRelayFrame(new Uint8Array(data as ArrayBuffer)) as ServerFrame)
    } catch {
      this.#end(new MalformedAnswerError({ relay: this.#options.relay, expected: 'a frame of SPEC §8.4' }))
    }
  }

  #handle(frame: ServerFrame): void {
    if (frame.type === 'delivery') {
      const { leasedUntil, messages } = frame
      // Copied: a view would keep all that came with it in memory.
      for (const [seq, attempt, envelope] of messages)
        this.#options.onDelivery({ seq, envelope: envelope.slice(), attempt, leasedUntil })
    } else if (frame.type === 'welcome') {
      this.#welcomed = true
      this.#settleOpened.resolve()
      this.#scheduleHeartbeat()
    } else if (frame.type === 'done') this.#take(frame.request)?.resolve(frame.count)
    else if (frame.type === 'refused') this.#refuse(frame.request, frame.code)
  }

  #refuse(request: number, refusal: string): void {
    const error = new RefusedError({ relay: this.#options.relay, status: 0, refusal }, retries[refusal] ?? 'never')
    if (request === 0) this.#end(error)
    else this.#take(request)?.reject(error)
  }

  #take(request: number): Waiting | undefined {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    clearTimeout(waiting?.timer)
    return waiting
  }

  /** Sends a request and gives the count of its answer. @throws what ended the socket, or RefusedError */
  request(make: (request: number) => ClientFrame): Promise<number> {
    if (this.#ended || !this.#welcomed) return Promise.reject(new ConnectionLostError({ relay: this.#options.relay }))
    this.#request += 1
    const request = this.#request
    const answered = new Promise<number>((resolve, reject) => {
      // A relay that leaves a request without an answer is as good as gone.
      const timer = setTimeout(() => this.#end(this.#timeout()), this.#options.timeoutMillis)
      this.#waiting.set(request, { timer, resolve, reject })
    })
    this.#send(make(request))
    return answered
  }

  /** Browsers show no pings, so the relay is asked by a frame: a connection that died silently is found out. */
  #scheduleHeartbeat(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.request((request) => ({ type: 'ping', request })).then(
        () => this.#scheduleHeartbeat(),
        () => {},
      )
    }, this.#options.heartbeatMillis)
  }

  #end(error: HeraldError): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    for (const request of [...this.#waiting.keys()]) this.#take(request)?.reject(error)
    this.#settleOpened.reject(error)
    this.#settleLost.resolve(error)
    this.#socket.close()
  }

  /** Closes the socket; the relay gives its leases back. */
  close(): void {
    this.#end(new ConnectionLostError({ relay: this.#options.relay }))
  }
}
