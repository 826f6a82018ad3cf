/**
 * A kept message: what `prove` needs, and what erasure destroys (SPEC §9.1). Secret: it holds content and opening.
 *
 * ```
 * struct {
 *   uint8 version = 1;  uint8 direction;          // 1 sent, 2 received
 *   AgentRef recipient;
 *   uint32 headerLength;  opaque header[headerLength];
 *   opaque innerMessage[..];                      // to the end
 * } MessageRecord;
 * ```
 */
import type { AgentRef } from '../core/agent-ref.ts'
import type { CardId, MessageId } from '../core/ids.ts'
import { maxEnvelopeBytes } from '../core/limits.ts'
import { agentRefBytes, readAgentRef, writeAgentRef } from '../wire/agent-ref.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** One kept message. */
export interface MessageRecord {
  readonly direction: 'sent' | 'received'
  readonly recipient: AgentRef
  readonly headerBytes: Uint8Array
  readonly innerBytes: Uint8Array
}

const structure = 'message record'
const version = 1
const headerField = 2 + agentRefBytes + 4

/** Under which key a message is kept: a sender picks its ids, so its card is part of the key. */
export function messageKey(messageId: MessageId, senderCard: CardId): string {
  return `${messageId}/${senderCard}`
}

/** Encodes a record. @throws TooLargeError when header or inner message are larger than an envelope */
export function encodeMessageRecord(record: MessageRecord): Uint8Array {
  const { headerBytes, innerBytes } = record
  const writer = new Writer(headerField + headerBytes.length + innerBytes.length, structure)
    .uint8('version', version)
    .uint8('direction', record.direction === 'sent' ? 1 : 2)
  return writeAgentRef(writer, 'recipient', record.recipient)
    .uint32('header length', headerBytes.length)
    .vector('header', headerBytes, maxEnvelopeBytes)
    .vector('inner message', innerBytes, maxEnvelopeBytes)
    .finish()
}

/** Decodes a record. @throws a `wire.*` error */
export function decodeMessageRecord(bytes: Uint8Array): MessageRecord {
  const reader = new Reader(bytes, structure, headerField + 2 * maxEnvelopeBytes)
  reader.version(version)
  const direction = reader.uint8()
  if (direction !== 1 && direction !== 2) throw reader.malformed('direction', '1 or 2')
  const recipient = readAgentRef(reader, 'recipient')
  const headerBytes = reader.vector('header', reader.uint32(), maxEnvelopeBytes)
  const innerBytes = reader.vector('inner message', reader.remaining, maxEnvelopeBytes)
  return { direction: direction === 1 ? 'sent' : 'received', recipient, headerBytes, innerBytes }
}
