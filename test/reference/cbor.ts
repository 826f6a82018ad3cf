/** Strict lists by the general library cborg, in its strict mode: what wire/cbor must take, refuse and give. */
import { type DecodeOptions, decode, encode, Tokenizer, Type } from 'cborg'
import { isHeraldError } from '../../src/core/errors.ts'
import type { CborBounds, CborItem } from '../../src/wire/cbor.ts'
import { MalformedFieldError, TooLargeError } from '../../src/wire/errors.ts'

const strict: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  retainStringBytes: true,
}

const allowedTypes = [Type.uint, Type.bytes, Type.string, Type.array, Type.true, Type.false]

/** Refuses what a strict list does not have as soon as its first byte is read: deep nesting never gets to recurse. */
class BoundedTokenizer extends Tokenizer {
  readonly #bounds: CborBounds
  #items = 0
  #arrays = 0

  constructor(bytes: Uint8Array, bounds: CborBounds) {
    super(bytes, strict)
    this.#bounds = bounds
  }

  override next() {
    const token = super.next()
    const { structure, maxItems, maxArrays } = this.#bounds
    if (!allowedTypes.some((type) => Type.equals(type, token.type)))
      throw new MalformedFieldError({ structure, field: 'item', expected: 'an integer, bytes, text, boolean or array' })
    if (++this.#items > maxItems)
      throw new MalformedFieldError({ structure, field: 'items', expected: `at most ${maxItems}` })
    if (Type.equals(token.type, Type.array) && ++this.#arrays > maxArrays)
      throw new MalformedFieldError({ structure, field: 'arrays', expected: `at most ${maxArrays}` })
    // The library drops a byte order mark and mends bad UTF-8, so that two byte strings would be one text.
    if (token.byteValue?.some((byte) => byte > 0x7f))
      throw new MalformedFieldError({ structure, field: 'text', expected: 'ASCII' })
    return token
  }
}

/** Encodes a list in its one strict form. */
export function encodeListByCborg(items: readonly CborItem[]): Uint8Array {
  return encode(items)
}

/**
 * Decodes a list in its one strict form.
 *
 * @throws TooLargeError above `maxBytes`
 * @throws MalformedFieldError for anything but one strict list
 */
export function decodeListByCborg(bytes: Uint8Array, bounds: CborBounds): readonly CborItem[] {
  const { structure, maxBytes } = bounds
  if (!(bytes instanceof Uint8Array))
    throw new MalformedFieldError({ structure, field: 'encoding', expected: 'bytes (a Uint8Array)' })
  if (bytes.length > maxBytes) throw new TooLargeError({ structure, length: bytes.length, limit: maxBytes })
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const list = decodeStrictly(plain, bounds)
  if (!Array.isArray(list)) throw new MalformedFieldError({ structure, field: 'outermost item', expected: 'an array' })
  return list
}

function decodeStrictly(bytes: Uint8Array, bounds: CborBounds): unknown {
  try {
    return decode(bytes, { ...strict, tokenizer: new BoundedTokenizer(bytes, bounds) })
  } catch (error) {
    if (isHeraldError(error)) throw error
    // The library's own message may quote what it read, so it goes no further.
    throw new MalformedFieldError({
      structure: bounds.structure,
      field: 'encoding',
      expected: 'strict CBOR (RFC 8949 §4.2)',
    })
  }
}
