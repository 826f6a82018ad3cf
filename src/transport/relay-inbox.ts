/**
 * A mailbox at a relay, kept open: when the connection breaks it is made again, with pauses that grow and vary, and
 * what was not acknowledged simply comes again.
 */
import type { Ambient } from '../core/ambient.ts'
import { backoffMillis } from '../core/backoff.ts'
import type { HeraldError } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'
import { maxLeaseCount } from '../core/limits.ts'
import type { ClientFrame } from '../wire/relay-frame.ts'
import { AsyncQueue } from './async-queue.ts'
import { AbortedError, ClosedError, ConnectionLostError, LeaseLostError, RefusedError } from './errors.ts'
import type { Delivery, Inbox } from './port.ts'
import { openSession, type SessionRequest, type SessionToken } from './relay-session.ts'
import { RelaySocket, type SocketOptions } from './relay-socket.ts'

/** What an inbox needs. */
export interface RelayInboxOptions
  extends Omit<SessionRequest, 'signal'>,
    Pick<SocketOptions, 'window' | 'leaseMillis' | 'heartbeatMillis'> {
  readonly ambient: Ambient
  /** Attempts in a row to connect again before the inbox gives up. */
  readonly maxReconnects: number
}

const pauses = { baseMillis: 100, capMillis: 5000 }
/** A token that is about to expire is not used to connect. */
const tokenMarginMillis = 60_000

/** An open mailbox. */
export class RelayInbox implements Inbox {
  readonly #options: RelayInboxOptions
  readonly #deliveries = new AsyncQueue<Delivery>()
  readonly #stop = new AbortController()
  #session: SessionToken | undefined
  #socket: RelaySocket | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(options: RelayInboxOptions) {
    this.#options = options
  }

  /** Connects for the first time. @throws why not */
  async open(): Promise<void> {
    try {
      const socket = await this.#connect()
      this.#ended = this.#keepOpen(socket)
    } catch (error) {
      this.#stop.abort()
      throw error
    }
  }

  async #connect(): Promise<RelaySocket> {
    const { ambient, relay, timeoutMillis, window, leaseMillis, heartbeatMillis } = this.#options
    if (this.#session === undefined || this.#session.expires - tokenMarginMillis < ambient.now())
      this.#session = await openSession({ ...this.#options, signal: this.#stop.signal })
    if (this.#stop.signal.aborted) throw new AbortedError()
    const onDelivery = (delivery: Delivery) => this.#deliveries.push(delivery)
    const { token } = this.#session
    const socket = new RelaySocket({ relay, token, window, leaseMillis, timeoutMillis, heartbeatMillis, onDelivery })
    this.#socket = socket
    await socket.opened
    return socket
  }

  async #keepOpen(first: RelaySocket): Promise<void> {
    let error = await first.lost
    for (let attempt = 1; !this.#stop.signal.aborted; attempt += 1) {
      if (!this.#canTryAgain(error) || attempt > this.#options.maxReconnects) return this.#deliveries.fail(error)
      await this.#pause(backoffMillis(this.#options.ambient, attempt, pauses))
      if (this.#stop.signal.aborted) return
      try {
        const socket = await this.#connect()
        attempt = 0
        error = await socket.lost
      } catch (failure) {
        error = failure as HeraldError
      }
    }
  }

  /** A token may have been good for a relay process that is gone: the next attempt asks for a new one. */
  #canTryAgain(error: HeraldError): boolean {
    const sessionEnded = error instanceof RefusedError && error.facts.refusal === 'relay.session_invalid'
    if (sessionEnded) this.#session = undefined
    return sessionEnded || error.retry === 'later'
  }

  #pause(millis: Millis): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        this.#stop.signal.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, millis)
      this.#stop.signal.addEventListener('abort', finish)
    })
  }

  deliveries(): AsyncIterable<Delivery> {
    return this.#deliveries
  }

  acknowledge(seqs: readonly number[]): Promise<void> {
    return this.#settle('acknowledge', seqs)
  }

  release(seqs: readonly number[]): Promise<void> {
    return this.#settle('release', seqs)
  }

  async #settle(type: 'acknowledge' | 'release', seqs: readonly number[]): Promise<void> {
    if (this.#stop.signal.aborted) throw new ClosedError()
    const { relay } = this.#options
    const socket = this.#socket
    if (socket === undefined) throw new ConnectionLostError({ relay })
    const unique = [...new Set(seqs)]
    let done = 0
    for (let from = 0; from < unique.length; from += maxLeaseCount) {
      const part = unique.slice(from, from + maxLeaseCount)
      done += await socket.request((request): ClientFrame => ({ type, request, seqs: part }))
    }
    if (done < unique.length) throw new LeaseLostError({ relay, asked: unique.length, done })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#deliveries.end()
    this.#socket?.close()
    await this.#ended
  }
}
