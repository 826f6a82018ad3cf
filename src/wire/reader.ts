/**
 * Reads fixed layouts in the TLS presentation style (RFC 8446 §3): big-endian integers, length-prefixed vectors.
 * Bounds are checked before anything is allocated; only typed errors leave.
 */
import { type Hex, toHex } from '../core/bytes.ts'
import {
  MalformedFieldError,
  TooLargeError,
  TrailingBytesError,
  TruncatedError,
  UnknownVersionError,
} from './errors.ts'

/** A cursor over the bytes of one structure. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #structure: string
  #offset = 0

  /**
   * @param structure its name, for errors
   * @param limit the most bytes it may have
   * @throws TooLargeError, or MalformedFieldError when it is handed something else than bytes
   */
  constructor(bytes: Uint8Array, structure: string, limit: number) {
    if (!(bytes instanceof Uint8Array))
      throw new MalformedFieldError({ structure, field: 'encoding', expected: 'bytes (a Uint8Array)' })
    if (bytes.length > limit) throw new TooLargeError({ structure, length: bytes.length, limit })
    this.#bytes = bytes
    this.#structure = structure
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  #advance(count: number): number {
    const start = this.#offset
    const available = this.remaining
    if (count > available) throw new TruncatedError({ structure: this.#structure, needed: count, available })
    this.#offset = start + count
    return start
  }

  /** An integer of at most four bytes, highest first. A DataView would cost more than it saves. */
  #take(count: number): number {
    const start = this.#advance(count)
    let value = 0
    for (let i = start; i < start + count; i++) value = value * 0x100 + (this.#bytes[i] as number)
    return value
  }

  /** One byte. */
  uint8(): number {
    return this.#take(1)
  }

  /** Two bytes. */
  uint16(): number {
    return this.#take(2)
  }

  /** Four bytes. */
  uint32(): number {
    return this.#take(4)
  }

  /** Eight bytes, at most 2^53 - 1. @throws MalformedFieldError above that */
  uint53(field: string): number {
    if (this.remaining < 8) this.#advance(8)
    const value = this.#take(4) * 0x1_0000_0000 + this.#take(4)
    if (!Number.isSafeInteger(value)) throw this.malformed(field, 'at most 2^53 - 1')
    return value
  }

  /** A view of the next bytes; it shares memory with the input. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** The next bytes as identifier text. */
  hex<Id extends Hex>(length: number): Id {
    return toHex(this.bytes(length)) as Id
  }

  /** A vector whose length was read just before; refused above its limit. @throws TooLargeError */
  vector(field: string, length: number, limit: number): Uint8Array {
    if (length > limit) throw new TooLargeError({ structure: `${this.#structure}: ${field}`, length, limit })
    return this.bytes(length)
  }

  /** A version byte that has to be the one given. @throws UnknownVersionError */
  version(supported: number): void {
    const version = this.uint8()
    if (version !== supported) throw new UnknownVersionError({ structure: this.#structure, version, supported })
  }

  /** A byte that has to be the one given. @throws MalformedFieldError */
  constant(field: string, value: number): void {
    if (this.uint8() !== value) throw this.malformed(field, String(value))
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  /** Ends the structure. @throws TrailingBytesError when bytes are left */
  end(): void {
    const trailing = this.remaining
    if (trailing > 0) throw new TrailingBytesError({ structure: this.#structure, trailing })
  }

  /** An error that names this structure and a field. */
  malformed(field: string, expected: string): MalformedFieldError {
    return new MalformedFieldError({ structure: this.#structure, field, expected })
  }
}
