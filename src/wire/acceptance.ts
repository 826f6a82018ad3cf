/**
 * The acceptance receipt: a relay's signed word that an envelope is on its disk (SPEC §8.2).
 *
 * ```
 * struct {
 *   opaque label[20] = "herald/v1 accepted\0\0";
 *   opaque relayKey[32];  opaque mailbox[32];  opaque messageId[16];
 *   opaque envelopeDigest[32];  uint64 acceptedAt;  uint64 seq;
 *   opaque signature[64];
 * } AcceptanceReceipt;                           // 212 bytes
 * ```
 */
import { utf8 } from '../core/bytes.ts'
import type { MailboxId, MessageId, Millis } from '../core/ids.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What a relay states when it accepts an envelope. */
export interface AcceptanceStatement {
  /** The relay's Ed25519 public key, 32 bytes. */
  readonly relayKey: Uint8Array
  readonly mailbox: MailboxId
  readonly messageId: MessageId
  /** SHA-256 of the envelope, 32 bytes. */
  readonly envelopeDigest: Uint8Array
  readonly acceptedAt: Millis
  readonly seq: number
}

/** A statement with the relay's signature over it. */
export interface AcceptanceReceipt extends AcceptanceStatement {
  /** Ed25519 by `relayKey` over all that stands before it, 64 bytes. */
  readonly signature: Uint8Array
}

const label = utf8('herald/v1 accepted\0\0')
const structure = 'acceptance receipt'
const statementLength = 20 + 32 + 32 + 16 + 32 + 8 + 8
/** Length of a receipt in bytes. */
export const acceptanceReceiptBytes = statementLength + 64

/** The bytes a relay signs. */
export function encodeAcceptanceStatement(statement: AcceptanceStatement): Uint8Array {
  return new Writer(statementLength, structure)
    .fixed('label', label, 20)
    .fixed('relay key', statement.relayKey, 32)
    .hex('mailbox', statement.mailbox, 32)
    .hex('message id', statement.messageId, 16)
    .fixed('envelope digest', statement.envelopeDigest, 32)
    .uint53('accepted at', statement.acceptedAt)
    .uint53('seq', statement.seq)
    .finish()
}

/** Encodes a receipt, 212 bytes. */
export function encodeAcceptanceReceipt(receipt: AcceptanceReceipt): Uint8Array {
  return new Writer(acceptanceReceiptBytes, structure)
    .fixed('statement', encodeAcceptanceStatement(receipt), statementLength)
    .fixed('signature', receipt.signature, 64)
    .finish()
}

/** Decodes a receipt; its signature is not checked yet. @throws a `wire.*` error */
export function decodeAcceptanceReceipt(bytes: Uint8Array): AcceptanceReceipt {
  const reader = new Reader(bytes, structure, acceptanceReceiptBytes)
  const found = reader.bytes(20)
  if (label.some((byte, i) => byte !== found[i])) throw reader.malformed('label', 'that of an acceptance receipt')
  const receipt: AcceptanceReceipt = {
    relayKey: reader.bytes(32),
    mailbox: reader.hex<MailboxId>(32),
    messageId: reader.hex<MessageId>(16),
    envelopeDigest: reader.bytes(32),
    acceptedAt: reader.uint53('accepted at'),
    seq: reader.uint53('seq'),
    signature: reader.bytes(64),
  }
  reader.end()
  return receipt
}
