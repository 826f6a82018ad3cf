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
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
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

/** Writes bytes as `0x`-prefixed lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): Hex {
  let digits = ''
  for (const byte of bytes) digits += byteToHex[byte]
  return `0x${digits}`
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/**
 * Reads `0x`-prefixed hexadecimal of either case.
 *
 * @param length the byte length required; any when left out
 * @throws MalformedTextError when a digit is wrong, the count is odd, or the length differs
 */
export function fromHex(text: string, length?: number): Uint8Array {
  const count = (text.length - 2) / 2
  const wellFormed = text.startsWith('0x') && Number.isInteger(count) && (length === undefined || count === length)
  if (!wellFormed) throw new MalformedTextError({ expected: 'hex', length })
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const high = nibble(text.charCodeAt(2 + 2 * i))
    const low = nibble(text.charCodeAt(3 + 2 * i))
    if (high < 0 || low < 0) throw new MalformedTextError({ expected: 'hex', length })
    bytes[i] = (high << 4) | low
  }
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
