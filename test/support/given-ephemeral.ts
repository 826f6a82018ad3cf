/** A backend for published vectors, which fix the ephemeral key. */
import { Secret } from '../../src/core/secret.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'

/** The same backend, except that an ephemeral X25519 key is what `random` gives, also on a platform that draws its own. */
export function withGivenEphemeral(backend: CryptoBackend): CryptoBackend {
  return {
    ...backend,
    x25519Ephemeral(publicKey, random) {
      const secret = new Secret(random(32))
      const sharedSecret = backend.x25519(secret, publicKey)
      return sharedSecret && { publicKey: backend.x25519PublicKey(secret), sharedSecret }
    },
  }
}
