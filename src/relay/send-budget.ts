/**
 * The bytes that all WebSockets of a relay together hold in memory: what was taken from the store and not yet taken by
 * clients. Whoever wants more waits in line, so that ten thousand slow readers cost no more than a few.
 */

interface Waiter {
  readonly bytes: number
  resolve(): void
}

/** A budget of bytes. */
export class SendBudget {
  readonly #max: number
  readonly #waiting: Waiter[] = []
  #used = 0

  /** @param max bytes; a single reservation above it waits until it is alone */
  constructor(max: number) {
    this.#max = max
  }

  /** Whether somebody waits. */
  get isExhausted(): boolean {
    return this.#waiting.length > 0
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#max
  }

  /** Takes bytes as soon as there is room for them, after those that waited before. */
  async reserve(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) this.take(bytes)
    else await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }))
  }

  /** Takes bytes that a reservation covered. */
  take(bytes: number): void {
    this.#used += bytes
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#used -= bytes
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.take(next.bytes)
      next.resolve()
    }
  }
}
