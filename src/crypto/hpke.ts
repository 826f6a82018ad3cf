/**
 * HPKE (RFC 9180) in base mode, single shot: KEM by suite, HKDF-SHA256, AES-256-GCM. Set-up and sealing are two steps,
 * since Herald signs over `enc` before it seals (DESIGN §5: encapsulate, then sign, then seal).
 */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { Secret } from '../core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../core/suite.ts'
import type { CryptoBackend, RandomSource } from './backend.ts'
import { dhKemDecapsulate, dhKemEncapsulate } from './dh-kem.ts'
import { labeledExpand, labeledExtract, uint16 } from './labeled-hkdf.ts'
import { xWingDecapsulate, xWingEncapsulate } from './x-wing.ts'

const empty = new Uint8Array(0)
const modeBase = Uint8Array.of(0)
const kdfHkdfSha256 = 0x0001
const aeadAes256Gcm = 0x0002
const keyBytes = 32
const nonceBytes = 12

/** A sender's context: what goes in the clear, and the one message it can seal. */
export interface SenderContext {
  /** Goes into the header. */
  readonly enc: Uint8Array
  /** Seals the one plaintext of this context (sequence number 0). Never call it twice. */
  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array
}

/** RFC 9180 §5.1: `suite_id` of the key schedule. */
function makeSuiteId(suite: Suite): Uint8Array {
  return concatBytes(utf8('HPKE'), uint16(suite), uint16(kdfHkdfSha256), uint16(aeadAes256Gcm))
}

const suiteIds: Readonly<Record<Suite, Uint8Array>> = {
  [suiteXWing]: makeSuiteId(suiteXWing),
  [suiteX25519]: makeSuiteId(suiteX25519),
}

interface KnownContext {
  readonly suite: Suite
  readonly context: Uint8Array
}

const contexts = new WeakMap<Uint8Array, KnownContext>()

/**
 * RFC 9180 §5.1 `key_schedule_context` in base mode: no psk, so its parts are empty. It depends on suite and info alone, so
 * it is kept as long as the info is.
 */
function keyScheduleContext(backend: CryptoBackend, suite: Suite, id: Uint8Array, info: Uint8Array): Uint8Array {
  const known = contexts.get(info)
  if (known?.suite === suite) return known.context
  const pskIdHash = labeledExtract(backend, id, empty, 'psk_id_hash', empty)
  const infoHash = labeledExtract(backend, id, empty, 'info_hash', info)
  const context = concatBytes(modeBase, pskIdHash, infoHash)
  contexts.set(info, { suite, context })
  return context
}

/** RFC 9180 §5.1 `KeySchedule` in base mode. */
function keySchedule(backend: CryptoBackend, suite: Suite, sharedSecret: Uint8Array, info: Uint8Array) {
  const id = suiteIds[suite]
  const context = keyScheduleContext(backend, suite, id, info)
  const secret = labeledExtract(backend, id, sharedSecret, 'secret', empty)
  return {
    key: labeledExpand(backend, id, secret, 'key', context, keyBytes),
    nonce: labeledExpand(backend, id, secret, 'base_nonce', context, nonceBytes),
  }
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
  const made =
    suite === suiteXWing ? xWingEncapsulate(backend, publicKey, random) : dhKemEncapsulate(backend, publicKey, random)
  if (made === undefined) return undefined
  const { key, nonce } = keySchedule(backend, suite, made.sharedSecret, info)
  return { enc: made.enc, seal: (aad, plaintext) => backend.aes256GcmSeal(key, nonce, aad, plaintext) }
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
  const sharedSecret =
    suite === suiteXWing ? xWingDecapsulate(backend, secret, enc) : dhKemDecapsulate(backend, secret, enc)
  if (sharedSecret === undefined) return undefined
  const { key, nonce } = keySchedule(backend, suite, sharedSecret, info)
  return backend.aes256GcmOpen(key, nonce, aad, ciphertext)
}
