/** The sending side of a WebSocket: what its client has not taken yet, and since when. */
import type { WebSocket } from 'ws'
import type { Millis } from '../core/ids.ts'
import { encodeRelayFrame, type ServerFrame } from '../wire/relay-frame.ts'
import type { RelayContext } from './config.ts'
import type { SendBudget } from './send-budget.ts'

/** While others wait for memory, a client that takes nothing is given no more than this. */
const pressedMillis: Millis = 1000

/** Sends frames. */
export class StreamOutlet {
  /** What all outlets of the relay share. */
  readonly budget: SendBudget
  readonly #context: RelayContext
  readonly #socket: WebSocket
  #progressAt: Millis

  constructor(context: RelayContext, socket: WebSocket, budget: SendBudget) {
    this.budget = budget
    this.#context = context
    this.#socket = socket
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
    this.#socket.send(bytes, () => {
      this.budget.give(bytes.length)
      this.#progressAt = ambient.now()
      if (this.#socket.bufferedAmount === 0) onEmpty?.()
    })
  }
}
