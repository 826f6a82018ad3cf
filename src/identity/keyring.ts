/** The secret keys behind one card: one that signs, one that opens (SPEC §2). */
import { concatBytes } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { type Suite, suiteSizes, suiteXWing } from '../core/suite.ts'
import type { CryptoBackend, RandomSource } from '../crypto/backend.ts'
import { kemOf } from '../crypto/kem.ts'
import { asSuite } from '../wire/suite.ts'

/** Secret keys with their public halves. Inspecting one shows no secret. */
export interface Keyring {
  readonly suite: Suite
  /** Ed25519 seed, 32 bytes. */
  readonly signing: Secret
  /** KEM secret, 32 bytes: X-Wing's seed or an X25519 scalar. */
  readonly sealing: Secret
  /** Ed25519 public key, 32 bytes. */
  readonly signingKey: Uint8Array
  /** KEM public key, as long as the suite says. */
  readonly sealingKey: Uint8Array
}

function assemble(backend: CryptoBackend, suite: Suite, signing: Secret, sealing: Secret): Keyring {
  const sealingKey = kemOf(suite).publicKey(backend, sealing)
  return { suite, signing, sealing, signingKey: backend.ed25519PublicKey(signing), sealingKey }
}

/** Draws new keys. @param suite X-Wing when left out */
export function createKeyring(backend: CryptoBackend, random: RandomSource, suite: Suite = suiteXWing): Keyring {
  return assemble(backend, suite, new Secret(random(32)), new Secret(random(suiteSizes(suite).secretKeyBytes)))
}

const serializedBytes = 2 + 32 + 32

/** The secret keys as bytes for a store of the owner's: suite u16, signing seed, sealing secret. 66 bytes, all secret. */
export function serializeKeyring(keyring: Keyring): Uint8Array {
  const suite = Uint8Array.of(keyring.suite >> 8, keyring.suite & 0xff)
  return concatBytes(suite, keyring.signing.reveal(), keyring.sealing.reveal())
}

/** Reads what `serializeKeyring` wrote. @throws InvalidArgumentError, or UnknownSuiteError of wire */
export function deserializeKeyring(backend: CryptoBackend, bytes: Uint8Array): Keyring {
  if (bytes.length !== serializedBytes)
    throw new InvalidArgumentError({ argument: 'keyring', expected: `${serializedBytes} bytes` })
  const suite = asSuite('keyring', ((bytes[0] as number) << 8) | (bytes[1] as number))
  return assemble(backend, suite, new Secret(bytes.subarray(2, 34)), new Secret(bytes.subarray(34)))
}
