/**
 * A stamp: work done for one envelope, which the owner of a mailbox may ask of senders it does not know (SPEC §8.8).
 * It is good for nothing else, since it is bound to the envelope's digest.
 *
 * ```
 * struct {
 *   opaque label[20] = "herald/v1 stamp\0\0\0\0\0";
 *   opaque envelopeDigest[32];                   // SHA-256 of the envelope
 *   opaque nonce[8];
 * } Stamp;                                       // 60 bytes; worth as many bits as its SHA-256 begins with zeros
 * ```
 */
import { utf8 } from '../core/bytes.ts'
import { Writer } from './writer.ts'

const label = utf8('herald/v1 stamp\0\0\0\0\0')
/** Length of a stamp in bytes. */
const stampBytes = 20 + 32 + 8
/** Length of a stamp's nonce in bytes. */
export const stampNonceBytes = 8
/** An owner asks for at most this many bits: about a minute of one core. */
export const maxStampBits = 24

/** Encodes a stamp, 60 bytes: what is hashed. @param envelopeDigest 32 bytes @param nonce 8 bytes */
export function encodeStamp(envelopeDigest: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Writer(stampBytes, 'stamp')
    .fixed('label', label, 20)
    .fixed('envelope digest', envelopeDigest, 32)
    .fixed('nonce', nonce, stampNonceBytes)
    .finish()
}

/** How many zero bits a hash begins with. */
export function leadingZeroBits(hash: Uint8Array): number {
  const at = hash.findIndex((byte) => byte !== 0)
  return at < 0 ? 8 * hash.length : 8 * at + Math.clz32(hash[at] as number) - 24
}
