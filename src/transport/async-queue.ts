/** A queue between callbacks and one `for await` loop. */

/** Values in order of arrival; ends or fails after those that arrived before. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = []
  #end: { readonly error?: unknown } | undefined
  #arrived = Promise.withResolvers<void>()

  /** Adds a value; nothing once the queue has ended. */
  push(value: T): void {
    if (this.#end !== undefined) return
    this.#values.push(value)
    this.#arrived.resolve()
  }

  /** Ends the loop. */
  end(): void {
    this.#end ??= {}
    this.#arrived.resolve()
  }

  /** Makes the loop throw. */
  fail(error: unknown): void {
    this.#end ??= { error }
    this.#arrived.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#values.shift()
      if (value !== undefined) yield value
      else if (this.#end?.error !== undefined) throw this.#end.error
      else if (this.#end !== undefined) return
      else {
        this.#arrived = Promise.withResolvers()
        await this.#arrived.promise
      }
    }
  }
}
