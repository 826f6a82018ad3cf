/** HKDF-SHA256 (RFC 5869), the same over every backend's HMAC. */
import { concatBytes } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { CryptoBackend } from './backend.ts'

type Hmac = Pick<CryptoBackend, 'hmacSha256'>

const hashBytes = 32
const maxBlocks = 255

/** RFC 5869 §2.2, 32 bytes. @param salt any length; none stands for 32 zero bytes */
export function hkdfExtract(backend: Hmac, salt: Uint8Array, input: Uint8Array): Uint8Array {
  return backend.hmacSha256(salt, input)
}

/**
 * RFC 5869 §2.3.
 *
 * @param prk 32 bytes
 * @param info parts that are joined
 * @param length of the output, at most 8,160 bytes
 * @throws InvalidArgumentError when it is longer
 */
export function hkdfExpand(backend: Hmac, prk: Uint8Array, info: readonly Uint8Array[], length: number): Uint8Array {
  if (length > maxBlocks * hashBytes)
    throw new InvalidArgumentError({ argument: 'length', expected: `at most ${maxBlocks * hashBytes} bytes` })
  // One block is all that a message takes, and needs no array to be joined in.
  if (length <= hashBytes) return backend.hmacSha256(prk, concatBytes(...info, Uint8Array.of(1))).slice(0, length)
  const output = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let at = 0; at < length; at += hashBytes) {
    block = backend.hmacSha256(prk, concatBytes(block, ...info, Uint8Array.of(at / hashBytes + 1)))
    output.set(block.subarray(0, length - at), at)
  }
  return output
}
