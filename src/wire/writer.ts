/** Writes fixed layouts in the TLS presentation style (RFC 8446 §3): big-endian integers, length-prefixed vectors. */
import { fromHex, type Hex, writeHex } from '../core/bytes.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'

/** Fills a buffer of a known length. Writing more or less than that length is a fault of the encoder. */
export class Writer {
  readonly #bytes: Uint8Array
  readonly #structure: string
  #offset = 0

  /**
   * @param target how many bytes the structure has, or an array of that length to write it into
   * @param structure its name, for errors
   */
  constructor(target: number | Uint8Array, structure: string) {
    this.#bytes = typeof target === 'number' ? new Uint8Array(target) : target
    this.#structure = structure
  }

  #integer(field: string, value: number, max: number): number {
    if (!Number.isInteger(value) || value < 0 || value > max)
      throw new MalformedFieldError({ structure: this.#structure, field, expected: `an integer from 0 to ${max}` })
    return value
  }

  /** The lowest bytes of an integer of at most 32 bits, highest first. A DataView would cost more than it saves. */
  #put(value: number, count: number): this {
    const bytes = this.#bytes
    const end = this.#offset + count
    for (let at = end - 1, rest = value; at >= end - count; at--, rest >>>= 8) bytes[at] = rest
    this.#offset = end
    return this
  }

  /** One byte. @throws MalformedFieldError */
  uint8(field: string, value: number): this {
    return this.#put(this.#integer(field, value, 0xff), 1)
  }

  /** Two bytes. @throws MalformedFieldError */
  uint16(field: string, value: number): this {
    return this.#put(this.#integer(field, value, 0xffff), 2)
  }

  /** Four bytes. @throws MalformedFieldError */
  uint32(field: string, value: number): this {
    return this.#put(this.#integer(field, value, 0xffff_ffff), 4)
  }

  /** Eight bytes holding at most 2^53 - 1. @throws MalformedFieldError */
  uint53(field: string, value: number): this {
    this.#integer(field, value, Number.MAX_SAFE_INTEGER)
    return this.#put(Math.floor(value / 0x1_0000_0000), 4).#put(value % 0x1_0000_0000, 4)
  }

  /** The place of a word in its list, counted from 1, as one byte. @throws MalformedFieldError when it is none of them */
  word(field: string, value: string, words: readonly string[]): this {
    const place = words.indexOf(value) + 1
    if (place === 0)
      throw new MalformedFieldError({ structure: this.#structure, field, expected: `one of ${words.join(', ')}` })
    return this.uint8(field, place)
  }

  /** Bytes of a fixed length. @throws MalformedFieldError when they have another */
  fixed(field: string, value: Uint8Array, length: number): this {
    if (value.length !== length)
      throw new MalformedFieldError({ structure: this.#structure, field, expected: `${length} bytes` })
    this.#bytes.set(value, this.#offset)
    this.#offset += length
    return this
  }

  /** An identifier's bytes. @throws MalformedFieldError when they have another length, MalformedTextError */
  hex(field: string, value: Hex, length: number): this {
    // What cannot be written is refused as its bytes would be.
    if (!writeHex(value, this.#bytes, this.#offset, length)) return this.fixed(field, fromHex(value), length)
    this.#offset += length
    return this
  }

  /** Bytes of a length stated before. @throws TooLargeError above the limit */
  vector(field: string, value: Uint8Array, limit: number): this {
    if (value.length > limit)
      throw new TooLargeError({ structure: `${this.#structure}: ${field}`, length: value.length, limit })
    this.#bytes.set(value, this.#offset)
    this.#offset += value.length
    return this
  }

  /** The structure, complete. @throws MalformedFieldError when more was written than there is room for */
  finish(): Uint8Array {
    const { length } = this.#bytes
    if (this.#offset > length)
      throw new MalformedFieldError({ structure: this.#structure, field: 'whole', expected: `at most ${length} bytes` })
    return this.#bytes
  }
}
