/** The AEADs of node:crypto. The key becomes a KeyObject first: a raw one costs 4-5 times as much in Node 24. */
import * as native from 'node:crypto'
import { concatBytes } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'
import { assertAeadLengths, tagBytes } from './lengths.ts'
import { plain } from './node-bytes.ts'

/** What OpenSSL calls it, and the length of its key in bytes. */
interface Cipher {
  readonly name: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
  readonly keyBytes: number
}

const options = { authTagLength: tagBytes }

// The types have an overload for each name; all three give an object with the same methods.
type GcmName = 'aes-256-gcm'

function sealWith({ name, keyBytes }: Cipher): CryptoBackend['aes256GcmSeal'] {
  return (key, nonce, aad, plaintext) => {
    assertAeadLengths(key, keyBytes, nonce)
    const cipher = native.createCipheriv(name as GcmName, native.createSecretKey(key), nonce, options)
    cipher.setAAD(aad)
    const body = cipher.update(plaintext)
    cipher.final()
    return concatBytes(body, cipher.getAuthTag())
  }
}

function openWith({ name, keyBytes }: Cipher): CryptoBackend['aes256GcmOpen'] {
  return (key, nonce, aad, ciphertext) => {
    assertAeadLengths(key, keyBytes, nonce)
    if (ciphertext.length < tagBytes) return undefined
    const end = ciphertext.length - tagBytes
    const decipher = native.createDecipheriv(name as GcmName, native.createSecretKey(key), nonce, options)
    decipher.setAAD(aad).setAuthTag(ciphertext.subarray(end))
    const plaintext = decipher.update(ciphertext.subarray(0, end))
    try {
      decipher.final()
      return plain(plaintext)
    } catch {
      plaintext.fill(0)
      return undefined
    }
  }
}

const aes128Gcm: Cipher = { name: 'aes-128-gcm', keyBytes: 16 }
const aes256Gcm: Cipher = { name: 'aes-256-gcm', keyBytes: 32 }
const chaCha20Poly1305: Cipher = { name: 'chacha20-poly1305', keyBytes: 32 }

/** AES-GCM and ChaCha20-Poly1305 by node:crypto. */
export const nativeAeads = {
  aes128GcmSeal: sealWith(aes128Gcm),
  aes128GcmOpen: openWith(aes128Gcm),
  aes256GcmSeal: sealWith(aes256Gcm),
  aes256GcmOpen: openWith(aes256Gcm),
  chaCha20Poly1305Seal: sealWith(chaCha20Poly1305),
  chaCha20Poly1305Open: openWith(chaCha20Poly1305),
} satisfies Partial<CryptoBackend>
