/** Writes lists in the strict CBOR that `decodeList` reads: their length first, then each byte once. */
import type { CborItem } from './cbor.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'

/** First bytes (RFC 8949 §3.1, §3.3). */
const first = { uint: 0x00, bytes: 0x40, text: 0x60, array: 0x80, false: 0xf4, true: 0xf5 }

/** Length of a head with its integer. */
function headLength(value: number): number {
  if (value < 24) return 1
  if (value < 0x100) return 2
  if (value < 0x1_0000) return 3
  return value < 0x1_0000_0000 ? 5 : 9
}

function isPlain(item: CborItem): boolean {
  if (typeof item === 'number') return Number.isSafeInteger(item) && item >= 0
  if (typeof item !== 'string') return true
  for (let i = 0; i < item.length; i++) if (item.charCodeAt(i) > 0x7f) return false
  return true
}

function lengthOf(item: CborItem, structure: string): number {
  if (!isPlain(item))
    throw new MalformedFieldError({ structure, field: 'item', expected: 'an unsigned integer or ASCII text' })
  if (typeof item === 'number') return headLength(item)
  if (typeof item === 'boolean') return 1
  if (!Array.isArray(item)) return headLength((item as Uint8Array).length) + (item as Uint8Array).length
  let length = headLength(item.length)
  for (const each of item) length += lengthOf(each, structure)
  return length
}

/** Writes a head in its shortest form and gives where it ends. */
function writeHead(target: Uint8Array, at: number, major: number, value: number): number {
  const end = at + headLength(value)
  if (value < 24) {
    target[at] = major | value
    return end
  }
  const width = end - at - 1
  target[at] = major | (24 + Math.log2(width))
  for (let place = end - 1, rest = value; place > at; place--, rest = Math.floor(rest / 0x100)) target[place] = rest
  return end
}

/** Writes an item and gives where it ends. */
function writeItem(target: Uint8Array, at: number, item: CborItem): number {
  if (typeof item === 'number') return writeHead(target, at, first.uint, item)
  if (typeof item === 'boolean') {
    target[at] = item ? first.true : first.false
    return at + 1
  }
  if (typeof item === 'string') {
    const start = writeHead(target, at, first.text, item.length)
    for (let i = 0; i < item.length; i++) target[start + i] = item.charCodeAt(i)
    return start + item.length
  }
  if (item instanceof Uint8Array) {
    const start = writeHead(target, at, first.bytes, item.length)
    target.set(item, start)
    return start + item.length
  }
  let end = writeHead(target, at, first.array, item.length)
  for (const each of item) end = writeItem(target, end, each)
  return end
}

/**
 * Encodes a list in its one strict form.
 *
 * @throws TooLargeError above `maxBytes`, before anything is allocated
 * @throws MalformedFieldError for numbers and text that a strict list does not have
 */
export function encodeList(items: readonly CborItem[], structure: string, maxBytes: number): Uint8Array {
  const length = lengthOf(items, structure)
  if (length > maxBytes) throw new TooLargeError({ structure, length, limit: maxBytes })
  const target = new Uint8Array(length)
  writeItem(target, 0, items)
  return target
}
