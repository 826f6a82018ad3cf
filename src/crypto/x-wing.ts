/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 combined by SHA3-256. Safe while either of the two is.
 */
import { concatBytes, utf8 } from '../core/bytes.ts'
import { Secret } from '../core/secret.ts'
import { suiteXWing } from '../core/suite.ts'
import type { CryptoBackend, Encapsulation, RandomSource } from './backend.ts'
import { uint16 } from './labeled-hkdf.ts'
import { mlKemCiphertextBytes, mlKemPublicKeyBytes, mlKemSeedBytes, revealOf } from './lengths.ts'
import { createSecretCache } from './secret-cache.ts'

const label = utf8('\\.//^\\')
const seedBytes = 32
const expandedBytes = 96

interface Expanded {
  readonly mlKemSeed: Secret
  readonly x25519: Secret
  readonly x25519PublicKey: Uint8Array
}

const expandedKeys = createSecretCache<Expanded>(({ mlKemSeed, x25519 }) => {
  mlKemSeed.destroy()
  x25519.destroy()
})

/** draft §5.2: the 32-byte seed is expanded by SHAKE256 to the seeds of both parts. */
function expand(backend: CryptoBackend, secret: Secret): Expanded {
  return expandedKeys(secret, () => {
    const bytes = backend.shake256(revealOf(secret, seedBytes), expandedBytes)
    const x25519 = new Secret(bytes.subarray(mlKemSeedBytes))
    const mlKemSeed = new Secret(bytes.subarray(0, mlKemSeedBytes))
    bytes.fill(0)
    return { mlKemSeed, x25519, x25519PublicKey: backend.x25519PublicKey(x25519) }
  })
}

/** draft §5.3. */
function combine(backend: CryptoBackend, ...parts: readonly Uint8Array[]): Uint8Array {
  const input = concatBytes(...parts, label)
  const combined = backend.sha3256(input)
  input.fill(0)
  return combined
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
 * @returns 32 bytes; nothing when it is of another length, or its X25519 part of small order
 */
export function xWingDecapsulate(backend: CryptoBackend, secret: Secret, enc: Uint8Array): Uint8Array | undefined {
  const { mlKemSeed, x25519, x25519PublicKey } = expand(backend, secret)
  const ephemeralPublicKey = enc.subarray(mlKemCiphertextBytes)
  const shared = backend.x25519(x25519, ephemeralPublicKey)
  const mlKem = shared && backend.mlKem768Decapsulate(mlKemSeed, enc.subarray(0, mlKemCiphertextBytes))
  return mlKem && combine(backend, mlKem, shared, ephemeralPublicKey, x25519PublicKey)
}

const derivation = utf8('DeriveKeyPair')
const derivationSuffix = concatBytes(
  utf8('HPKE-v1KEM'),
  uint16(suiteXWing),
  uint16(derivation.length),
  derivation,
  uint16(seedBytes),
)

/** draft-ietf-hpke-pq `DeriveKeyPair`: SHAKE256 over the key material and its purpose, 32 bytes. */
export function xWingDeriveSecret(backend: CryptoBackend, keyMaterial: Uint8Array): Secret {
  const input = concatBytes(keyMaterial, derivationSuffix)
  const seed = backend.shake256(input, seedBytes)
  const secret = new Secret(seed)
  input.fill(0)
  seed.fill(0)
  return secret
}
