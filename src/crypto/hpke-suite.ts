/** An HPKE ciphersuite (RFC 9180 §7): KEM and AEAD; the KDF is HKDF-SHA256 throughout. */
import { concatBytes, utf8 } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { Suite } from '../core/suite.ts'
import type { CryptoBackend } from './backend.ts'
import { uint16 } from './labeled-hkdf.ts'

const kdfHkdfSha256 = 0x0001

/** How the messages of a context are encrypted (RFC 9180 §7.3). */
export interface HpkeAead {
  /** IANA "HPKE AEAD Identifiers". */
  readonly id: number
  /** Length of its key. */
  readonly keyBytes: number
  seal(backend: CryptoBackend, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  open(
    backend: CryptoBackend,
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined
}

/** AES-128-GCM, for MLS. */
export const aes128Gcm: HpkeAead = {
  id: 0x0001,
  keyBytes: 16,
  seal: (backend, key, nonce, aad, plaintext) => backend.aes128GcmSeal(key, nonce, aad, plaintext),
  open: (backend, key, nonce, aad, ciphertext) => backend.aes128GcmOpen(key, nonce, aad, ciphertext),
}

/** AES-256-GCM, which sealed messages are encrypted by. */
export const aes256Gcm: HpkeAead = {
  id: 0x0002,
  keyBytes: 32,
  seal: (backend, key, nonce, aad, plaintext) => backend.aes256GcmSeal(key, nonce, aad, plaintext),
  open: (backend, key, nonce, aad, ciphertext) => backend.aes256GcmOpen(key, nonce, aad, ciphertext),
}

/** ChaCha20-Poly1305. */
export const chaCha20Poly1305: HpkeAead = {
  id: 0x0003,
  keyBytes: 32,
  seal: (backend, key, nonce, aad, plaintext) => backend.chaCha20Poly1305Seal(key, nonce, aad, plaintext),
  open: (backend, key, nonce, aad, ciphertext) => backend.chaCha20Poly1305Open(key, nonce, aad, ciphertext),
}

function refuseMessages(): never {
  throw new InvalidArgumentError({ argument: 'aead', expected: 'one that encrypts: this context only exports' })
}

/** Encrypts nothing: the context is there for its exported secrets (RFC 9180 §5.3). */
export const exportOnly: HpkeAead = { id: 0xffff, keyBytes: 0, seal: refuseMessages, open: refuseMessages }

/** A ciphersuite. */
export interface HpkeSuite<KemId extends Suite = Suite> {
  readonly kem: KemId
  readonly aead: HpkeAead
  /** RFC 9180 §5.1 `suite_id`, which labels all that is derived. */
  readonly suiteId: Uint8Array
}

/** Makes a ciphersuite, once for all of its contexts. */
export function hpkeSuite<KemId extends Suite>(kem: KemId, aead: HpkeAead): HpkeSuite<KemId> {
  return { kem, aead, suiteId: concatBytes(utf8('HPKE'), uint16(kem), uint16(kdfHkdfSha256), uint16(aead.id)) }
}
