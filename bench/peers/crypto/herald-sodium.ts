/**
 * What Herald would do if its curves came from libsodium: the node:crypto backend with X25519 and Ed25519 of sodium-native.
 * Measured to see what bounds the rest; Herald ships no such backend.
 */
import native from 'sodium-native'
import type { Secret } from '../../../src/core/secret.ts'
import type { CryptoBackend } from '../../../src/crypto/backend.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const signingKeys = new WeakMap<Secret, Buffer>()

/** libsodium's form of an Ed25519 secret: seed and public key. */
function signingKeyOf(seed: Secret): Buffer {
  let key = signingKeys.get(seed)
  if (key === undefined) {
    key = Buffer.alloc(64)
    native.crypto_sign_seed_keypair(Buffer.alloc(32), key, viewOf(seed.reveal()))
    signingKeys.set(seed, key)
  }
  return key
}

function agree(secret: Buffer, peer: Uint8Array): Uint8Array | undefined {
  const shared = Buffer.alloc(32)
  try {
    native.crypto_scalarmult(shared, secret, viewOf(peer))
    return shared
  } catch {
    return undefined
  }
}

/** Node's backend with libsodium's curves. */
export const sodiumCurves: CryptoBackend = {
  ...nodeBackend,
  ed25519Sign(seed, message) {
    const signature = Buffer.alloc(64)
    native.crypto_sign_detached(signature, viewOf(message), signingKeyOf(seed))
    return signature
  },
  ed25519Verify: (publicKey, message, signature) =>
    signature.length === 64 &&
    native.crypto_sign_verify_detached(viewOf(signature), viewOf(message), viewOf(publicKey)),
  x25519: (secret, peer) => agree(viewOf(secret.reveal()), peer),
  x25519Ephemeral(peer) {
    const [publicKey, secret] = [Buffer.alloc(32), Buffer.alloc(32)]
    native.crypto_box_keypair(publicKey, secret)
    const sharedSecret = agree(secret, peer)
    return sharedSecret && { publicKey, sharedSecret }
  },
}
