/**
 * Strict CBOR (RFC 8949 §4.2) for messages that are lists: unsigned integers, byte strings, ASCII text, booleans and
 * arrays, nothing else, in definite lengths and shortest forms. Sizes, kinds and nesting are bounded while decoding, so
 * hostile bytes cost little and only typed errors leave. Written by hand because a general library copies each byte
 * string and makes an object of each item; what it takes and gives is held against such a library by the tests.
 */
import { fromUtf8 } from '../core/bytes.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'

/** What a strict list may hold. */
export type CborItem = number | string | boolean | Uint8Array | readonly CborItem[]

/** Bounds of one structure. */
export interface CborBounds {
  /** Its name, for errors. */
  readonly structure: string
  /** The most bytes it may have; checked before anything is decoded, or allocated. */
  readonly maxBytes: number
  /** The most items, counting arrays and what they hold. */
  readonly maxItems: number
  /** How many arrays may stand in it, the outermost included. */
  readonly maxArrays: number
}

/** First bytes of an array, and those that are all of a boolean (RFC 8949 §3.1, §3.3). */
const [uintMajor, bytesMajor, textMajor, arrayMajor] = [0x00, 0x40, 0x60, 0x80]
const [falseByte, trueByte] = [0xf4, 0xf5]

/** A cursor over one list. */
class ListReader {
  readonly #bytes: Uint8Array
  readonly #bounds: CborBounds
  #at = 0
  #items = 1
  #arrays = 0

  constructor(bytes: Uint8Array, bounds: CborBounds) {
    this.#bytes = bytes
    this.#bounds = bounds
  }

  #malformed(field = 'encoding', expected = 'strict CBOR (RFC 8949 §4.2)'): MalformedFieldError {
    return new MalformedFieldError({ structure: this.#bounds.structure, field, expected })
  }

  /** A view of the next bytes. */
  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw this.#malformed()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** The integer of a head, by its lower five bits. Only the shortest form is taken (RFC 8949 §4.2.1). */
  #argument(info: number): number {
    if (info < 24) return info
    const end = this.#at + (1 << (info - 24))
    if (info > 27 || end > this.#bytes.length) throw this.#malformed()
    let value = 0
    for (; this.#at < end; this.#at++) value = value * 0x100 + (this.#bytes[this.#at] as number)
    const least = info === 24 ? 24 : 2 ** (4 << (info - 24))
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw this.#malformed()
    return value
  }

  #text(length: number): string {
    const bytes = this.#take(length)
    if (bytes.some((byte) => byte > 0x7f)) throw this.#malformed('text', 'ASCII')
    return fromUtf8(bytes)
  }

  #array(length: number): CborItem[] {
    const { maxItems, maxArrays } = this.#bounds
    // All that arrays state is counted before any of it is read: what is built never exceeds the bound.
    this.#items += length
    if (this.#items > maxItems) throw this.#malformed('items', `at most ${maxItems}`)
    if (++this.#arrays > maxArrays) throw this.#malformed('arrays', `at most ${maxArrays}`)
    const items: CborItem[] = []
    for (let i = 0; i < length; i++) items.push(this.#item())
    return items
  }

  #item(): CborItem {
    const first = this.#bytes[this.#at++]
    if (first === undefined) throw this.#malformed()
    if (first === falseByte || first === trueByte) return first === trueByte
    const major = first & 0xe0
    if (major === uintMajor) return this.#argument(first & 0x1f)
    if (major === bytesMajor) return this.#take(this.#argument(first & 0x1f))
    if (major === textMajor) return this.#text(this.#argument(first & 0x1f))
    if (major === arrayMajor) return this.#array(this.#argument(first & 0x1f))
    throw this.#malformed('item', 'an integer, bytes, text, boolean or array')
  }

  /** All of the bytes as one list. */
  list(): readonly CborItem[] {
    const list = this.#item()
    if (this.#at !== this.#bytes.length) throw this.#malformed()
    if (!Array.isArray(list)) throw this.#malformed('outermost item', 'an array')
    return list
  }
}

/**
 * Decodes a list in its one strict form. Byte strings in it are views: they share memory with the input.
 *
 * @throws TooLargeError above `maxBytes`
 * @throws MalformedFieldError for anything but one strict list
 */
export function decodeList(bytes: Uint8Array, bounds: CborBounds): readonly CborItem[] {
  const { structure, maxBytes } = bounds
  if (!(bytes instanceof Uint8Array))
    throw new MalformedFieldError({ structure, field: 'encoding', expected: 'bytes (a Uint8Array)' })
  if (bytes.length > maxBytes) throw new TooLargeError({ structure, length: bytes.length, limit: maxBytes })
  return new ListReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), bounds).list()
}
