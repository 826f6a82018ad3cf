/** The KEM of a suite: what HPKE and a keyring need of it (RFC 9180 §4). */
import type { Secret } from '../core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../core/suite.ts'
import type { CryptoBackend, Encapsulation, RandomSource } from './backend.ts'
import { dhKemDecapsulate, dhKemDeriveSecret, dhKemEncapsulate } from './dh-kem.ts'
import { xWingDecapsulate, xWingDeriveSecret, xWingEncapsulate, xWingPublicKey } from './x-wing.ts'

/** A key encapsulation mechanism. */
export interface Kem {
  /** The public key of a secret, as long as the suite says. */
  publicKey(backend: CryptoBackend, secret: Secret): Uint8Array
  /** The secret that key material of at least 32 bytes stands for (RFC 9180 §4 `DeriveKeyPair`). */
  deriveSecret(backend: CryptoBackend, keyMaterial: Uint8Array): Secret
  /** A shared secret for a public key; nothing when that is not a valid one. */
  encapsulate(backend: CryptoBackend, publicKey: Uint8Array, random: RandomSource): Encapsulation | undefined
  /** The shared secret of an encapsulation, 32 bytes; nothing when that cannot be one. */
  decapsulate(backend: CryptoBackend, secret: Secret, enc: Uint8Array): Uint8Array | undefined
}

const kems: Readonly<Record<Suite, Kem>> = {
  [suiteXWing]: {
    publicKey: xWingPublicKey,
    deriveSecret: xWingDeriveSecret,
    encapsulate: xWingEncapsulate,
    decapsulate: xWingDecapsulate,
  },
  [suiteX25519]: {
    publicKey: (backend, secret) => backend.x25519PublicKey(secret),
    deriveSecret: dhKemDeriveSecret,
    encapsulate: dhKemEncapsulate,
    decapsulate: dhKemDecapsulate,
  },
}

/** The KEM of a suite. */
export function kemOf(suite: Suite): Kem {
  return kems[suite]
}
