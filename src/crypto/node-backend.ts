/**
 * The primitives by node:crypto, a file for each kind (`node-*.ts`). ML-KEM comes from noble where this Node has none
 * (Node 22), and so does Keccak-256, which no Node has.
 */
import * as native from 'node:crypto'
import type { CryptoBackend, EphemeralAgreement, MlKem768 } from './backend.ts'
import { curveKeyBytes, signatureBytes } from './lengths.ts'
import { nobleBackend } from './noble-backend.ts'
import { nobleMlKem768 } from './noble-ml-kem.ts'
import { nativeAeads } from './node-aead.ts'
import { plain } from './node-bytes.ts'
import { digestOf, hmacSha256, sha256 } from './node-hash.ts'
import {
  ed25519PrivateKey,
  ed25519PublicKey,
  rawPublicKey,
  x25519PrivateKey,
  x25519PublicKey,
  x25519PublicKeyOnce,
} from './node-keys.ts'
import { hasNativeMlKem, nativeMlKem768 } from './node-ml-kem.ts'
import { isSmallOrder } from './small-order.ts'

function ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== curveKeyBytes || signature.length !== signatureBytes || isSmallOrder(key)) return false
  const publicKey = ed25519PublicKey(key)
  // A key that is not a point cannot have signed anything.
  return publicKey !== undefined && native.verify(null, message, publicKey, signature)
}

function agree(privateKey: native.KeyObject, publicKey: native.KeyObject | undefined): Uint8Array | undefined {
  if (publicKey === undefined) return undefined
  try {
    return plain(native.diffieHellman({ privateKey, publicKey }))
  } catch {
    // RFC 7748 §6.1: OpenSSL refuses a small-order peer key, whose shared secret is all zero.
    return undefined
  }
}

/** Lets OpenSSL draw the key: importing a drawn one costs twice as much, and its bytes would pass through JavaScript. */
function x25519Ephemeral(peer: Uint8Array): EphemeralAgreement | undefined {
  const made = native.generateKeyPairSync('x25519')
  const sharedSecret = agree(made.privateKey, x25519PublicKey(peer))
  return sharedSecret && { publicKey: rawPublicKey(made.publicKey), sharedSecret }
}

/** The primitives by node:crypto, with the ML-KEM that is handed in. */
export function createNodeBackend(mlKem: MlKem768): CryptoBackend {
  return {
    ...mlKem,
    ...nativeAeads,
    name: 'node',
    sha256,
    sha512: digestOf('sha512', 64),
    sha3256: digestOf('sha3-256', 32),
    shake256: (data, length) => plain(native.createHash('shake256', { outputLength: length }).update(data).digest()),
    keccak256: nobleBackend.keccak256,
    hmacSha256,
    ed25519PublicKey: (seed) => rawPublicKey(native.createPublicKey(ed25519PrivateKey(seed))),
    ed25519Sign: (seed, message) => plain(native.sign(null, message, ed25519PrivateKey(seed))),
    ed25519Verify,
    x25519PublicKey: (secret) => rawPublicKey(native.createPublicKey(x25519PrivateKey(secret))),
    x25519: (secret, peer) => agree(x25519PrivateKey(secret), x25519PublicKeyOnce(peer)),
    x25519Ephemeral,
  }
}

/** The primitives by node:crypto. */
export const nodeBackend: CryptoBackend = createNodeBackend(hasNativeMlKem ? nativeMlKem768 : nobleMlKem768)

/** What `#crypto-backend` gives on Node.js. */
export const defaultBackend: CryptoBackend = nodeBackend
