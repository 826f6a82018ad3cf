/**
 * Byte strings: joining, comparing, and their text forms. Free of `node:*`, since a browser loads it.
 */
import { MalformedTextError } from './errors.ts'

/** A byte string written as `0x` and lower-case hexadecimal digits, two a byte. */
export type Hex = `0x${string}`

const hexDigits = '0123456789abcdef'
const byteToHex = Array.from({ length: 256 }, (_, byte) => `${hexDigits[byte >> 4]}${hexDigits[byte & 15]}`)

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/**
 * Tells whether two byte strings are equal, in a time that depends only on their lengths.
 *
 * @param a any length; lengths are not secret
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

type HexEncoder = (this: Uint8Array) => string

function joinDigits(this: Uint8Array): string {
  let digits = ''
  for (let i = 0; i < this.length; i++) digits += byteToHex[this[i] as number]
  return digits
}

/**
 * The platform's own encoder where it has one: that of ES2026, or what Node's Buffers use. Besides being twice as fast it
 * gives text in one piece, where joined text is put together again by the first map that it is a key of.
 */
const hexEncoder: HexEncoder =
  (Uint8Array.prototype as { toHex?: HexEncoder }).toHex ??
  (globalThis.Buffer?.prototype as { hexSlice?: HexEncoder } | undefined)?.hexSlice ??
  joinDigits

/** Writes bytes as `0x`-prefixed lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${hexEncoder.call(bytes)}`
}

/** ASCII code → the value of the hexadecimal digit, 255 for what is none. */
const digitOfCode = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = hexDigits.indexOf(String.fromCharCode(code).toLowerCase())
  return digit < 0 ? 255 : digit
})

/**
 * Writes the bytes of a `0x`-prefixed hexadecimal text of either case into a target, without an array between.
 *
 * @param target has room for `length` bytes from `offset`
 * @returns false, and the target in disorder, when the text is anything but `length` bytes of hexadecimal
 */
export function writeHex(text: string, target: Uint8Array, offset: number, length: number): boolean {
  if (typeof text !== 'string' || text.length !== 2 + 2 * length || !text.startsWith('0x')) return false
  // All digits and all code bits beyond ASCII, so that one look at the end tells whether one of them was wrong.
  let seen = 0
  for (let i = 0; i < length; i++) {
    const high = text.charCodeAt(2 + 2 * i)
    const low = text.charCodeAt(3 + 2 * i)
    const highDigit = digitOfCode[high & 0x7f] as number
    const lowDigit = digitOfCode[low & 0x7f] as number
    seen |= highDigit | lowDigit | ((high | low) & ~0x7f)
    target[offset + i] = (highDigit << 4) | lowDigit
  }
  return seen <= 0xf
}

/**
 * Reads `0x`-prefixed hexadecimal of either case.
 *
 * @param length the byte length required; any when left out
 * @throws MalformedTextError when a digit is wrong, the count is odd, or the length differs
 */
export function fromHex(text: string, length?: number): Uint8Array {
  const count = length ?? Math.max(0, Math.floor((text.length - 2) / 2))
  const bytes = new Uint8Array(count)
  if (!writeHex(text, bytes, 0, count)) throw new MalformedTextError({ expected: 'hex', length })
  return bytes
}

/** Writes bytes as base64 without line breaks (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Reads base64 (RFC 4648 §4), canonical form only: `toBase64` of the answer is the same text.
 *
 * @throws MalformedTextError on any other text
 */
export function fromBase64(text: string): Uint8Array {
  if (!base64Text.test(text)) throw new MalformedTextError({ expected: 'base64', length: undefined })
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  // RFC 4648 §3.5: the unused bits of the last digit are zero, or two texts would mean one byte string.
  if (toBase64(bytes.subarray(bytes.length - (bytes.length % 3))) !== text.slice(Math.floor(bytes.length / 3) * 4))
    throw new MalformedTextError({ expected: 'base64', length: undefined })
  return bytes
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Encodes text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/**
 * Decodes UTF-8.
 *
 * @throws MalformedTextError when the bytes are not well-formed UTF-8
 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new MalformedTextError({ expected: 'utf-8', length: undefined })
  }
}
