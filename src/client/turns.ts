/** Messages waiting for their handler: one at a time, urgent first, then as they came. */
import { type Priority, priorityByte } from '../core/priority.ts'

/** One waiting piece of work. */
export interface Turn {
  readonly priority: Priority
  run(): Promise<void>
}

/** A queue that runs one turn after the other. */
export class Turns {
  readonly #waiting: Turn[] = []
  #running: Promise<void> | undefined
  #stopped = false

  /** Adds a turn behind those of its class and above. */
  add(turn: Turn): void {
    if (this.#stopped) return
    const at = this.#waiting.findIndex(({ priority }) => priorityByte(priority) < priorityByte(turn.priority))
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, turn)
    this.#running ??= this.#drain()
  }

  async #drain(): Promise<void> {
    // Yield once, so that what arrives in one burst is put in order before the first runs.
    await new Promise((resolve) => setTimeout(resolve, 0))
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) await turn.run()
    // In the same step that found nothing left, or a turn added in between would start no new run.
    this.#running = undefined
  }

  /** Forgets what waits. A turn that runs is not waited for: its message comes again if it did not end. */
  stop(): void {
    this.#stopped = true
    this.#waiting.length = 0
  }
}
