/** Writes fixed layouts in the TLS presentation style (RFC 8446 §3): big-endian integers, length-prefixed vectors. */
import { fromHex, type Hex } from '../core/bytes.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'

/** Fills a buffer of a known length. Writing more or less than that length is a fault of the encoder. */
export class Writer {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #structure: string
  #offset = 0

  /** @param length of the whole structure in bytes @param structure its name, for errors */
  constructor(length: number, structure: string) {
    this.#bytes = new Uint8Array(length)
    this.#view = new DataView(this.#bytes.buffer)
    this.#structure = structure
  }

  #integer(field: string, value: number, max: number): number {
    if (!Number.isInteger(value) || value < 0 || value > max)
      throw new MalformedFieldError({ structure: this.#structure, field, expected: `an integer from 0 to ${max}` })
    return value
  }

  /** One byte. @throws MalformedFieldError */
  uint8(field: string, value: number): this {
    this.#view.setUint8(this.#offset, this.#integer(field, value, 0xff))
    this.#offset += 1
    return this
  }

  /** Two bytes. @throws MalformedFieldError */
  uint16(field: string, value: number): this {
    this.#view.setUint16(this.#offset, this.#integer(field, value, 0xffff))
    this.#offset += 2
    return this
  }

  /** Four bytes. @throws MalformedFieldError */
  uint32(field: string, value: number): this {
    this.#view.setUint32(this.#offset, this.#integer(field, value, 0xffff_ffff))
    this.#offset += 4
    return this
  }

  /** Eight bytes holding at most 2^53 - 1. @throws MalformedFieldError */
  uint53(field: string, value: number): this {
    this.#integer(field, value, Number.MAX_SAFE_INTEGER)
    this.#view.setUint32(this.#offset, Math.floor(value / 0x1_0000_0000))
    this.#view.setUint32(this.#offset + 4, value % 0x1_0000_0000)
    this.#offset += 8
    return this
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

  /** An identifier's bytes. @throws MalformedFieldError when they have another length */
  hex(field: string, value: Hex, length: number): this {
    return this.fixed(field, fromHex(value), length)
  }

  /** Bytes of a length stated before. @throws TooLargeError above the limit */
  vector(field: string, value: Uint8Array, limit: number): this {
    if (value.length > limit)
      throw new TooLargeError({ structure: `${this.#structure}: ${field}`, length: value.length, limit })
    this.#bytes.set(value, this.#offset)
    this.#offset += value.length
    return this
  }

  /** The structure, complete. */
  finish(): Uint8Array {
    return this.#bytes
  }
}
