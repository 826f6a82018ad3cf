/**
 * One queued envelope as it is kept (SPEC §9.2).
 *
 * ```
 * struct {
 *   uint8 version = 1;  opaque messageId[16];  uint8 priority;  uint64 expires;
 *   uint8 relayCount;  { uint8 length; opaque url[length]; } relays[relayCount];
 *   opaque envelope[..];                          // to the end
 * } OutboxEntry;
 * ```
 */
import { fromUtf8, utf8 } from '../../core/bytes.ts'
import type { MessageId, Millis } from '../../core/ids.ts'
import { maxEnvelopeBytes, maxRelays, maxRelayUrlBytes } from '../../core/limits.ts'
import { type Priority, priorities, priorityByte } from '../../core/priority.ts'
import { MalformedFieldError } from '../../wire/errors.ts'
import { Reader } from '../../wire/reader.ts'
import { Writer } from '../../wire/writer.ts'

/** An envelope on its way. */
export interface OutboxEntry {
  readonly messageId: MessageId
  readonly priority: Priority
  readonly expires: Millis
  /** The recipient's relays, best first. */
  readonly relays: readonly string[]
  readonly envelope: Uint8Array
}

const structure = 'outbox entry'
const version = 1
const fixedBytes = 1 + 16 + 1 + 8 + 1
const maxBytes = fixedBytes + maxRelays * (1 + maxRelayUrlBytes) + maxEnvelopeBytes

/** The row's key: urgent first, then in order of queueing. @param order ascending within one client */
export function outboxKey(entry: OutboxEntry, order: number): string {
  const turn = priorities.length - 1 - priorityByte(entry.priority)
  return `${turn}/${String(order).padStart(16, '0')}/${entry.messageId}`
}

/** The order a key was made with. */
export function outboxOrder(key: string): number {
  return Number(key.split('/')[1])
}

/** Encodes an entry. @throws MalformedFieldError or TooLargeError when a field is out of bounds */
export function encodeOutboxEntry(entry: OutboxEntry): Uint8Array {
  if (entry.relays.length > maxRelays)
    throw new MalformedFieldError({ structure, field: 'relay count', expected: `at most ${maxRelays}` })
  const relays = entry.relays.map(utf8)
  const relayBytes = relays.reduce((sum, url) => sum + 1 + url.length, 0)
  const writer = new Writer(fixedBytes + relayBytes + entry.envelope.length, structure)
  writer.uint8('version', version).hex('message id', entry.messageId, 16)
  writer.uint8('priority', priorityByte(entry.priority)).uint53('expires', entry.expires)
  writer.uint8('relay count', relays.length)
  for (const url of relays) writer.uint8('relay length', url.length).vector('relay', url, maxRelayUrlBytes)
  return writer.vector('envelope', entry.envelope, maxEnvelopeBytes).finish()
}

/** Decodes an entry. @throws a `wire.*` error */
export function decodeOutboxEntry(bytes: Uint8Array): OutboxEntry {
  const reader = new Reader(bytes, structure, maxBytes)
  reader.version(version)
  const messageId = reader.hex<MessageId>(16)
  const priority = priorities[reader.uint8()]
  if (priority === undefined) throw reader.malformed('priority', `0 to ${priorities.length - 1}`)
  const expires = reader.uint53('expires')
  const count = reader.uint8()
  if (count > maxRelays) throw reader.malformed('relay count', `at most ${maxRelays}`)
  const relays = Array.from({ length: count }, () => fromUtf8(reader.vector('relay', reader.uint8(), maxRelayUrlBytes)))
  const envelope = reader.vector('envelope', reader.remaining, maxEnvelopeBytes)
  return { messageId, priority, expires, relays, envelope }
}
