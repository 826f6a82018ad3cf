/**
 * Challenges that cost the relay no memory: each carries a MAC of the rest of it. Only those answered rightly are
 * remembered, until they expire, so that each works once.
 */
import { concatBytes, toHex } from '../core/bytes.ts'
import type { Millis } from '../core/ids.ts'
import type { RelayContext } from './config.ts'
import { ChallengeInvalidError } from './errors.ts'

const macBytes = 16
/** Length of a nonce: half of it random, half of it a MAC. */
const nonceBytes = 32

/** Makes nonces and takes each once. */
export class SingleUse {
  readonly #context: Pick<RelayContext, 'ambient' | 'backend'>
  readonly #macKey: Uint8Array
  /** Nonces that were answered, with their expiry; ascending, since all live equally long. */
  readonly #answered = new Map<string, Millis>()

  constructor(context: Pick<RelayContext, 'ambient' | 'backend'>) {
    this.#context = context
    this.#macKey = context.ambient.random(32)
  }

  /** A new nonce. @param bytesWith gives what the challenge is with a nonce */
  make(bytesWith: (nonce: Uint8Array) => Uint8Array): Uint8Array {
    const random = this.#context.ambient.random(nonceBytes - macBytes)
    return this.withMac(concatBytes(random, new Uint8Array(macBytes)), bytesWith)
  }

  /** The nonce that begins as this one and is right for a challenge. */
  withMac(nonce: Uint8Array, bytesWith: (nonce: Uint8Array) => Uint8Array): Uint8Array {
    const random = nonce.subarray(0, nonceBytes - macBytes)
    const mac = this.#context.backend.hmacSha256(this.#macKey, bytesWith(concatBytes(random, new Uint8Array(macBytes))))
    return concatBytes(random, mac.subarray(0, macBytes))
  }

  /** @throws ChallengeInvalidError when the nonce was answered before */
  assertUnused(nonce: Uint8Array): void {
    if (this.#answered.has(toHex(nonce))) throw new ChallengeInvalidError()
  }

  /** Marks a nonce as used; of two answers at the same time only one gets through. @throws ChallengeInvalidError */
  use(nonce: Uint8Array, expires: Millis): void {
    const now = this.#context.ambient.now()
    for (const [answered, until] of this.#answered) {
      if (until > now) break
      this.#answered.delete(answered)
    }
    this.assertUnused(nonce)
    this.#answered.set(toHex(nonce), expires)
  }
}
