/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 combined by SHA3-256. Safe while either of the two is.
 */
import { concatBytes, utf8 } from '../core/bytes.ts'
import { Secret } from '../core/secret.ts'
import type { CryptoBackend, Encapsulation, RandomSource } from './backend.ts'

const label = utf8('\\.//^\\')
const mlKemPublicKeyBytes = 1184
const mlKemCiphertextBytes = 1088

interface Expanded {
  readonly mlKemSeed: Secret
  readonly x25519: Secret
  readonly x25519PublicKey: Uint8Array
}

const expandedKeys = new WeakMap<Secret, Expanded>()

/** draft §5.2: the 32-byte seed is expanded by SHAKE256 to the seeds of both parts. Kept as long as the secret is. */
function expand(backend: CryptoBackend, secret: Secret): Expanded {
  let expanded = expandedKeys.get(secret)
  if (expanded === undefined) {
    const bytes = backend.shake256(secret.reveal(), 96)
    const x25519 = new Secret(bytes.subarray(64))
    expanded = {
      mlKemSeed: new Secret(bytes.subarray(0, 64)),
      x25519,
      x25519PublicKey: backend.x25519PublicKey(x25519),
    }
    bytes.fill(0)
    expandedKeys.set(secret, expanded)
  }
  return expanded
}

/** draft §5.3. */
function combine(backend: CryptoBackend, ...parts: readonly Uint8Array[]): Uint8Array {
  return backend.sha3256(concatBytes(...parts, label))
}

/** The public key of a 32-byte seed, 1,216 bytes (draft §5.2). */
export function xWingPublicKey(backend: CryptoBackend, secret: Secret): Uint8Array {
  const expanded = expand(backend, secret)
  return concatBytes(backend.mlKem768PublicKey(expanded.mlKemSeed), expanded.x25519PublicKey)
}

/**
 * A shared secret for a public key (draft §5.4).
 *
 * @param publicKey 1,216 bytes
 * @returns 1,120 bytes of `enc` and 32 of secret; nothing when the public key is not one
 */
export function xWingEncapsulate(
  backend: CryptoBackend,
  publicKey: Uint8Array,
  random: RandomSource,
): Encapsulation | undefined {
  const mlKem = backend.mlKem768Encapsulate(publicKey.subarray(0, mlKemPublicKeyBytes), random)
  const recipient = publicKey.subarray(mlKemPublicKeyBytes)
  const ephemeral = backend.x25519Ephemeral(recipient, random)
  if (mlKem === undefined || ephemeral === undefined) return undefined
  return {
    enc: concatBytes(mlKem.enc, ephemeral.publicKey),
    sharedSecret: combine(backend, mlKem.sharedSecret, ephemeral.sharedSecret, ephemeral.publicKey, recipient),
  }
}

/**
 * The shared secret of an encapsulation (draft §5.5).
 *
 * @param enc 1,120 bytes
 * @returns 32 bytes; nothing when the X25519 part is of small order
 */
export function xWingDecapsulate(backend: CryptoBackend, secret: Secret, enc: Uint8Array): Uint8Array | undefined {
  const { mlKemSeed, x25519, x25519PublicKey } = expand(backend, secret)
  const ephemeralPublicKey = enc.subarray(mlKemCiphertextBytes)
  const shared = backend.x25519(x25519, ephemeralPublicKey)
  if (shared === undefined) return undefined
  const mlKem = backend.mlKem768Decapsulate(mlKemSeed, enc.subarray(0, mlKemCiphertextBytes))
  return combine(backend, mlKem, shared, ephemeralPublicKey, x25519PublicKey)
}
