/**
 * HPKE contexts that tell the recipient who sent, and nobody else (RFC 9180 §5.1.3, §5.1.4: "auth" and "auth_psk"). The
 * recipient could have made every message itself, so it can prove none of them to a third party: whoever wants
 * provenance signs instead. Two things follow that a signature does not have: whoever steals the recipient's secret can
 * pose as anybody towards it (§9.1.1), and X-Wing cannot do it, since ML-KEM has nothing that authenticates.
 */
import type { Secret } from '../core/secret.ts'
import type { suiteX25519 } from '../core/suite.ts'
import type { CryptoBackend, RandomSource } from './backend.ts'
import { dhKemAuthDecapsulate, dhKemAuthEncapsulate } from './dh-kem.ts'
import { createRecipient, createSender, type HpkeRecipient, type HpkeSender } from './hpke-context.ts'
import { hpkeModes } from './hpke-key-schedule.ts'
import { type HpkeParameters, schedule } from './hpke-setup.ts'
import type { HpkeSuite } from './hpke-suite.ts'

/** What a deniable context is bound to: a suite whose KEM is DHKEM(X25519), info, and a psk if there is one. */
export type DeniableParameters = HpkeParameters<HpkeSuite<typeof suiteX25519>>

/**
 * RFC 9180 §5.1.3 `SetupAuthS`, or §5.1.4 `SetupAuthPSKS` where a psk is given.
 *
 * @param publicKey the recipient's, 32 bytes
 * @param sender X25519 secret of the sender, 32 bytes
 * @returns nothing when the public key is of small order
 * @throws InvalidArgumentError on a psk that is too short or without a name
 */
export function setupDeniableSender(
  backend: CryptoBackend,
  parameters: DeniableParameters,
  publicKey: Uint8Array,
  sender: Secret,
  random: RandomSource,
): HpkeSender | undefined {
  const made = dhKemAuthEncapsulate(backend, publicKey, sender, random)
  if (made === undefined) return undefined
  const { secret, context } = schedule(backend, parameters, hpkeModes.auth, made.sharedSecret)
  return createSender(backend, parameters.suite, made.enc, secret, context)
}

/**
 * RFC 9180 §5.1.3 `SetupAuthR`, or §5.1.4 `SetupAuthPSKR` where a psk is given. What the context opens was made by the
 * holder of the sender's secret, or by a holder of the recipient's.
 *
 * @param senderPublicKey 32 bytes
 * @param enc 32 bytes
 * @returns nothing when either is of small order
 * @throws InvalidArgumentError on a psk that is too short or without a name
 */
export function setupDeniableRecipient(
  backend: CryptoBackend,
  parameters: DeniableParameters,
  secret: Secret,
  senderPublicKey: Uint8Array,
  enc: Uint8Array,
): HpkeRecipient | undefined {
  const sharedSecret = dhKemAuthDecapsulate(backend, secret, senderPublicKey, enc)
  if (sharedSecret === undefined) return undefined
  const scheduled = schedule(backend, parameters, hpkeModes.auth, sharedSecret)
  return createRecipient(backend, parameters.suite, scheduled.secret, scheduled.context)
}
