/**
 * A bounded cache of answers that grow old: fresh for a while, then asked for anew, and served old only while the
 * source cannot be asked. Concurrent look-ups of one key share one question.
 */
import type { Ambient } from '../core/ambient.ts'
import type { Millis } from '../core/ids.ts'

/** How answers age. */
export interface RefreshingCacheOptions {
  /** Entries kept; the one used longest ago goes first. */
  readonly capacity: number
  /** An answer is given without asking again for this long. */
  readonly freshMillis: Millis
  /** An answer is given for at most this long while the source cannot be asked. */
  readonly expiredMillis: Millis
  readonly ambient: Pick<Ambient, 'now'>
  /** Tells whether an error means that the source cannot be asked, rather than what it answered. */
  readonly isOutage: (error: unknown) => boolean
}

interface Entry<Value> {
  readonly value: Value
  readonly askedAt: Millis
  failedAt: Millis | undefined
}

/** After a question that failed, the next is asked this much later, as long as there is an old answer to give. */
const outagePauseMillis = 5000

/** A cache of answers that grow old. */
export class RefreshingCache<Value> {
  readonly #options: RefreshingCacheOptions
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #asking = new Map<string, Promise<Value>>()

  constructor(options: RefreshingCacheOptions) {
    this.#options = options
  }

  /** The answer for a key: the one kept if it is fresh, else what `ask` gives. @throws what `ask` throws */
  async get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const entry = this.#entries.get(key)
    if (entry && this.#serves(entry)) {
      this.#keep(key, entry)
      return entry.value
    }
    const asking = this.#asking.get(key) ?? this.#ask(key, ask)
    try {
      return await asking
    } catch (error) {
      return this.#fallBack(key, error)
    }
  }

  /** Forgets a key; an answer under way to it is not kept. */
  delete(key: string): void {
    this.#entries.delete(key)
    this.#asking.delete(key)
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
    this.#asking.clear()
  }

  #age(since: Millis): Millis {
    const age = this.#options.ambient.now() - since
    // A clock that was set back says nothing about the age.
    return age < 0 ? Number.POSITIVE_INFINITY : age
  }

  #serves(entry: Entry<Value>): boolean {
    if (this.#age(entry.askedAt) < this.#options.freshMillis) return true
    return entry.failedAt !== undefined && this.#age(entry.failedAt) < outagePauseMillis && this.#isBearable(entry)
  }

  #isBearable(entry: Entry<Value>): boolean {
    return this.#age(entry.askedAt) < this.#options.expiredMillis
  }

  #fallBack(key: string, error: unknown): Value {
    const entry = this.#entries.get(key)
    if (!entry || !this.#options.isOutage(error) || !this.#isBearable(entry)) throw error
    entry.failedAt = this.#options.ambient.now()
    return entry.value
  }

  async #ask(key: string, ask: () => Promise<Value>): Promise<Value> {
    // The age of an answer counts from the question: what changed in between is not in it.
    const askedAt = this.#options.ambient.now()
    const asking = ask()
    this.#asking.set(key, asking)
    try {
      const value = await asking
      if (this.#asking.get(key) === asking) this.#keep(key, { value, askedAt, failedAt: undefined })
      return value
    } finally {
      if (this.#asking.get(key) === asking) this.#asking.delete(key)
    }
  }

  #keep(key: string, entry: Entry<Value>): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > this.#options.capacity) this.#entries.delete(this.#entries.keys().next().value as string)
  }
}
