/**
 * The statement: what an author signs (SPEC §5.1), and the preimages of the two commitments in it (SPEC §5.2).
 *
 * ```
 * struct {
 *   opaque label[20] = "herald/v1 statement\0";
 *   opaque senderCard[32];  uint64 seq;  uint64 created;
 *   opaque content[32];  opaque binding[32];
 * } Statement;                                   // 132 bytes
 * ```
 */
import type { AgentRef } from '../core/agent-ref.ts'
import { utf8 } from '../core/bytes.ts'
import type { CardId, ConversationId, MessageId, Millis } from '../core/ids.ts'
import { maxBodyBytes, maxContentTypeBytes } from '../core/limits.ts'
import { agentRefBytes, writeAgentRef } from './agent-ref.ts'
import { type Content, messageKinds, parentField } from './inner-message.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What an author's signature states. */
export interface Statement {
  readonly senderCard: CardId
  readonly seq: number
  readonly created: Millis
  /** Commitment to the content, 32 bytes. */
  readonly content: Uint8Array
  /** Commitment to where the message went, 32 bytes. */
  readonly binding: Uint8Array
}

const label = utf8('herald/v1 statement\0')
const structure = 'statement'
/** Length in bytes. */
export const statementBytes = 132

/** Encodes a statement: the bytes that are signed. */
export function encodeStatement(statement: Statement): Uint8Array {
  return new Writer(statementBytes, structure)
    .fixed('label', label, 20)
    .hex('sender card', statement.senderCard, 32)
    .uint53('seq', statement.seq)
    .uint53('created', statement.created)
    .fixed('content', statement.content, 32)
    .fixed('binding', statement.binding, 32)
    .finish()
}

/** Decodes a statement. @param bytes 132 @throws a `wire.*` error */
export function decodeStatement(bytes: Uint8Array): Statement {
  const reader = new Reader(bytes, structure, statementBytes)
  const found = reader.bytes(20)
  if (label.some((byte, i) => byte !== found[i])) throw reader.malformed('label', 'that of a statement')
  const statement: Statement = {
    senderCard: reader.hex<CardId>(32),
    seq: reader.uint53('seq'),
    created: reader.uint53('created'),
    content: reader.bytes(32),
    binding: reader.bytes(32),
  }
  reader.end()
  return statement
}

/** The preimage of the content commitment: kind u8, content type ‹u8 length›, body ‹u32 length›. */
export function encodeContent(content: Content): Uint8Array {
  const contentType = utf8(content.contentType)
  return new Writer(1 + 1 + contentType.length + 4 + content.body.length, 'content')
    .word('kind', content.kind, messageKinds)
    .uint8('content type length', contentType.length)
    .vector('content type', contentType, maxContentTypeBytes)
    .uint32('body length', content.body.length)
    .vector('body', content.body, maxBodyBytes)
    .finish()
}

/** Where a message went: what the binding commitment covers beside the header. */
export interface Binding {
  readonly recipient: AgentRef
  readonly conversation: ConversationId
  readonly expires: Millis
  readonly inReplyTo: MessageId | undefined
}

/**
 * The preimage of the binding commitment: SHA-256 of the header's bytes, recipient, conversation, expires, parent.
 *
 * @param headerDigest SHA-256 of the outer header with `enc`, 32 bytes
 */
export function encodeBinding(headerDigest: Uint8Array, binding: Binding): Uint8Array {
  const writer = new Writer(32 + agentRefBytes + 16 + 8 + 16, 'binding').fixed('header digest', headerDigest, 32)
  return writeAgentRef(writer, 'recipient', binding.recipient)
    .hex('conversation', binding.conversation, 16)
    .uint53('expires', binding.expires)
    .hex('in-reply-to', parentField(binding.inReplyTo), 16)
    .finish()
}
