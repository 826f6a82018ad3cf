/**
 * Frames of the relay's WebSocket (SPEC §8.4): one strict CBOR array a message, its first item the frame's number.
 *
 * ```
 * client:  1 authenticate [1, token]                server:  16 welcome   [16, now]
 *          2 submit       [2, request, [envelope, …]]        17 accepted  [17, request, [outcome, …], [place, …]]
 *          3 stream       [3, window, leaseMillis]           18 delivery  [18, leasedUntil, [[seq, attempt, envelope], …]]
 *          4 acknowledge  [4, request, [seq, …]]             19 done      [19, request, count]
 *          5 release      [5, request, [seq, …]]             20 refused   [20, request, code]
 *          6 ping         [6, request]                       21 result    [21, request, status, body]
 *          7 extend       [7, request, [seq, …], leaseMillis]
 *          8 call         [8, request, operation, body]
 *          9 follow       [9, afterSeq]
 * ```
 * `request` is chosen by the client and repeated in the answer; 0 in `refused` means the connection as a whole. `call`
 * runs any operation of SPEC §8.5 by its name; its body, and that of the result, is the JSON that HTTP would carry.
 * Byte strings of a decoded frame are views: they share memory with it.
 */
import type { Millis } from '../core/ids.ts'
import { maxEnvelopeBytes, maxLeaseCount, maxLeaseMillis, maxSubmitCount } from '../core/limits.ts'
import { maxAcceptanceReceiptBytes, minAcceptanceReceiptBytes } from './acceptance.ts'
import { type CborItem, decodeList } from './cbor.ts'
import { encodeList } from './cbor-writer.ts'
import { MalformedFieldError } from './errors.ts'

/** A message on its way to a client. */
export type DeliveredMessage = readonly [seq: number, attempt: number, envelope: Uint8Array]

/** What became of one envelope: its receipt, 224 to 544 bytes, or the stable code of its refusal. */
export type SubmitOutcome = Uint8Array | string

/** What a client sends. */
export type ClientFrame =
  | { readonly type: 'authenticate'; readonly token: string }
  | { readonly type: 'submit'; readonly request: number; readonly envelopes: readonly Uint8Array[] }
  | { readonly type: 'stream'; readonly window: number; readonly leaseMillis: Millis }
  | { readonly type: 'acknowledge'; readonly request: number; readonly seqs: readonly number[] }
  | { readonly type: 'release'; readonly request: number; readonly seqs: readonly number[] }
  | { readonly type: 'ping'; readonly request: number }
  | {
      readonly type: 'extend'
      readonly request: number
      readonly seqs: readonly number[]
      readonly leaseMillis: Millis
    }
  | { readonly type: 'call'; readonly request: number; readonly operation: string; readonly body: Uint8Array }
  | { readonly type: 'follow'; readonly afterSeq: number }

/** What a relay sends. */
export type ServerFrame =
  | { readonly type: 'welcome'; readonly now: Millis }
  | {
      readonly type: 'accepted'
      readonly request: number
      /** One for each envelope, in their order. */
      readonly outcomes: readonly SubmitOutcome[]
      /** Places in `outcomes`, from 0 and ascending, of receipts for what had been accepted before. */
      readonly duplicates: readonly number[]
    }
  | { readonly type: 'delivery'; readonly leasedUntil: Millis; readonly messages: readonly DeliveredMessage[] }
  | { readonly type: 'done'; readonly request: number; readonly count: number }
  | { readonly type: 'refused'; readonly request: number; readonly code: string }
  | { readonly type: 'result'; readonly request: number; readonly status: number; readonly body: Uint8Array }

/** Any frame. */
export type RelayFrame = ClientFrame | ServerFrame

/** A client's frame is at most this long: the longest envelope with the frame around it. */
export const maxFrameBytes = maxEnvelopeBytes + 1024
/** A relay's frame is at most this long: a page of mail as JSON. */
export const maxResultFrameBytes = 8_388_608
/** A session token is at most this long. */
export const maxTokenCharacters = 4096

const structure = 'relay frame'
const maxUint32 = 0xffff_ffff
const maxCodeCharacters = 64

interface FieldRule {
  readonly expected: string
  /** @param before the fields of the frame, of which those before this one hold */
  readonly holds: (item: CborItem | undefined, before: readonly CborItem[]) => boolean
}

function isInteger(item: CborItem | undefined, min: number, max: number): item is number {
  return Number.isSafeInteger(item) && (item as number) >= min && (item as number) <= max
}

function isBytes(item: CborItem | undefined, min: number, max: number): item is Uint8Array {
  return item instanceof Uint8Array && item.length >= min && item.length <= max
}

function isAscii(item: CborItem | undefined, maxCharacters: number): item is string {
  return typeof item === 'string' && item.length <= maxCharacters && /^[!-~]+$/.test(item)
}

function isList(item: CborItem | undefined, min: number, max: number): item is readonly CborItem[] {
  return Array.isArray(item) && item.length >= min && item.length <= max
}

function integer(min: number, max: number): FieldRule {
  return { expected: `an integer from ${min} to ${max}`, holds: (item) => isInteger(item, min, max) }
}

function ascii(max: number): FieldRule {
  return { expected: `1 to ${max} printable ASCII characters`, holds: (item) => isAscii(item, max) }
}

function byteString(min: number, max: number): FieldRule {
  return { expected: `${min} to ${max} bytes`, holds: (item) => isBytes(item, min, max) }
}

