/**
 * HPKE (RFC 9180) in base mode for the one message that is sealed or opened: KEM by suite, HKDF-SHA256, AES-256-GCM.
 * Set-up and sealing are two steps, since Herald signs over `enc` before it seals (DESIGN §5: encapsulate, then sign, then
 * seal). Contexts of several messages, other modes and AEADs are in `hpke-setup.ts`.
 */
import { Secret } from '../core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../core/suite.ts'
import type { CryptoBackend, LargeBodyCipher, RandomSource } from './backend.ts'
import { hpkeModes, keyScheduleContext, type MessageKeys, messageKeys, scheduleSecret } from './hpke-key-schedule.ts'
import { aes256Gcm, type HpkeSuite, hpkeSuite } from './hpke-suite.ts'
import { kemOf } from './kem.ts'

/** A sender's context: what goes in the clear, and the one message it can seal. */
export interface SenderContext {
  /** Goes into the header. */
  readonly enc: Uint8Array
  /** Seals the one plaintext of this context (sequence number 0). @throws SecretDestroyedError the second time */
  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The same, and a large plaintext by the backend's cipher for those. @throws SecretDestroyedError the second time */
  sealLater(aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>
}

/** From this many bytes on a backend's cipher for large bodies is worth waiting for. */
const largeBodyBytes = 16_384

/** The cipher for a body of that many bytes that answers later; nothing where the synchronous one is to be used. */
function laterCipher({ largeBodies }: CryptoBackend, { length }: Uint8Array): LargeBodyCipher | undefined {
  return length < largeBodyBytes ? undefined : largeBodies
}

const suites: Readonly<Record<Suite, HpkeSuite>> = {
  [suiteXWing]: hpkeSuite(suiteXWing, aes256Gcm),
  [suiteX25519]: hpkeSuite(suiteX25519, aes256Gcm),
}

interface KnownContext {
  readonly suite: Suite
  readonly context: Uint8Array
}

const contexts = new WeakMap<Uint8Array, KnownContext>()

/** `key_schedule_context` depends on suite and info alone in base mode, so it is kept as long as the info is. */
function contextOf(backend: CryptoBackend, suite: Suite, info: Uint8Array): Uint8Array {
  const known = contexts.get(info)
  if (known?.suite === suite) return known.context
  const context = keyScheduleContext(backend, suites[suite], hpkeModes.base, info)
  contexts.set(info, { suite, context })
  return context
}

function keysOf(backend: CryptoBackend, suite: Suite, sharedSecret: Uint8Array, info: Uint8Array): MessageKeys {
  const secret = scheduleSecret(backend, suites[suite], sharedSecret)
  const keys = messageKeys(backend, suites[suite], secret, contextOf(backend, suite, info))
  secret.fill(0)
  return keys
}

/**
 * RFC 9180 §5.1.1 `SetupBaseS`.
 *
 * @param publicKey the recipient's, as long as the suite says
 * @param info never written into afterwards: what is derived from it is kept with the array
 * @returns nothing when the public key is not a valid one
 */
export function setupBaseSender(
  backend: CryptoBackend,
  suite: Suite,
  publicKey: Uint8Array,
  info: Uint8Array,
  random: RandomSource,
): SenderContext | undefined {
  const made = kemOf(suite).encapsulate(backend, publicKey, random)
  if (made === undefined) return undefined
  const { key, baseNonce } = keysOf(backend, suite, made.sharedSecret, info)
  const once = new Secret(key)
  key.fill(0)
  return {
    enc: made.enc,
    seal(aad, plaintext) {
      const sealed = backend.aes256GcmSeal(once.reveal(), baseNonce, aad, plaintext)
      // RFC 9180 §5.2: a nonce is never used twice, and this context counts no further than 0.
      once.destroy()
      return sealed
    },
    async sealLater(aad, plaintext) {
      const cipher = laterCipher(backend, plaintext)
      if (cipher === undefined) return this.seal(aad, plaintext)
      const sealed = cipher.seal(once.reveal(), baseNonce, aad, plaintext)
      once.destroy()
      return sealed
    },
  }
}

function openingKeys(
  backend: CryptoBackend,
  suite: Suite,
  secret: Secret,
  enc: Uint8Array,
  info: Uint8Array,
): MessageKeys | undefined {
  const sharedSecret = kemOf(suite).decapsulate(backend, secret, enc)
  return sharedSecret && keysOf(backend, suite, sharedSecret, info)
}

/**
 * RFC 9180 §5.1.1 `SetupBaseR` and §5.2 `Open` of the first message.
 *
 * @param enc as long as the suite says
 * @param info never written into afterwards: what is derived from it is kept with the array
 * @returns the plaintext; nothing when it is not for this key, info and aad
 */
export function openBase(
  backend: CryptoBackend,
  suite: Suite,
  secret: Secret,
  enc: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  const keys = openingKeys(backend, suite, secret, enc, info)
  if (keys === undefined) return undefined
  const plaintext = backend.aes256GcmOpen(keys.key, keys.baseNonce, aad, ciphertext)
  keys.key.fill(0)
  return plaintext
}

/** The same, and a large ciphertext by the backend's cipher for those. */
export async function openBaseLater(...sealed: Parameters<typeof openBase>): Promise<Uint8Array | undefined> {
  const [backend, suite, secret, enc, info, aad, ciphertext] = sealed
  const cipher = laterCipher(backend, ciphertext)
  if (cipher === undefined) return openBase(...sealed)
  const keys = openingKeys(backend, suite, secret, enc, info)
  if (keys === undefined) return undefined
  const plaintext = cipher.open(keys.key, keys.baseNonce, aad, ciphertext)
  keys.key.fill(0)
  return plaintext
}
