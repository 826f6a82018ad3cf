/** The primitives by the noble libraries: pure TypeScript, for browsers, and the readable twin of the native backend. */
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { keccak_256, sha3_256, shake256 } from '@noble/hashes/sha3.js'
import type { CryptoBackend } from './backend.ts'
import { assertAeadLengths, curveKeyBytes, revealOf, signatureBytes } from './lengths.ts'
import { nobleMlKem768 } from './noble-ml-kem.ts'
import { isSmallOrder } from './small-order.ts'
import { webCipher } from './web-cipher.ts'

/** Runs a noble call that throws on what a peer sent; nothing when it does. */
function attempt<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** RFC 7748 §6.1: noble refuses a shared secret that is all zero. */
function agree(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  return attempt(() => x25519.getSharedSecret(secret, publicKey))
}

type Cipher = typeof gcm | typeof chacha20poly1305

function sealWith(cipher: Cipher, keyBytes: number): CryptoBackend['aes256GcmSeal'] {
  return (key, nonce, aad, plaintext) => {
    assertAeadLengths(key, keyBytes, nonce)
    return cipher(key, nonce, aad).encrypt(plaintext)
  }
}

function openWith(cipher: Cipher, keyBytes: number): CryptoBackend['aes256GcmOpen'] {
  return (key, nonce, aad, ciphertext) => {
    assertAeadLengths(key, keyBytes, nonce)
    return attempt(() => cipher(key, nonce, aad).decrypt(ciphertext))
  }
}

/** The primitives by noble. */
export const nobleBackend: CryptoBackend = {
  ...nobleMlKem768,
  name: 'noble',
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  sha3256: (data) => sha3_256(data),
  shake256: (data, length) => shake256(data, { dkLen: length }),
  keccak256: (data) => keccak_256(data),
  hmacSha256: (key, data) => hmac(sha256, key, data),
  ed25519PublicKey: (seed) => ed25519.getPublicKey(revealOf(seed, curveKeyBytes)),
  ed25519Sign: (seed, message) => ed25519.sign(message, revealOf(seed, curveKeyBytes)),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== curveKeyBytes || signature.length !== signatureBytes || isSmallOrder(publicKey))
      return false
    // zip215 would accept what RFC 8032 §5.1.7 and every native library reject.
    return attempt(() => ed25519.verify(signature, message, publicKey, { zip215: false })) ?? false
  },
  x25519PublicKey: (secret) => x25519.getPublicKey(revealOf(secret, curveKeyBytes)),
  x25519: (secret, publicKey) => agree(revealOf(secret, curveKeyBytes), publicKey),
  x25519Ephemeral(publicKey, random) {
    const secret = random(curveKeyBytes)
    const sharedSecret = agree(secret, publicKey)
    const made = sharedSecret && { publicKey: x25519.getPublicKey(secret), sharedSecret }
    secret.fill(0)
    return made
  },
  aes128GcmSeal: sealWith(gcm, 16),
  aes128GcmOpen: openWith(gcm, 16),
  aes256GcmSeal: sealWith(gcm, 32),
  aes256GcmOpen: openWith(gcm, 32),
  chaCha20Poly1305Seal: sealWith(chacha20poly1305, 32),
  chaCha20Poly1305Open: openWith(chacha20poly1305, 32),
  largeBodies: webCipher,
}

/** What `#crypto-backend` gives outside Node.js. */
export const defaultBackend: CryptoBackend = nobleBackend
