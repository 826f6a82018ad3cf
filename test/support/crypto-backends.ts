/** The crypto backends that every suite of test/crypto runs on. */
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nobleMlKem768 } from '../../src/crypto/noble-ml-kem.ts'
import { createNodeBackend } from '../../src/crypto/node-backend.ts'
import { hasNativeMlKem, nativeMlKem768 } from '../../src/crypto/node-ml-kem.ts'
import { withGivenEphemeral } from './given-ephemeral.ts'

/** A backend, and what a test has to know of it. */
export interface NamedBackend {
  readonly name: string
  readonly backend: CryptoBackend
  /** Whether ML-KEM encapsulates with randomness of its own, so that no published encapsulation can be repeated. */
  readonly drawsForMlKem: boolean
}

const onNode22: NamedBackend = {
  name: 'node:crypto with the ML-KEM of noble',
  backend: createNodeBackend(nobleMlKem768),
  drawsForMlKem: false,
}
const onNode24: NamedBackend = {
  name: 'node:crypto',
  backend: createNodeBackend(nativeMlKem768),
  drawsForMlKem: true,
}

/** What runs here: a Node without ML-KEM has one backend less. */
export const cryptoBackends: readonly NamedBackend[] = [
  ...(hasNativeMlKem ? [onNode24] : []),
  onNode22,
  { name: 'noble', backend: nobleBackend, drawsForMlKem: false },
]

/** Fast where node:crypto is, and the same from the same randomness. */
export const repeatableBackend: CryptoBackend = onNode22.backend

/** The same backends, with the ephemeral X25519 keys that a vector fixes. */
export const vectorBackends: readonly NamedBackend[] = cryptoBackends.map((named) => ({
  ...named,
  backend: withGivenEphemeral(named.backend),
}))
