/** The primitives of Herald's two backends. */
import { Secret } from '../../src/core/secret.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { xWingDecapsulate, xWingEncapsulate, xWingPublicKey } from '../../src/crypto/x-wing.ts'
import { rotation, times } from '../rotation.ts'
import type { PrimitiveProvider } from './alternatives.ts'

type Operations = PrimitiveProvider['operations']

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** As many peer keys as outnumber what the backend keeps, so that each is imported anew. */
const peerKeys = 2048

function curves(backend: CryptoBackend, content: Uint8Array): Operations {
  const [secret, signing] = [new Secret(random(32)), new Secret(random(32))]
  const distinct = backend === nodeBackend ? peerKeys : 16
  const nextPeer = rotation(times(distinct, () => backend.x25519PublicKey(new Secret(random(32)))))
  const signingKey = backend.ed25519PublicKey(signing)
  const signature = backend.ed25519Sign(signing, content)
  return {
    'x25519 key generation': () => backend.x25519PublicKey(new Secret(random(32))),
    'x25519 with a new peer key': () => backend.x25519(secret, nextPeer()),
    'ed25519 sign': () => backend.ed25519Sign(signing, content),
    'ed25519 verify': () => backend.ed25519Verify(signingKey, content, signature),
  }
}

function symmetric(backend: CryptoBackend, content: Uint8Array): Operations {
  const [key, nonce, none] = [random(32), random(12), new Uint8Array(0)]
  const sealed = backend.aes256GcmSeal(key, nonce, none, content)
  return {
    'aes-256-gcm seal': () => backend.aes256GcmSeal(key, nonce, none, content),
    'aes-256-gcm open': () => backend.aes256GcmOpen(key, nonce, none, sealed),
    sha256: () => backend.sha256(content),
    // RFC 5869 §2.2 and §2.3 for one block of output.
    'hkdf-sha256 to 32 bytes': () => backend.hmacSha256(backend.hmacSha256(none, key), Uint8Array.of(1)),
  }
}

function kems(backend: CryptoBackend): Operations {
  const [seed, secret] = [new Secret(random(64)), new Secret(random(32))]
  const [mlKemKey, xWingKey] = [backend.mlKem768PublicKey(seed), xWingPublicKey(backend, secret)]
  const mlKemEnc = backend.mlKem768Encapsulate(mlKemKey, random)?.enc as Uint8Array
  const distinct = backend === nodeBackend ? peerKeys : 16
  const encapsulate = () => xWingEncapsulate(backend, xWingKey, random)
  const nextEnc = rotation(times(distinct, () => encapsulate()?.enc as Uint8Array))
  return {
    'ml-kem-768 encapsulate': () => backend.mlKem768Encapsulate(mlKemKey, random),
    'ml-kem-768 decapsulate': () => backend.mlKem768Decapsulate(seed, mlKemEnc),
    'x-wing encapsulate': encapsulate,
    'x-wing decapsulate': () => xWingDecapsulate(backend, secret, nextEnc()),
  }
}

/** Herald's backends. */
export function heraldPrimitives(content: Uint8Array): PrimitiveProvider[] {
  return [nodeBackend, nobleBackend].map((backend) => ({
    name: `herald ${backend.name}`,
    operations: { ...curves(backend, content), ...symmetric(backend, content), ...kems(backend) },
  }))
}