function listOf(what: string, max: number, holds: (item: CborItem | undefined) => boolean): FieldRule {
  return { expected: `1 to ${max} ${what}`, holds: (item) => isList(item, 1, max) && item.every((each) => holds(each)) }
}

const isSeq = (item: CborItem | undefined) => isInteger(item, 0, Number.MAX_SAFE_INTEGER)
const isEnvelope = (item: CborItem | undefined) => isBytes(item, 1, maxEnvelopeBytes)
const isReceipt = (item: CborItem | undefined) => isBytes(item, minAcceptanceReceiptBytes, maxAcceptanceReceiptBytes)
const isMessage = (item: CborItem | undefined) =>
  isList(item, 3, 3) && isSeq(item[0]) && isInteger(item[1], 0, maxUint32) && isEnvelope(item[2])

/** Places of receipts among the outcomes, which stand before them. */
function arePlaces(item: CborItem | undefined, [, outcomes]: readonly CborItem[]): boolean {
  if (!isList(item, 0, maxSubmitCount)) return false
  let least = 0
  for (const place of item) {
    if (!isInteger(place, least, maxSubmitCount) || !isReceipt((outcomes as readonly CborItem[])[place])) return false
    least = place + 1
  }
  return true
}

const request = integer(0, maxUint32)
const seq = integer(0, Number.MAX_SAFE_INTEGER)
const millis = integer(0, Number.MAX_SAFE_INTEGER)
const seqs = listOf('arrival numbers', maxLeaseCount, isSeq)
const envelopes = listOf('envelopes', maxSubmitCount, isEnvelope)
const outcomes = listOf(
  'receipts or codes',
  maxSubmitCount,
  (item) => isReceipt(item) || isAscii(item, maxCodeCharacters),
)
const messages = listOf('messages', maxLeaseCount, isMessage)
const places: FieldRule = { expected: 'places of receipts, ascending', holds: arePlaces }

type Layout = readonly [number: number, ...fields: (readonly [name: string, rule: FieldRule])[]]

const layouts: Readonly<Record<RelayFrame['type'], Layout>> = {
  authenticate: [1, ['token', ascii(maxTokenCharacters)]],
  submit: [2, ['request', request], ['envelopes', envelopes]],
  stream: [3, ['window', integer(1, maxLeaseCount)], ['leaseMillis', integer(1, maxLeaseMillis)]],
  acknowledge: [4, ['request', request], ['seqs', seqs]],
  release: [5, ['request', request], ['seqs', seqs]],
  ping: [6, ['request', request]],
  extend: [7, ['request', request], ['seqs', seqs], ['leaseMillis', integer(1, maxLeaseMillis)]],
  call: [8, ['request', request], ['operation', ascii(64)], ['body', byteString(0, maxFrameBytes)]],
  follow: [9, ['afterSeq', seq]],
  welcome: [16, ['now', millis]],
  accepted: [17, ['request', request], ['outcomes', outcomes], ['duplicates', places]],
  delivery: [18, ['leasedUntil', millis], ['messages', messages]],
  done: [19, ['request', request], ['count', integer(0, maxUint32)]],
  refused: [20, ['request', request], ['code', ascii(maxCodeCharacters)]],
  result: [21, ['request', request], ['status', integer(200, 599)], ['body', byteString(0, maxResultFrameBytes)]],
}

const typesByNumber = new Map(Object.entries(layouts).map(([type, [number]]) => [number as CborItem, type]))
/** A delivery has the most: messages of three items each, in a list. */
const bounds = { structure, maxItems: 4 * maxLeaseCount + 8, maxArrays: maxLeaseCount + 2 }

function assertFields(fields: Layout[1][], items: readonly CborItem[]): void {
  for (const [i, [name, { expected, holds }]] of fields.entries())
    if (!holds(items[i], items)) throw new MalformedFieldError({ structure, field: name, expected })
}

/** Encodes a frame. @throws MalformedFieldError when a field is out of bounds, TooLargeError when the whole is too long */
export function encodeRelayFrame(frame: RelayFrame): Uint8Array {
  const [number, ...fields] = layouts[frame.type]
  const values = frame as unknown as Readonly<Record<string, CborItem>>
  const items = fields.map(([name]) => values[name] as CborItem)
  assertFields(fields, items)
  return encodeList([number, ...items], structure, frame.type === 'result' ? maxResultFrameBytes : maxFrameBytes)
}

/**
 * Decodes a frame.
 *
 * @param maxBytes what is taken: 1,311,744, or 8,388,608 by a client that made calls
 * @throws TooLargeError or MalformedFieldError
 */
export function decodeRelayFrame(bytes: Uint8Array, maxBytes: number = maxFrameBytes): RelayFrame {
  const [number, ...items] = decodeList(bytes, { ...bounds, maxBytes })
  const type = number === undefined ? undefined : typesByNumber.get(number)
  if (type === undefined) throw new MalformedFieldError({ structure, field: 'number', expected: 'one of SPEC §8.4' })
  const [, ...fields] = layouts[type as RelayFrame['type']]
  if (items.length !== fields.length)
    throw new MalformedFieldError({ structure, field: 'items', expected: `${fields.length} for ${type}` })
  assertFields(fields, items)
  return { type, ...Object.fromEntries(fields.map(([name], i) => [name, items[i]])) } as RelayFrame
}
