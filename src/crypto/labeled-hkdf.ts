/** HKDF-SHA256 (RFC 5869) with HPKE's labels (RFC 9180 §4). */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'

const version = utf8('HPKE-v1')
const hashBytes = 32

/** `I2OSP(value, 2)`. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

// A handful of labels, each used for every message.
const labelBytes = new Map<string, Uint8Array>()

function bytesOfLabel(label: string): Uint8Array {
  let bytes = labelBytes.get(label)
  if (bytes === undefined) {
    bytes = utf8(label)
    labelBytes.set(label, bytes)
  }
  return bytes
}

/** RFC 9180 §4 `LabeledExtract`, 32 bytes. */
export function labeledExtract(
  backend: Pick<CryptoBackend, 'hmacSha256'>,
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  input: Uint8Array,
): Uint8Array {
  return backend.hmacSha256(salt, concatBytes(version, suiteId, bytesOfLabel(label), input))
}

/** RFC 9180 §4 `LabeledExpand`. @param length at most 32, so that one block of RFC 5869 §2.3 is enough */
export function labeledExpand(
  backend: Pick<CryptoBackend, 'hmacSha256'>,
  suiteId: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeled = concatBytes(uint16(length), version, suiteId, bytesOfLabel(label), info, Uint8Array.of(1))
  return backend.hmacSha256(prk, labeled).subarray(0, Math.min(length, hashBytes))
}
