/** HKDF-SHA256 (RFC 5869) with HPKE's labels (RFC 9180 §4). */
import { concatBytes, utf8 } from '../core/bytes.ts'
import type { CryptoBackend } from './backend.ts'
import { hkdfExpand, hkdfExtract } from './hkdf.ts'

type Hmac = Pick<CryptoBackend, 'hmacSha256'>

const version = utf8('HPKE-v1')

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
  backend: Hmac,
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  input: Uint8Array,
): Uint8Array {
  return hkdfExtract(backend, salt, concatBytes(version, suiteId, bytesOfLabel(label), input))
}

/** RFC 9180 §4 `LabeledExpand`. @param length at most 8,160 bytes @throws InvalidArgumentError when it is longer */
export function labeledExpand(
  backend: Hmac,
  suiteId: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return hkdfExpand(backend, prk, [uint16(length), version, suiteId, bytesOfLabel(label), info], length)
}
