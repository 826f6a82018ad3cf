/**
 * Secret bytes that do not show themselves: text, JSON and inspection give a fingerprint (THREATS: keys never leak).
 * The fingerprint is hashed by noble on any platform, since this folder is below the crypto backends; it is computed when
 * a secret is shown, and never on the way of a message.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, toHex, utf8 } from './bytes.ts'
import { SecretDestroyedError } from './errors.ts'

/** Keeps something that it made of secrets, and drops it when they are destroyed. */
export interface SecretUser {
  /** Called once for a secret that is destroyed. */
  forget(secret: Secret): void
}

const label = utf8('herald/v1 secret fingerprint')
const fingerprintBytes = 4
/** A shorter secret could be guessed, and the guess checked by its fingerprint. */
const leastFingerprintedBytes = 16

/** A secret byte string. Its bytes are reached only by `reveal()`, so every use can be found by name. */
export class Secret {
  readonly #bytes: Uint8Array
  #isDestroyed = false
  #users: Set<SecretUser> | undefined

  /** @param bytes copied; the caller may overwrite its own afterwards */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes)
  }

  /** Length in bytes. */
  get length(): number {
    return this.#bytes.length
  }

  /** The bytes themselves. Never log, serialise or keep them. @throws SecretDestroyedError */
  reveal(): Uint8Array {
    // All zero bytes would be taken for a key, and everybody knows that one.
    if (this.#isDestroyed) throw new SecretDestroyedError()
    return this.#bytes
  }

  /** Names somebody who keeps what it made of these bytes, such as a native key, and who is told when they go. */
  usedBy(user: SecretUser): void {
    this.#users ??= new Set()
    this.#users.add(user)
  }

  /** Overwrites the bytes with zeros and has all that was made of them dropped; the secret is of no use afterwards. */
  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    for (const user of this.#users ?? []) user.forget(this)
    this.#users = undefined
    this.#bytes.fill(0)
  }

  /**
   * `Secret(` 8 hexadecimal digits `)`: the start of SHA-256 over a label and the bytes, which tells two keys apart and
   * says nothing of either. `redacted` in place of the digits for less than 16 bytes, `destroyed` once they are gone.
   */
  toString(): string {
    if (this.#isDestroyed) return 'Secret(destroyed)'
    if (this.length < leastFingerprintedBytes) return 'Secret(redacted)'
    const digest = sha256(concatBytes(label, this.#bytes))
    return `Secret(${toHex(digest.subarray(0, fingerprintBytes)).slice(2)})`
  }

  /** As `toString`. */
  toJSON(): string {
    return this.toString()
  }

  /** What `util.inspect` of Node.js shows: as `toString`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}
