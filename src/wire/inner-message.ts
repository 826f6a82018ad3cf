/**
 * The inner message: what is sealed (SPEC §4).
 *
 * ```
 * struct {
 *   uint8  version = 1;  uint8 type = 3;
 *   AgentRef sender;  opaque senderCard[32];
 *   opaque conversation[16];  uint64 seq;  uint64 created;  uint64 expires;
 *   opaque inReplyTo[16];                       // zero: none
 *   uint8  kind;  uint8 typeLength;  opaque contentType[typeLength];
 *   uint32 bodyLength;  opaque body[bodyLength];
 *   opaque opening[64];  opaque signature[64];
 *   opaque padding[..] = 0;                     // to the Padmé length
 * } InnerMessage;
 * ```
 */
import type { AgentRef } from '../core/agent-ref.ts'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { type CardId, type ConversationId, type MessageId, type Millis, noMessage } from '../core/ids.ts'
import { maxBodyBytes, maxContentTypeBytes, maxEnvelopeBytes } from '../core/limits.ts'
import { agentRefBytes, readAgentRef, writeAgentRef } from './agent-ref.ts'
import { MalformedFieldError } from './errors.ts'
import { padmeLength } from './padme.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What a message is for, in the order of its bytes 1 to 4. */
export const messageKinds = ['message', 'request', 'response', 'failure'] as const
/** `request` expects a `response` or a `failure` that names it as parent. */
export type MessageKind = (typeof messageKinds)[number]

/** What the content commitment covers. */
export interface Content {
  readonly kind: MessageKind
  /** A media type (RFC 6838) in printable ASCII, 1 to 127 bytes. */
  readonly contentType: string
  /** At most 1 MiB. */
  readonly body: Uint8Array
}

/** A message as its sender wrote and signed it. */
export interface InnerMessage extends Content {
  readonly sender: AgentRef
  readonly senderCard: CardId
  readonly conversation: ConversationId
  /** Counts a sender's messages within a conversation, from 0. */
  readonly seq: number
  readonly created: Millis
  /** The same as the header's. */
  readonly expires: Millis
  /** The message answered, if any. */
  readonly inReplyTo: MessageId | undefined
  /** 64 random bytes that open the commitments (SPEC §5.2). */
  readonly opening: Uint8Array
  /** Ed25519 over the statement, 64 bytes (SPEC §5.1). */
  readonly signature: Uint8Array
}

const structure = 'inner message'
const version = 1
const typeInner = 3
const contentOffset = 2 + agentRefBytes + 32 + 16 + 8 + 8 + 8 + 16
const fixedBytes = contentOffset + 2 + 4 + 64 + 64
const printable = /^[ -~]{1,127}$/

/** A message id as a field that may be none: sixteen zero bytes say so. @throws MalformedFieldError when an id says so */
export function parentField(inReplyTo: MessageId | undefined): MessageId {
  if (inReplyTo === noMessage)
    throw new MalformedFieldError({ structure, field: 'in-reply-to', expected: 'left out for no message' })
  return inReplyTo ?? noMessage
}

/** An inner message that lacks its signature. All three share memory. */
export interface InnerMessageRoom {
  /** The whole, padded to its Padmé length. */
  readonly bytes: Uint8Array
  /** The part of it that the content commitment is over: kind, content type and body (SPEC §5.2). */
  readonly contentPreimage: Uint8Array
  /** Room for the signature, 64 bytes, zero so far. */
  readonly signature: Uint8Array
}

/**
 * Encodes all of an inner message but its signature, for who has to commit to the content before there is one.
 *
 * @throws MalformedFieldError or TooLargeError
 */
export function encodeInnerMessageRoom(message: Omit<InnerMessage, 'signature'>): InnerMessageRoom {
  if (!printable.test(message.contentType))
    throw new MalformedFieldError({ structure, field: 'content type', expected: 'printable ASCII, 1 to 127 bytes' })
  const contentType = utf8(message.contentType)
  const length = fixedBytes + contentType.length + message.body.length
  const writer = new Writer(padmeLength(length), structure)
  writer.uint8('version', version).uint8('type', typeInner)
  writeAgentRef(writer, 'sender', message.sender).hex('sender card', message.senderCard, 32)
  writer.hex('conversation', message.conversation, 16).uint53('seq', message.seq)
  writer.uint53('created', message.created).uint53('expires', message.expires)
  writer.hex('in-reply-to', parentField(message.inReplyTo), 16)
  writer.word('kind', message.kind, messageKinds)
  writer.uint8('content type length', contentType.length).vector('content type', contentType, maxContentTypeBytes)
  writer.uint32('body length', message.body.length).vector('body', message.body, maxBodyBytes)
  const bytes = writer.fixed('opening', message.opening, 64).finish()
  const signature = bytes.subarray(length - 64, length)
  return { bytes, contentPreimage: contentPreimageIn(bytes, message), signature }
}

/** Encodes an inner message, padded to its Padmé length. @throws MalformedFieldError or TooLargeError */
export function encodeInnerMessage(message: InnerMessage): Uint8Array {
  const { bytes, signature } = encodeInnerMessageRoom(message)
  new Writer(signature, structure).fixed('signature', message.signature, 64)
  return bytes
}

/**
 * The part of an encoded inner message that the content commitment is over, as it stands there (SPEC §5.2): what
 * `encodeContent` gives, without making it.
 *
 * @param bytes encoded or decoded as `content`
 */
export function contentPreimageIn(bytes: Uint8Array, content: Content): Uint8Array {
  // The content type is ASCII, so it has as many bytes as characters.
  const length = 1 + 1 + content.contentType.length + 4 + content.body.length
  return bytes.subarray(contentOffset, contentOffset + length)
}

function readContent(reader: Reader): Content {
  const kind = messageKinds[reader.uint8() - 1]
  if (kind === undefined) throw reader.malformed('kind', `1 to ${messageKinds.length}`)
  const contentType = fromUtf8(reader.vector('content type', reader.uint8(), maxContentTypeBytes))
  if (!printable.test(contentType)) throw reader.malformed('content type', 'printable ASCII, 1 to 127 bytes')
  return { kind, contentType, body: reader.vector('body', reader.uint32(), maxBodyBytes) }
}

function readPadding(reader: Reader, total: number): void {
  const length = reader.offset
  // SPEC §4.1: padding is zero and exactly as long as Padmé says, so nothing can hide in it.
  if (total !== padmeLength(length)) throw reader.malformed('padding', 'as long as Padmé makes it')
  if (reader.rest().some((byte) => byte !== 0)) throw reader.malformed('padding', 'zero')
}

/** Decodes an inner message. Its signature and commitments are not checked yet. @throws a `wire.*` error */
export function decodeInnerMessage(bytes: Uint8Array): InnerMessage {
  const reader = new Reader(bytes, structure, maxEnvelopeBytes)
  reader.version(version)
  reader.constant('type', typeInner)
  const sender = readAgentRef(reader, 'sender')
  const senderCard = reader.hex<CardId>(32)
  const conversation = reader.hex<ConversationId>(16)
  const seq = reader.uint53('seq')
  const created = reader.uint53('created')
  const expires = reader.uint53('expires')
  const parent = reader.hex<MessageId>(16)
  const content = readContent(reader)
  const opening = reader.bytes(64)
  const signature = reader.bytes(64)
  readPadding(reader, bytes.length)
  const inReplyTo = parent === noMessage ? undefined : parent
  return { sender, senderCard, conversation, seq, created, expires, inReplyTo, ...content, opening, signature }
}
