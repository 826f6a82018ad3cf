/**
 * The primitives, as one interface that every implementation answers with the same bytes: node:crypto and noble here,
 * another by whoever hands it to `createAgent`. All calls are synchronous, but for those on large bodies where a backend has them. HKDF, X-Wing and HPKE are functions over it
 * (`hkdf.ts`, `x-wing.ts`, `hpke.ts`), so that an implementation is primitives and nothing else.
 *
 * Randomness is handed in and is no part of it, so that tests can fix it (`core/ambient.ts`); where a platform draws its
 * own, the method says so.
 *
 * What a peer sent and is wrong (a key, a ciphertext, a tag) gives nothing or false. A secret, key or nonce of the wrong
 * length is the caller's fault and throws `InvalidArgumentError`; a destroyed secret throws `SecretDestroyedError`.
 */
import type { Secret } from '../core/secret.ts'

/** Where random bytes come from. @param length bytes */
export type RandomSource = (length: number) => Uint8Array

/** What a KEM makes for a recipient. */
export interface Encapsulation {
  /** Goes to the recipient in the clear. */
  readonly enc: Uint8Array
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array
}

/** What an ephemeral X25519 key is made for. */
export interface EphemeralAgreement {
  /** Goes to the peer, 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array
}

/**
 * AES-256-GCM (NIST SP 800-38D) as a platform gives it that answers later: key of 32 bytes, nonce of 12, ciphertext with
 * its 16-byte tag behind; same bytes and refusals as the synchronous one. The key may be wiped once a call has returned.
 */
export interface LargeBodyCipher {
  /** The ciphertext with its tag. */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>
  /** The plaintext, or nothing when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array | undefined>
}

/** The primitives Herald is made of. */
export interface CryptoBackend {
  /** Names it in tests and benchmarks. */
  readonly name: string
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(data: Uint8Array): Uint8Array
  /** SHA-512 (FIPS 180-4), 64 bytes. */
  sha512(data: Uint8Array): Uint8Array
  /** SHA3-256 (FIPS 202), 32 bytes. */
  sha3256(data: Uint8Array): Uint8Array
  /** SHAKE256 (FIPS 202). @param length of the output in bytes */
  shake256(data: Uint8Array, length: number): Uint8Array
  /** Keccak-256 as the EVM has it, 32 bytes. Slow on long input: hash that with SHA-256 first. */
  keccak256(data: Uint8Array): Uint8Array
  /** HMAC-SHA256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  /** The public key of an Ed25519 seed of 32 bytes (RFC 8032 §5.1.5), 32 bytes. */
  ed25519PublicKey(seed: Secret): Uint8Array
  /** An Ed25519 signature (RFC 8032 §5.1.6), 64 bytes. */
  ed25519Sign(seed: Secret, message: Uint8Array): Uint8Array
  /** Strict RFC 8032 §5.1.7 verification, never ZIP-215; a key of small order or a length other than 64 is false. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The public key of an X25519 secret of 32 bytes (RFC 7748 §5), 32 bytes. */
  x25519PublicKey(secret: Secret): Uint8Array
  /** The X25519 shared secret (RFC 7748 §6.1), 32 bytes; nothing when it is all zero. */
  x25519(secret: Secret, publicKey: Uint8Array): Uint8Array | undefined
  /**
   * The X25519 shared secret of a new key with a peer's (RFC 7748 §6.1); the new secret is forgotten. Nothing when the
   * shared secret is all zero.
   *
   * @param random gives the 32-byte secret; a platform that draws its own, as node:crypto does, leaves it alone
   */
  x25519Ephemeral(publicKey: Uint8Array, random: RandomSource): EphemeralAgreement | undefined
  /** The ML-KEM-768 encapsulation key (FIPS 203) of a seed of 64 bytes (d ‖ z), 1,184 bytes. */
  mlKem768PublicKey(seed: Secret): Uint8Array
  /**
   * ML-KEM-768 encapsulation: 1,088 bytes of ciphertext. Nothing when the key fails FIPS 203 §7.2's check.
   *
   * @param random gives the 32-byte message; a platform that draws its own, as node:crypto does, leaves it alone
   */
  mlKem768Encapsulate(publicKey: Uint8Array, random: RandomSource): Encapsulation | undefined
  /**
   * ML-KEM-768 decapsulation with a seed of 64 bytes: 32 bytes. A wrong ciphertext gives a pseudorandom answer (FIPS 203
   * §6.3), one that is not 1,088 bytes long nothing.
   */
  mlKem768Decapsulate(seed: Secret, ciphertext: Uint8Array): Uint8Array | undefined
  /** AES-128-GCM (NIST SP 800-38D) with a key of 16 bytes and a nonce of 12: the ciphertext with its 16-byte tag. */
  aes128GcmSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The plaintext, or nothing when the tag does not fit. */
  aes128GcmOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
  /** AES-256-GCM (NIST SP 800-38D) with a key of 32 bytes and a nonce of 12: the ciphertext with its 16-byte tag. */
  aes256GcmSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The plaintext, or nothing when the tag does not fit. */
  aes256GcmOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
  /** ChaCha20-Poly1305 (RFC 8439) with a key of 32 bytes and a nonce of 12: the ciphertext with its 16-byte tag. */
  chaCha20Poly1305Seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The plaintext, or nothing when the tag does not fit. */
  chaCha20Poly1305Open(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined
  /**
   * Seals and opens bodies of 16,384 bytes and more in place of `aes256GcmSeal` and `aes256GcmOpen`, where those take
   * milliseconds and the platform has something faster.
   */
  readonly largeBodies?: LargeBodyCipher | undefined
}

/** The part of a backend that a Node without ML-KEM takes from noble. */
export type MlKem768 = Pick<CryptoBackend, 'mlKem768PublicKey' | 'mlKem768Encapsulate' | 'mlKem768Decapsulate'>
