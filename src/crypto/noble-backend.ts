/** The primitives by the noble libraries: pure TypeScript, for browsers, and the readable twin of the native backend. */
import { gcm } from '@noble/ciphers/aes.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { keccak_256, sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { CryptoBackend } from './backend.ts'
import { isSmallOrder } from './small-order.ts'

/** Runs a noble call that throws on bad input; nothing when it does. */
function attempt<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** The primitives by noble. */
export const nobleBackend: CryptoBackend = {
  name: 'noble',
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  sha3256: (data) => sha3_256(data),
  shake256: (data, length) => shake256(data, { dkLen: length }),
  keccak256: (data) => keccak_256(data),
  hmacSha256: (key, data) => hmac(sha256, key, data),
  ed25519PublicKey: (seed) => ed25519.getPublicKey(seed.reveal()),
  ed25519Sign: (seed, message) => ed25519.sign(message, seed.reveal()),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64 || isSmallOrder(publicKey)) return false
    // zip215 would accept what RFC 8032 §5.1.7 and every native library reject.
    return attempt(() => ed25519.verify(signature, message, publicKey, { zip215: false })) ?? false
  },
  x25519PublicKey: (secret) => x25519.getPublicKey(secret.reveal()),
  x25519: (secret, publicKey) => attempt(() => x25519.getSharedSecret(secret.reveal(), publicKey)),
  x25519Ephemeral(publicKey, random) {
    const secret = random(32)
    const sharedSecret = attempt(() => x25519.getSharedSecret(secret, publicKey))
    const made = sharedSecret && { publicKey: x25519.getPublicKey(secret), sharedSecret }
    secret.fill(0)
    return made
  },
  mlKem768PublicKey: (seed) => ml_kem768.keygen(seed.reveal()).publicKey,
  mlKem768Encapsulate(publicKey, random) {
    const made = attempt(() => ml_kem768.encapsulate(publicKey, random(32)))
    return made && { enc: made.cipherText, sharedSecret: made.sharedSecret }
  },
  mlKem768Decapsulate: (seed, ciphertext) =>
    ml_kem768.decapsulate(ciphertext, ml_kem768.keygen(seed.reveal()).secretKey),
  aes256GcmSeal: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  aes256GcmOpen: (key, nonce, aad, ciphertext) => attempt(() => gcm(key, nonce, aad).decrypt(ciphertext)),
}

/** What `#crypto-backend` gives outside Node.js. */
export const defaultBackend: CryptoBackend = nobleBackend
