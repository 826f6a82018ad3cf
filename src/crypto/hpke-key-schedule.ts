/** HPKE's key schedule (RFC 9180 §5.1), in the steps that its users share. */
import { concatBytes } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'
import type { HpkeSuite } from './hpke-suite.ts'
import { labeledExpand, labeledExtract } from './labeled-hkdf.ts'
import { nonceBytes } from './lengths.ts'

const empty = new Uint8Array(0)
const exporterSecretBytes = 32

/** RFC 9180 §5 table 1. */
export const hpkeModes = { base: 0, psk: 1, auth: 2, authPsk: 3 } as const

/** What a context was set up as. */
export type HpkeMode = (typeof hpkeModes)[keyof typeof hpkeModes]

/** `key_schedule_context`. @param pskId empty in a mode without psk */
export function keyScheduleContext(
  backend: CryptoBackend,
  { suiteId }: HpkeSuite,
  mode: HpkeMode,
  info: Uint8Array,
  pskId: Uint8Array = empty,
): Uint8Array {
  const pskIdHash = labeledExtract(backend, suiteId, empty, 'psk_id_hash', pskId)
  const infoHash = labeledExtract(backend, suiteId, empty, 'info_hash', info)
  return concatBytes(Uint8Array.of(mode), pskIdHash, infoHash)
}

/** `secret`, from which the rest is expanded; the shared secret that goes in is wiped. @param psk empty in a mode without */
export function scheduleSecret(
  backend: CryptoBackend,
  { suiteId }: HpkeSuite,
  sharedSecret: Uint8Array,
  psk: Uint8Array = empty,
): Uint8Array {
  const secret = labeledExtract(backend, suiteId, sharedSecret, 'secret', psk)
  sharedSecret.fill(0)
  return secret
}

/** What messages are encrypted by. */
export interface MessageKeys {
  readonly key: Uint8Array
  /** 12 bytes. */
  readonly baseNonce: Uint8Array
}

/** `key` and `base_nonce`. */
export function messageKeys(
  backend: CryptoBackend,
  { suiteId, aead }: HpkeSuite,
  secret: Uint8Array,
  context: Uint8Array,
): MessageKeys {
  return {
    key: labeledExpand(backend, suiteId, secret, 'key', context, aead.keyBytes),
    baseNonce: labeledExpand(backend, suiteId, secret, 'base_nonce', context, nonceBytes),
  }
}

/** `exporter_secret`, 32 bytes. */
export function exporterSecret(
  backend: CryptoBackend,
  { suiteId }: HpkeSuite,
  secret: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  return labeledExpand(backend, suiteId, secret, 'exp', context, exporterSecretBytes)
}
