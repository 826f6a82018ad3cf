/**
 * Secret bytes that do not show themselves: text, JSON and inspection give a placeholder (THREATS: keys never leak).
 */

const shown = 'Secret(redacted)'

/** A secret byte string. Its bytes are reached only by `reveal()`, so every use can be found by name. */
export class Secret {
  readonly #bytes: Uint8Array

  /** @param bytes copied; the caller may overwrite its own afterwards */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes)
  }

  /** Length in bytes. */
  get length(): number {
    return this.#bytes.length
  }

  /** The bytes themselves. Never log, serialise or keep them. */
  reveal(): Uint8Array {
    return this.#bytes
  }

  /** Overwrites the bytes with zeros; the secret is of no use afterwards. */
  destroy(): void {
    this.#bytes.fill(0)
  }

  /** A placeholder. */
  toString(): string {
    return shown
  }

  /** A placeholder. */
  toJSON(): string {
    return shown
  }

  /** What `util.inspect` of Node.js shows: a placeholder. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown
  }
}
