/** Encryption contexts of HPKE (RFC 9180 §5.2, §5.3): messages under a counted nonce, and exported secrets. */
import { InvalidArgumentError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { CryptoBackend } from './backend.ts'
import { exporterSecret, type MessageKeys, messageKeys } from './hpke-key-schedule.ts'
import type { HpkeSuite } from './hpke-suite.ts'
import { labeledExpand } from './labeled-hkdf.ts'

/** What both sides of a context can do. */
export interface HpkeContext {
  /**
   * A secret for another use that only the two sides know (RFC 9180 §5.3).
   *
   * @param context names that use
   * @param length at most 8,160 bytes
   * @throws InvalidArgumentError when it is longer, SecretDestroyedError after `destroy`
   */
  export(context: Uint8Array, length: number): Uint8Array
  /** Forgets the keys; the context is of no use afterwards. */
  destroy(): void
}

/** The sender's side. */
export interface HpkeSender extends HpkeContext {
  /** Goes to the recipient in the clear. */
  readonly enc: Uint8Array
  /** Seals the next message. @throws InvalidArgumentError on an export-only suite, SecretDestroyedError after `destroy` */
  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array
}

/** The recipient's side. */
export interface HpkeRecipient extends HpkeContext {
  /**
   * Opens the next message, in the order in which they were sealed; nothing when this is not it, and then it stays the
   * next.
   *
   * @throws InvalidArgumentError on an export-only suite, SecretDestroyedError after `destroy`
   */
  open(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/**
 * RFC 9180 §5.2 `ComputeNonce`: the base nonce with the sequence number, big-endian, added by exclusive or.
 *
 * @param baseNonce 12 bytes
 * @param sequence what a number counts exactly: a context ends at 2^53 − 1 messages, long before RFC 9180's 2^96
 * @throws InvalidArgumentError when it is higher
 */
export function nonceAt(baseNonce: Uint8Array, sequence: number): Uint8Array {
  if (!Number.isSafeInteger(sequence))
    throw new InvalidArgumentError({ argument: 'sequence number', expected: 'below 2^53' })
  const nonce = Uint8Array.from(baseNonce)
  for (let at = nonce.length - 1, rest = sequence; rest > 0; at--, rest = Math.floor(rest / 256))
    nonce[at] = (nonce[at] as number) ^ (rest % 256)
  return nonce
}

/** The secrets of one context, and what each side does with them. */
class Keys {
  readonly #backend: CryptoBackend
  readonly #suite: HpkeSuite
  readonly #key: Secret
  readonly #baseNonce: Uint8Array
  readonly #exporter: Secret
  #sequence = 0

  constructor(backend: CryptoBackend, suite: HpkeSuite, { key, baseNonce }: MessageKeys, exporter: Uint8Array) {
    this.#backend = backend
    this.#suite = suite
    this.#key = new Secret(key)
    this.#baseNonce = baseNonce
    this.#exporter = new Secret(exporter)
    key.fill(0)
    exporter.fill(0)
  }

  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const nonce = nonceAt(this.#baseNonce, this.#sequence)
    const sealed = this.#suite.aead.seal(this.#backend, this.#key.reveal(), nonce, aad, plaintext)
    this.#sequence += 1
    return sealed
  }

  open(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
    const nonce = nonceAt(this.#baseNonce, this.#sequence)
    const plaintext = this.#suite.aead.open(this.#backend, this.#key.reveal(), nonce, aad, ciphertext)
    // RFC 9180 §5.2: a message that does not open leaves the counter where it is.
    if (plaintext !== undefined) this.#sequence += 1
    return plaintext
  }

  export(context: Uint8Array, length: number): Uint8Array {
    return labeledExpand(this.#backend, this.#suite.suiteId, this.#exporter.reveal(), 'sec', context, length)
  }

  destroy(): void {
    this.#key.destroy()
    this.#exporter.destroy()
  }
}

/** The keys of a context from the key schedule's `secret`, which is wiped. */
function keysOf(backend: CryptoBackend, suite: HpkeSuite, secret: Uint8Array, context: Uint8Array): Keys {
  const keys = messageKeys(backend, suite, secret, context)
  const exporter = exporterSecret(backend, suite, secret, context)
  secret.fill(0)
  return new Keys(backend, suite, keys, exporter)
}

/** The sender's side of a context. @param secret of the key schedule, wiped @param context of the key schedule */
export function createSender(
  backend: CryptoBackend,
  suite: HpkeSuite,
  enc: Uint8Array,
  secret: Uint8Array,
  context: Uint8Array,
): HpkeSender {
  const keys = keysOf(backend, suite, secret, context)
  return {
    enc,
    seal: (aad, plaintext) => keys.seal(aad, plaintext),
    export: (purpose, length) => keys.export(purpose, length),
    destroy: () => keys.destroy(),
  }
}

/** The recipient's side of a context. @param secret of the key schedule, wiped @param context of the key schedule */
export function createRecipient(
  backend: CryptoBackend,
  suite: HpkeSuite,
  secret: Uint8Array,
  context: Uint8Array,
): HpkeRecipient {
  const keys = keysOf(backend, suite, secret, context)
  return {
    open: (aad, ciphertext) => keys.open(aad, ciphertext),
    export: (purpose, length) => keys.export(purpose, length),
    destroy: () => keys.destroy(),
  }
}
