/** Reads the fields of JSON requests; each is named when it is wrong. */
import { type AgentRef, parseAccountId } from '../core/agent-ref.ts'
import { fromBase64 } from '../core/bytes.ts'
import { asAddress, asCardId, type CardId } from '../core/ids.ts'
import { MalformedRequestError } from './errors.ts'
import type { JsonObject } from './http-io.ts'

function read<T>(body: JsonObject, field: string, expected: string, convert: (text: string) => T): T {
  const value = body[field]
  try {
    if (typeof value === 'string') return convert(value)
  } catch {
    // Falls through to the error that names the field.
  }
  throw new MalformedRequestError({ field, expected })
}

/** `agent` (CAIP-10) and `registry` (address). @throws MalformedRequestError */
export function readAgent(body: JsonObject): AgentRef {
  const account = read(body, 'agent', 'a CAIP-10 account, eip155:<chain id>:<address>', parseAccountId)
  return { ...account, registry: read(body, 'registry', 'an address', asAddress) }
}

/** `cardId`. @throws MalformedRequestError */
export function readCardId(body: JsonObject): CardId {
  return read(body, 'cardId', '32 bytes of 0x hexadecimal', asCardId)
}

/** A field of base64 bytes. @throws MalformedRequestError */
export function readBytes(body: JsonObject, field: string, length: number): Uint8Array {
  return read(body, field, `${length} bytes in base64`, (text) => {
    const bytes = fromBase64(text)
    if (bytes.length !== length) throw new MalformedRequestError({ field, expected: `${length} bytes in base64` })
    return bytes
  })
}

/** A field holding an integer; `fallback` when it is left out. @throws MalformedRequestError */
export function readInteger(body: JsonObject, field: string, range: { min: number; max: number; fallback: number }) {
  const value = body[field] === undefined ? range.fallback : body[field]
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) return value
  throw new MalformedRequestError({ field, expected: `an integer from ${range.min} to ${range.max}` })
}

/** `consumer`: 1 to 64 letters, digits, dots, underscores or hyphens that name a reader among the replicas of one agent. */
export function readConsumer(body: JsonObject): string {
  const expected = '1 to 64 letters, digits, dots, underscores or hyphens'
  return read(body, 'consumer', expected, (text) => {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(text)) throw new MalformedRequestError({ field: 'consumer', expected })
    return text
  })
}

/** `seqs`: arrival numbers. @throws MalformedRequestError */
export function readSeqs(body: JsonObject, max: number): number[] {
  const value = body['seqs']
  const isSeq = (seq: unknown) => typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0
  if (Array.isArray(value) && value.length >= 1 && value.length <= max && value.every(isSeq)) return value as number[]
  throw new MalformedRequestError({ field: 'seqs', expected: `1 to ${max} arrival numbers` })
}
