/**
 * HPKE contexts (RFC 9180 §5.1.1, §5.1.2): anonymous senders, with a pre-shared key or without. MLS encrypts to tree nodes
 * and joins from outside with them (RFC 9420 §5.1.3, §8.3); the one-shot messages of `hpke.ts` are a shorter way to the same.
 */
import { InvalidArgumentError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { CryptoBackend, RandomSource } from './backend.ts'
import { createRecipient, createSender, type HpkeRecipient, type HpkeSender } from './hpke-context.ts'
import { type HpkeMode, hpkeModes, keyScheduleContext, scheduleSecret } from './hpke-key-schedule.ts'
import type { HpkeSuite } from './hpke-suite.ts'
import { kemOf } from './kem.ts'

/** A key that both sides had before. */
export interface PreSharedKey {
  /** At least 32 bytes of entropy (RFC 9180 §9.5). */
  readonly psk: Secret
  /** Names it, not empty. */
  readonly pskId: Uint8Array
}

/** What a context is bound to. */
export interface HpkeParameters<Ciphersuite extends HpkeSuite = HpkeSuite> {
  readonly suite: Ciphersuite
  /** Any bytes that both sides know; a context of other bytes is another context. */
  readonly info: Uint8Array
  readonly psk?: PreSharedKey
}

const minPskBytes = 32

/** RFC 9180 §5.1 `VerifyPSKInputs`, and §9.5. @throws InvalidArgumentError */
function assertPsk({ psk, pskId }: PreSharedKey): void {
  if (psk.length < minPskBytes)
    throw new InvalidArgumentError({ argument: 'psk', expected: `at least ${minPskBytes} bytes` })
  if (pskId.length === 0) throw new InvalidArgumentError({ argument: 'pskId', expected: 'at least 1 byte' })
}

/** What the key schedule makes of a shared secret. */
export interface Schedule {
  readonly secret: Uint8Array
  readonly context: Uint8Array
}

/**
 * RFC 9180 §5.1 `KeySchedule`, without its last step. The shared secret is wiped.
 *
 * @param mode without psk; the one with psk follows it
 * @throws InvalidArgumentError on a psk that is too short or without a name
 */
export function schedule(
  backend: CryptoBackend,
  { suite, info, psk }: HpkeParameters,
  mode: typeof hpkeModes.base | typeof hpkeModes.auth,
  sharedSecret: Uint8Array,
): Schedule {
  if (psk === undefined)
    return {
      secret: scheduleSecret(backend, suite, sharedSecret),
      context: keyScheduleContext(backend, suite, mode, info),
    }
  assertPsk(psk)
  return {
    secret: scheduleSecret(backend, suite, sharedSecret, psk.psk.reveal()),
    context: keyScheduleContext(backend, suite, (mode + 1) as HpkeMode, info, psk.pskId),
  }
}

/**
 * RFC 9180 §5.1.1 `SetupBaseS`, or §5.1.2 `SetupPSKS` where a psk is given.
 *
 * @param publicKey the recipient's, as long as the suite says
 * @returns nothing when it is not a valid one
 * @throws InvalidArgumentError on a psk that is too short or without a name
 */
export function setupSender(
  backend: CryptoBackend,
  parameters: HpkeParameters,
  publicKey: Uint8Array,
  random: RandomSource,
): HpkeSender | undefined {
  const { suite } = parameters
  const made = kemOf(suite.kem).encapsulate(backend, publicKey, random)
  if (made === undefined) return undefined
  const { secret, context } = schedule(backend, parameters, hpkeModes.base, made.sharedSecret)
  return createSender(backend, suite, made.enc, secret, context)
}

/**
 * RFC 9180 §5.1.1 `SetupBaseR`, or §5.1.2 `SetupPSKR` where a psk is given.
 *
 * @param enc as long as the suite says
 * @returns nothing when it cannot be one
 * @throws InvalidArgumentError on a psk that is too short or without a name
 */
export function setupRecipient(
  backend: CryptoBackend,
  parameters: HpkeParameters,
  secret: Secret,
  enc: Uint8Array,
): HpkeRecipient | undefined {
  const { suite } = parameters
  const sharedSecret = kemOf(suite.kem).decapsulate(backend, secret, enc)
  if (sharedSecret === undefined) return undefined
  const scheduled = schedule(backend, parameters, hpkeModes.base, sharedSecret)
  return createRecipient(backend, suite, scheduled.secret, scheduled.context)
}
