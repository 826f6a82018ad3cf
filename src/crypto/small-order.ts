/**
 * Ed25519 public keys of small order verify signatures nobody made, so a card holding one could later be disowned.
 * RFC 8032 leaves them to the verifier; Herald refuses them, as libsodium does.
 */
import { toHex } from '../core/bytes.ts'

const ones = 'ff'.repeat(30)
// y of the points of order 1, 2, 4 and 8, and the two that are not reduced modulo p; the sign bit is cleared.
const smallOrder = new Set<string>([
  `0x${'00'.repeat(32)}`,
  `0x01${'00'.repeat(31)}`,
  '0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `0xec${ones}7f`,
  `0xed${ones}7f`,
  `0xee${ones}7f`,
])

/** Tells whether an Ed25519 public key of 32 bytes is a point of small order. */
export function isSmallOrder(publicKey: Uint8Array): boolean {
  const last = publicKey[31] ?? 0
  // Cheap first: only these last bytes occur in the list.
  if (![0x00, 0x05, 0x7a, 0x7f].includes(last & 0x7f)) return false
  const unsigned = Uint8Array.from(publicKey)
  unsigned[31] = last & 0x7f
  return smallOrder.has(toHex(unsigned))
}
