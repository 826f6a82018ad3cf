/** Lengths of the primitives' keys and inputs, in bytes, and the checks that both backends make of them alike. */
import { InvalidArgumentError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'

/** A public or secret key of X25519 and Ed25519. */
export const curveKeyBytes = 32
/** An Ed25519 signature. */
export const signatureBytes = 64
/** An ML-KEM-768 seed, d ‖ z (FIPS 203 §7.1). */
export const mlKemSeedBytes = 64
/** An ML-KEM-768 encapsulation key. */
export const mlKemPublicKeyBytes = 1184
/** An ML-KEM-768 ciphertext. */
export const mlKemCiphertextBytes = 1088
/** The nonce of each AEAD. */
export const nonceBytes = 12
/** The tag of each AEAD. */
export const tagBytes = 16

/** The bytes of a secret that has to have a length. @throws InvalidArgumentError or SecretDestroyedError */
export function revealOf(secret: Secret, length: number): Uint8Array {
  if (secret.length !== length) throw new InvalidArgumentError({ argument: 'secret', expected: `${length} bytes` })
  return secret.reveal()
}

/** Refuses a key or nonce that an AEAD does not take: libraries differ in what they make of one. @throws InvalidArgumentError */
export function assertAeadLengths(key: Uint8Array, keyBytes: number, nonce: Uint8Array): void {
  if (key.length !== keyBytes) throw new InvalidArgumentError({ argument: 'key', expected: `${keyBytes} bytes` })
  if (nonce.length !== nonceBytes)
    throw new InvalidArgumentError({ argument: 'nonce', expected: `${nonceBytes} bytes` })
}
