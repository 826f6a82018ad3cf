/** DHKEM(X25519, HKDF-SHA256) (RFC 9180 §4.1), for cards of the classical suite, and the one KEM here that authenticates. */
import { concatBytes, utf8 } from '../core/bytes.ts'
import { Secret } from '../core/secret.ts'
import { suiteX25519 } from '../core/suite.ts'
import type { CryptoBackend, Encapsulation, RandomSource } from './backend.ts'
import { labeledExpand, labeledExtract, uint16 } from './labeled-hkdf.ts'
import { curveKeyBytes } from './lengths.ts'

const suiteId = concatBytes(utf8('KEM'), uint16(suiteX25519))
const empty = new Uint8Array(0)

/** RFC 9180 §4.1 `ExtractAndExpand`; the agreements that go in are wiped. */
function extractAndExpand(backend: CryptoBackend, agreed: Uint8Array, kemContext: Uint8Array): Uint8Array {
  const prk = labeledExtract(backend, suiteId, empty, 'eae_prk', agreed)
  const sharedSecret = labeledExpand(backend, suiteId, prk, 'shared_secret', kemContext, 32)
  agreed.fill(0)
  prk.fill(0)
  return sharedSecret
}

/** RFC 9180 §4.1 `Encap`. @param publicKey 32 bytes @returns nothing when the key is of small order */
export function dhKemEncapsulate(
  backend: CryptoBackend,
  publicKey: Uint8Array,
  random: RandomSource,
): Encapsulation | undefined {
  const ephemeral = backend.x25519Ephemeral(publicKey, random)
  if (ephemeral === undefined) return undefined
  const { publicKey: enc, sharedSecret: agreed } = ephemeral
  return { enc, sharedSecret: extractAndExpand(backend, agreed, concatBytes(enc, publicKey)) }
}

/** RFC 9180 §4.1 `Decap`. @param enc 32 bytes @returns nothing when it is of small order */
export function dhKemDecapsulate(backend: CryptoBackend, secret: Secret, enc: Uint8Array): Uint8Array | undefined {
  const agreed = backend.x25519(secret, enc)
  if (agreed === undefined) return undefined
  return extractAndExpand(backend, agreed, concatBytes(enc, backend.x25519PublicKey(secret)))
}

/**
 * RFC 9180 §4.1 `AuthEncap`: the shared secret also needs the sender's key.
 *
 * @param publicKey the recipient's, 32 bytes
 * @returns nothing when it is of small order
 */
export function dhKemAuthEncapsulate(
  backend: CryptoBackend,
  publicKey: Uint8Array,
  sender: Secret,
  random: RandomSource,
): Encapsulation | undefined {
  const ephemeral = backend.x25519Ephemeral(publicKey, random)
  const authenticated = backend.x25519(sender, publicKey)
  if (ephemeral === undefined || authenticated === undefined) return undefined
  const enc = ephemeral.publicKey
  const context = concatBytes(enc, publicKey, backend.x25519PublicKey(sender))
  return { enc, sharedSecret: extractBoth(backend, ephemeral.sharedSecret, authenticated, context) }
}

/**
 * RFC 9180 §4.1 `AuthDecap`.
 *
 * @param senderPublicKey 32 bytes
 * @param enc 32 bytes
 * @returns nothing when either is of small order
 */
export function dhKemAuthDecapsulate(
  backend: CryptoBackend,
  secret: Secret,
  senderPublicKey: Uint8Array,
  enc: Uint8Array,
): Uint8Array | undefined {
  const agreed = backend.x25519(secret, enc)
  const authenticated = backend.x25519(secret, senderPublicKey)
  if (agreed === undefined || authenticated === undefined) return undefined
  const context = concatBytes(enc, backend.x25519PublicKey(secret), senderPublicKey)
  return extractBoth(backend, agreed, authenticated, context)
}

function extractBoth(backend: CryptoBackend, first: Uint8Array, second: Uint8Array, context: Uint8Array): Uint8Array {
  const agreed = concatBytes(first, second)
  first.fill(0)
  second.fill(0)
  return extractAndExpand(backend, agreed, context)
}

/** RFC 9180 §7.1.3 `DeriveKeyPair`: the secret that key material stands for. */
export function dhKemDeriveSecret(backend: CryptoBackend, keyMaterial: Uint8Array): Secret {
  const prk = labeledExtract(backend, suiteId, empty, 'dkp_prk', keyMaterial)
  const bytes = labeledExpand(backend, suiteId, prk, 'sk', empty, curveKeyBytes)
  const secret = new Secret(bytes)
  prk.fill(0)
  bytes.fill(0)
  return secret
}
