/** The sending side of a WebSocket: what its client has not taken yet, and since when. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Millis } from '../core/ids.ts'
import { encodeRelayFrame, type ServerFrame } from '../wire/relay-frame.ts'
import type { RelayContext } from './config.ts'
import type { SendBudget } from './send-budget.ts'

/** While others wait for memory, a client that takes nothing is given no more than this. */
const pressedMillis: Millis = 1000

/** A WebSocket, and the connection below it. */
export interface StreamSocket {
  readonly socket: WebSocket
  readonly wire: Duplex
}

/** Sends frames. */
export class StreamOutlet {
  /** What all outlets of the relay share. */
  readonly budget: SendBudget
  readonly #context: RelayContext
  readonly #socket: WebSocket
  readonly #wire: Duplex
  #progressAt: Millis
  #isGathering = false

  /** @param budget what all outlets of the relay share */
  constructor(context: RelayContext, { socket, wire }: StreamSocket, budget: SendBudget) {
    this.budget = budget
    this.#context = context
    this.#socket = socket
    this.#wire = wire
    this.#progressAt = context.ambient.now()
  }

  /** Whether frames still go anywhere. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Whether more mail may be put into the client's buffer. */
  get hasRoom(): boolean {
    return this.#socket.bufferedAmount <= this.#context.limits.maxBufferedBytes
  }

  /** Bytes that wait although the client took nothing for too long; 0 while all is well. */
  get stuckBytes(): number {
    const { ambient, limits } = this.#context
    const patience = this.budget.isExhausted
      ? Math.min(pressedMillis, limits.slowConsumerMillis)
      : limits.slowConsumerMillis
    return ambient.now() - this.#progressAt < patience ? 0 : this.#socket.bufferedAmount
  }

  /** Sends a frame. @param onEmpty called when nothing waits any more */
  send(frame: ServerFrame, onEmpty?: () => void): void {
    if (!this.isOpen) return
    const { ambient } = this.#context
    if (this.#socket.bufferedAmount === 0) this.#progressAt = ambient.now()
    const bytes = encodeRelayFrame(frame)
    this.budget.take(bytes.length)
    this.#gather()
    this.#socket.send(bytes, () => {
      this.budget.give(bytes.length)
      this.#progressAt = ambient.now()
      if (this.#socket.bufferedAmount === 0) onEmpty?.()
    })
  }

  /** What is sent in one turn of the event loop is one write: a system call costs more than a frame. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#wire.cork()
    process.nextTick(() => {
      this.#isGathering = false
      this.#wire.uncork()
    })
  }
}
