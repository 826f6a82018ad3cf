/** HPKE's key schedule (RFC 9180 §5.1, base mode, AES-256-GCM) step by step, which src/crypto/hpke.ts keeps a part of. */
import { concatBytes, utf8 } from '../../src/core/bytes.ts'
import { referenceHmac } from './sealed.ts'

const empty = new Uint8Array(0)

/** Key of 32 bytes and nonce of 12. */
export function referenceKeySchedule(kemId: number, sharedSecret: Uint8Array, info: Uint8Array) {
  const suiteId = concatBytes(utf8('HPKE'), Uint8Array.of(kemId >> 8, kemId & 0xff, 0x00, 0x01, 0x00, 0x02))
  const extract = (salt: Uint8Array, label: string, input: Uint8Array) =>
    referenceHmac(salt, concatBytes(utf8('HPKE-v1'), suiteId, utf8(label), input))
  const expand = (prk: Uint8Array, label: string, context: Uint8Array, length: number) => {
    const labelled = concatBytes(Uint8Array.of(0, length), utf8('HPKE-v1'), suiteId, utf8(label), context)
    return referenceHmac(prk, concatBytes(labelled, Uint8Array.of(1))).slice(0, length)
  }
  const context = concatBytes(Uint8Array.of(0), extract(empty, 'psk_id_hash', empty), extract(empty, 'info_hash', info))
  const secret = extract(sharedSecret, 'secret', empty)
  return { key: expand(secret, 'key', context, 32), nonce: expand(secret, 'base_nonce', context, 12) }
}
