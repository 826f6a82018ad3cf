/** A step that is repeated while it has something to do, one run at a time; a kick during a run asks for another. */

/** Repeats a step. */
export class Pump {
  readonly #step: () => Promise<boolean>
  readonly #onError: (error: unknown) => void
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  /** @param step tells whether to go on at once */
  constructor(step: () => Promise<boolean>, onError: (error: unknown) => void) {
    this.#step = step
    this.#onError = onError
  }

  /** There may be something to do. */
  kick(): void {
    this.#again = true
    if (this.#running !== undefined || this.#stopped) return
    this.#running = this.#run()
      .catch(this.#onError)
      .finally(() => {
        this.#running = undefined
        if (this.#again) this.kick()
      })
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      if (await this.#step()) this.#again = true
    }
  }

  /** Begins no further step; resolves when the one under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#again = false
    await this.#running
  }
}
