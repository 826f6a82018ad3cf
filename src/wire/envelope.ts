/**
 * The envelope: all that a relay sees (SPEC §3). The sender is inside the ciphertext only.
 *
 * ```
 * struct {
 *   uint8  version = 1;  uint8 type = 2;  uint16 suite;
 *   opaque mailbox[32];  opaque recipientCard[32];  opaque messageId[16];
 *   uint8  priority;  uint64 expires;
 *   opaque enc[encBytes of suite];
 * } Header;
 * struct { Header header;  uint32 length;  opaque ciphertext[length]; } Envelope;
 * ```
 */

import { type CardId, type MailboxId, type MessageId, type Millis, noMessage } from '../core/ids.ts'
import { maxEnvelopeBytes } from '../core/limits.ts'
import { type Priority, priorities, priorityByte } from '../core/priority.ts'
import { type Suite, suiteSizes } from '../core/suite.ts'
import { MalformedFieldError, TooLargeError } from './errors.ts'
import { Reader } from './reader.ts'
import { asSuite } from './suite.ts'
import { Writer } from './writer.ts'

/** The authenticated outer header. */
export interface EnvelopeHeader {
  readonly suite: Suite
  readonly mailbox: MailboxId
  readonly recipientCard: CardId
  readonly messageId: MessageId
  readonly priority: Priority
  /** Relays drop the message at this time, recipients refuse it from then on. Milliseconds since 1970. */
  readonly expires: Millis
  /** The KEM's encapsulation: 1,120 bytes (X-Wing) or 32 (X25519). */
  readonly enc: Uint8Array
}

/** A sealed message as it travels. */
export interface Envelope {
  readonly header: EnvelopeHeader
  /** The header's bytes as received: the AEAD's additional data, never re-encoded. */
  readonly headerBytes: Uint8Array
  /** AES-256-GCM ciphertext with its 16-byte tag. */
  readonly ciphertext: Uint8Array
}

const structure = 'envelope'
const version = 1
const typeEnvelope = 2
const fixedHeaderBytes = 4 + 32 + 32 + 16 + 1 + 8
/** Length in bytes of the AEAD's tag, with which a ciphertext ends. */
export const tagBytes = 16
// SPEC §4: a zero id stands for no parent, so a message that had it could not be answered.
const zeroId = { field: 'message id', expected: 'other than zero' }

/** How long the header is. */
function headerLength(suite: Suite): number {
  return fixedHeaderBytes + suiteSizes(suite).encBytes
}

/** Begins an envelope with its header. */
function writeHeader(target: Uint8Array, header: EnvelopeHeader): Writer {
  if (header.messageId === noMessage) throw new MalformedFieldError({ structure, ...zeroId })
  return new Writer(target, structure)
    .uint8('version', version)
    .uint8('type', typeEnvelope)
    .uint16('suite', header.suite)
    .hex('mailbox', header.mailbox, 32)
    .hex('recipient card', header.recipientCard, 32)
    .hex('message id', header.messageId, 16)
    .uint8('priority', priorityByte(header.priority))
    .uint53('expires', header.expires)
    .fixed('enc', header.enc, suiteSizes(header.suite).encBytes)
}

/** Encodes a header: the AEAD's additional data. */
export function encodeHeader(header: EnvelopeHeader): Uint8Array {
  return writeHeader(new Uint8Array(headerLength(header.suite)), header).finish()
}

/** An envelope that lacks its ciphertext. All three share memory. */
export interface EnvelopeRoom {
  /** The whole envelope. */
  readonly bytes: Uint8Array
  /** Its header, written: the AEAD's additional data. */
  readonly headerBytes: Uint8Array
  /** Room for the ciphertext, zero so far. */
  readonly ciphertext: Uint8Array
}

/**
 * Encodes all of an envelope but its ciphertext, in one array, for who has to authenticate the header before there is one.
 *
 * @param ciphertextBytes length of the ciphertext with its tag
 * @throws TooLargeError
 */
export function encodeEnvelopeRoom(header: EnvelopeHeader, ciphertextBytes: number): EnvelopeRoom {
  const headerBytes = headerLength(header.suite)
  const start = headerBytes + 4
  const limit = maxEnvelopeBytes - start
  if (ciphertextBytes > limit)
    throw new TooLargeError({ structure: `${structure}: ciphertext`, length: ciphertextBytes, limit })
  const bytes = new Uint8Array(start + ciphertextBytes)
  writeHeader(bytes, header).uint32('ciphertext length', ciphertextBytes)
  return { bytes, headerBytes: bytes.subarray(0, headerBytes), ciphertext: bytes.subarray(start) }
}

/** Encodes an envelope from its header's bytes and the ciphertext. @throws TooLargeError */
export function encodeEnvelope(headerBytes: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const limit = maxEnvelopeBytes - headerBytes.length - 4
  return new Writer(headerBytes.length + 4 + ciphertext.length, structure)
    .fixed('header', headerBytes, headerBytes.length)
    .uint32('ciphertext length', ciphertext.length)
    .vector('ciphertext', ciphertext, limit)
    .finish()
}

function readHeader(reader: Reader): EnvelopeHeader {
  reader.version(version)
  reader.constant('type', typeEnvelope)
  const suite = asSuite(structure, reader.uint16())
  const mailbox = reader.hex<MailboxId>(32)
  const recipientCard = reader.hex<CardId>(32)
  const messageId = reader.hex<MessageId>(16)
  if (messageId === noMessage) throw reader.malformed(zeroId.field, zeroId.expected)
  const priority = priorities[reader.uint8()]
  if (priority === undefined) throw reader.malformed('priority', `0 to ${priorities.length - 1}`)
  const expires = reader.uint53('expires')
  const enc = reader.bytes(suiteSizes(suite).encBytes)
  return { suite, mailbox, recipientCard, messageId, priority, expires, enc }
}

/**
 * Decodes the bytes of a header alone, as a proof holds them (SPEC §6).
 *
 * @throws a `wire.*` error
 */
export function decodeHeader(bytes: Uint8Array): EnvelopeHeader {
  const reader = new Reader(bytes, 'envelope header', maxEnvelopeBytes)
  const header = readHeader(reader)
  reader.end()
  return header
}

/**
 * Decodes an envelope. Nothing in it is authenticated yet.
 *
 * @param bytes at most 1,310,720
 * @throws a `wire.*` error
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new Reader(bytes, structure, maxEnvelopeBytes)
  const header = readHeader(reader)
  const headerBytes = bytes.subarray(0, reader.offset)
  const ciphertext = reader.vector('ciphertext', reader.uint32(), maxEnvelopeBytes)
  if (ciphertext.length < tagBytes) throw reader.malformed('ciphertext', `at least ${tagBytes} bytes`)
  reader.end()
  return { header, headerBytes, ciphertext }
}
