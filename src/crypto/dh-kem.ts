/** DHKEM(X25519, HKDF-SHA256) (RFC 9180 §4.1), for cards of the classical suite. */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { Secret } from '../core/secret.ts'
import { suiteX25519 } from '../core/suite.ts'
import type { CryptoBackend, Encapsulation, RandomSource } from './backend.ts'
import { labeledExpand, labeledExtract, uint16 } from './labeled-hkdf.ts'

const suiteId = concatBytes(utf8('KEM'), uint16(suiteX25519))
const empty = new Uint8Array(0)

/** RFC 9180 §4.1 `ExtractAndExpand`. */
function extractAndExpand(backend: CryptoBackend, shared: Uint8Array, kemContext: Uint8Array): Uint8Array {
  const prk = labeledExtract(backend, suiteId, empty, 'eae_prk', shared)
  return labeledExpand(backend, suiteId, prk, 'shared_secret', kemContext, 32)
}

/** RFC 9180 §4.1 `Encap`. @param publicKey 32 bytes @returns nothing when the key is of small order */
export function dhKemEncapsulate(
  backend: CryptoBackend,
  publicKey: Uint8Array,
  random: RandomSource,
): Encapsulation | undefined {
  const ephemeral = backend.x25519Ephemeral(publicKey, random)
  if (ephemeral === undefined) return undefined
  const { publicKey: enc, sharedSecret: shared } = ephemeral
  return { enc, sharedSecret: extractAndExpand(backend, shared, concatBytes(enc, publicKey)) }
}

/** RFC 9180 §4.1 `Decap`. @param enc 32 bytes @returns nothing when it is of small order */
export function dhKemDecapsulate(backend: CryptoBackend, secret: Secret, enc: Uint8Array): Uint8Array | undefined {
  const shared = backend.x25519(secret, enc)
  if (shared === undefined) return undefined
  return extractAndExpand(backend, shared, concatBytes(enc, backend.x25519PublicKey(secret)))
}
