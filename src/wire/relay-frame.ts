/**
 * Frames of the relay's WebSocket (SPEC §8.4): one strict CBOR array a message, its first item the frame's number.
 *
 * ```
 * client:  1 authenticate [1, token]                server:  16 welcome   [16, now]
 *          2 submit       [2, request, envelope]             17 accepted  [17, request, receipt, duplicate]
 *          3 stream       [3, window, leaseMillis]           18 delivery  [18, seq, attempt, leasedUntil, envelope]
 *          4 acknowledge  [4, request, [seq, …]]             19 done      [19, request, count]
 *          5 release      [5, request, [seq, …]]             20 refused   [20, request, code]
 *          6 ping         [6, request]                       21 result    [21, request, status, body]
 *          7 extend       [7, request, [seq, …], leaseMillis]
 *          8 call         [8, request, operation, body]
 *          9 follow       [9, afterSeq]
 * ```
 * `request` is chosen by the client and repeated in the answer; 0 in `refused` means the connection as a whole. `call`
 * runs any operation of SPEC §8.5 by its name; its body, and that of the result, is the JSON that HTTP would carry.
 */
import type { Millis } from '../core/ids.ts'
import { maxEnvelopeBytes, maxLeaseCount, maxLeaseMillis } from '../core/limits.ts'
import { maxAcceptanceReceiptBytes, minAcceptanceReceiptBytes } from './acceptance.ts'
import { type CborItem, decodeList } from './cbor.ts'
import { encodeList } from './cbor-writer.ts'
import { MalformedFieldError } from './errors.ts'

/** What a client sends. */
export type ClientFrame =
  | { readonly type: 'authenticate'; readonly token: string }
  | { readonly type: 'submit'; readonly request: number; readonly envelope: Uint8Array }
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
  | { readonly type: 'accepted'; readonly request: number; readonly receipt: Uint8Array; readonly duplicate: boolean }
  | {
      readonly type: 'delivery'
      readonly seq: number
      readonly attempt: number
      readonly leasedUntil: Millis
      readonly envelope: Uint8Array
    }
  | { readonly type: 'done'; readonly request: number; readonly count: number }
  | { readonly type: 'refused'; readonly request: number; readonly code: string }
  | { readonly type: 'result'; readonly request: number; readonly status: number; readonly body: Uint8Array }

/** Any frame. */
export type RelayFrame = ClientFrame | ServerFrame

/** A client's frame is at most this long: an envelope with the frame around it. */
export const maxFrameBytes = maxEnvelopeBytes + 1024
/** A relay's frame is at most this long: a page of mail as JSON. */
export const maxResultFrameBytes = 8_388_608
/** A session token is at most this long. */
export const maxTokenCharacters = 4096

const structure = 'relay frame'
const maxUint32 = 0xffff_ffff

interface FieldRule {
  readonly expected: string
  readonly holds: (item: CborItem | undefined) => boolean
}

function integer(min: number, max: number): FieldRule {
  return {
    expected: `an integer from ${min} to ${max}`,
    holds: (item) => Number.isSafeInteger(item) && (item as number) >= min && (item as number) <= max,
  }
}

function ascii(maxCharacters: number): FieldRule {
  return {
    expected: `1 to ${maxCharacters} printable ASCII characters`,
    holds: (item) => typeof item === 'string' && item.length <= maxCharacters && /^[!-~]+$/.test(item),
  }
}

function byteString(min: number, max: number): FieldRule {
  return {
    expected: `${min} to ${max} bytes`,
    holds: (item) => item instanceof Uint8Array && item.length >= min && item.length <= max,
  }
}

const boolean: FieldRule = { expected: 'a boolean', holds: (item) => typeof item === 'boolean' }
const request = integer(0, maxUint32)
const seq = integer(0, Number.MAX_SAFE_INTEGER)
const millis = integer(0, Number.MAX_SAFE_INTEGER)
const envelope = byteString(1, maxEnvelopeBytes)
const seqs: FieldRule = {
  expected: `1 to ${maxLeaseCount} arrival numbers`,
  holds: (item) => Array.isArray(item) && item.length >= 1 && item.length <= maxLeaseCount && item.every(seq.holds),
}

type Layout = readonly [number: number, ...fields: (readonly [name: string, rule: FieldRule])[]]

const layouts: Readonly<Record<RelayFrame['type'], Layout>> = {
  authenticate: [1, ['token', ascii(maxTokenCharacters)]],
  submit: [2, ['request', request], ['envelope', envelope]],
  stream: [3, ['window', integer(1, maxLeaseCount)], ['leaseMillis', integer(1, maxLeaseMillis)]],
  acknowledge: [4, ['request', request], ['seqs', seqs]],
  release: [5, ['request', request], ['seqs', seqs]],
  ping: [6, ['request', request]],
  extend: [7, ['request', request], ['seqs', seqs], ['leaseMillis', integer(1, maxLeaseMillis)]],
  call: [8, ['request', request], ['operation', ascii(64)], ['body', byteString(0, maxFrameBytes)]],
  follow: [9, ['afterSeq', seq]],
  welcome: [16, ['now', millis]],
  accepted: [
    17,
    ['request', request],
    ['receipt', byteString(minAcceptanceReceiptBytes, maxAcceptanceReceiptBytes)],
    ['duplicate', boolean],
  ],
  delivery: [18, ['seq', seq], ['attempt', integer(0, maxUint32)], ['leasedUntil', millis], ['envelope', envelope]],
  done: [19, ['request', request], ['count', integer(0, maxUint32)]],
  refused: [20, ['request', request], ['code', ascii(64)]],
  result: [21, ['request', request], ['status', integer(200, 599)], ['body', byteString(0, maxResultFrameBytes)]],
}

const typesByNumber = new Map(Object.entries(layouts).map(([type, [number]]) => [number as CborItem, type]))
const bounds = { structure, maxItems: maxLeaseCount + 8, maxArrays: 2 }

function assertField(name: string, rule: FieldRule, item: CborItem | undefined): CborItem {
  if (item === undefined || !rule.holds(item))
    throw new MalformedFieldError({ structure, field: name, expected: rule.expected })
  return item
}

/** Encodes a frame. @throws MalformedFieldError when a field is out of bounds */
export function encodeRelayFrame(frame: RelayFrame): Uint8Array {
  const [number, ...fields] = layouts[frame.type]
  const values = frame as unknown as Readonly<Record<string, CborItem>>
  const items = [number, ...fields.map(([name, rule]) => assertField(name, rule, values[name]))]
  return encodeList(items, structure, maxResultFrameBytes)
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
  const values = fields.map(([name, rule], i) => [name, assertField(name, rule, items[i])])
  return { type, ...Object.fromEntries(values) } as RelayFrame
}
