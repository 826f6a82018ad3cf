/** One producer, its queue, and that queue's consumer: what was sent, confirmed and settled, and in which order. */
import type { BrokerClient, Load, Producer } from './broker.ts'

/** The last bytes of a body: the time at which it was to be sent, and its number. */
const timeAt = 16
const numberAt = 8

/** Counts of a pair. */
export class Pair {
  readonly #load: Load
  readonly #blank: Uint8Array
  readonly #onArrived: (plannedAt: number) => void
  #producer: Producer | undefined
  #sent = 0
  #confirmed = 0
  #settled = 0
  #arrived = 0
  #pumping = false
  outOfOrder = 0
  stopped = false

  /** @param onArrived told of each message when it was to be sent */
  constructor(load: Load, onArrived: (plannedAt: number) => void) {
    this.#load = load
    this.#blank = crypto.getRandomValues(new Uint8Array(load.bodyBytes))
    this.#onArrived = onArrived
  }

  /** Opens both ends. */
  async open(client: BrokerClient, queue: number): Promise<void> {
    const { kind, window } = this.#load
    await client.empty(queue)
    if (kind !== 'accept')
      await client.consumer(queue, window, {
        delivered: (body) => this.#delivered(body),
        settled: (count) => {
          this.#settled += count
          this.pump()
        },
      })
    this.#producer = await client.producer(queue)
  }

  /** Messages that went all their way. */
  get finished(): number {
    return this.#load.kind === 'accept' ? this.#confirmed : Math.min(this.#confirmed, this.#settled)
  }

  /** Messages that are still on their way. */
  get underWay(): number {
    return this.#sent - this.finished
  }

  #delivered(body: Uint8Array): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
    const number = view.getFloat64(body.length - numberAt)
    if (number !== this.#arrived) this.outOfOrder += 1
    this.#arrived = number + 1
    this.#onArrived(view.getFloat64(body.length - timeAt))
  }

  /** Sends one message. @param plannedAt when it was to be sent */
  send(plannedAt: number): void {
    const body = Uint8Array.from(this.#blank)
    const view = new DataView(body.buffer)
    view.setFloat64(body.length - timeAt, plannedAt)
    view.setFloat64(body.length - numberAt, this.#sent++)
    this.#producer?.publish(body, () => {
      this.#confirmed += 1
      this.pump()
    })
  }

  /** Fills the window; nothing in a paced load. */
  pump(): void {
    if (this.#pumping || this.stopped || this.#load.kind === 'paced') return
    this.#pumping = true
    while (this.underWay < this.#load.window) this.send(performance.now())
    this.#pumping = false
  }
}
