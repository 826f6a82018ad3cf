/**
 * The acceptance receipt: a relay's signed word that an envelope is on its disk (SPEC §8.2). A relay signs once for all
 * envelopes of a commit: it signs the root of a Merkle tree (RFC 9162 §2.1, SHA-256) over their statements, and each
 * receipt carries its statement's path, so that it can be checked alone and offline.
 *
 * ```
 * struct {
 *   opaque label[20] = "herald/v1 accepted\0\0";
 *   opaque relayKey[32];  opaque mailbox[32];  opaque messageId[16];
 *   opaque envelopeDigest[32];  uint64 acceptedAt;  uint64 keptUntil;  uint64 seq;
 * } AcceptanceStatement;                          // 156 bytes; leaf = SHA-256(0x00 ‖ statement)
 *
 * struct {
 *   AcceptanceStatement statement;
 *   uint16 size;  uint16 index;  opaque signature[64];
 *   opaque path[32][..];                          // as many as RFC 9162 §2.1.3.1 has for index and size
 * } AcceptanceReceipt;                            // 224 to 544 bytes
 *
 * struct {
 *   opaque label[20] = "herald/v1 receipts\0\0";
 *   opaque relayKey[32];  uint16 size;  opaque root[32];
 * } AcceptanceRoot;                               // 86 bytes, what is signed
 * ```
 */
import { utf8 } from '../core/bytes.ts'
import type { MailboxId, MessageId, Millis } from '../core/ids.ts'
import { maxReceiptBatch } from '../core/limits.ts'
import { buildTree, hashBytes, type NodeHash, pathLength, rootOfPath } from '../core/merkle-tree.ts'
import { MalformedFieldError } from './errors.ts'
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
  /** When the receipt was made; one for a repeated envelope is made anew. */
  readonly acceptedAt: Millis
  /** Until when the relay keeps the envelope, unless it is acknowledged or erased, and knows it again. */
  readonly keptUntil: Millis
  /** The arrival number, which the relay gives to nothing else in this mailbox. */
  readonly seq: number
}

/** A statement with the relay's signature over the tree that it is in. */
export interface AcceptanceReceipt extends AcceptanceStatement {
  /** How many statements were signed together, 1 to 1,024. */
  readonly size: number
  /** Place of this one among them, from 0. */
  readonly index: number
  /** Ed25519 by `relayKey` over the AcceptanceRoot, 64 bytes. */
  readonly signature: Uint8Array
  /** Hashes of 32 bytes, nearest neighbour first. */
  readonly path: readonly Uint8Array[]
}

/** What is signed for a tree of statements. */
export interface AcceptanceRoot {
  /** 32 bytes. */
  readonly relayKey: Uint8Array
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** What a receipt is checked with. */
export interface ReceiptCrypto {
  /** SHA-256, 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** Strict Ed25519 verification (RFC 8032). */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

const label = utf8('herald/v1 accepted\0\0')
const rootLabel = utf8('herald/v1 receipts\0\0')
const structure = 'acceptance receipt'
const statementLength = 20 + 32 + 32 + 16 + 32 + 8 + 8 + 8
const rootLength = 20 + 32 + 2 + 32
/** Length of a receipt that was signed alone, in bytes. */
export const minAcceptanceReceiptBytes = statementLength + 2 + 2 + 64
/** Length of the longest receipt in bytes. */
export const maxAcceptanceReceiptBytes = minAcceptanceReceiptBytes + 32 * Math.log2(maxReceiptBatch)

/** Writes a statement, 156 bytes. */
function writeStatement(statement: AcceptanceStatement, target: Uint8Array): Uint8Array {
  return new Writer(target, structure)
    .fixed('label', label, 20)
    .fixed('relay key', statement.relayKey, 32)
    .hex('mailbox', statement.mailbox, 32)
    .hex('message id', statement.messageId, 16)
    .fixed('envelope digest', statement.envelopeDigest, 32)
    .uint53('accepted at', statement.acceptedAt)
    .uint53('kept until', statement.keptUntil)
    .uint53('seq', statement.seq)
    .finish()
}

/** Encodes a statement, 156 bytes. */
function encodeAcceptanceStatement(statement: AcceptanceStatement): Uint8Array {
  return writeStatement(statement, new Uint8Array(statementLength))
}

/** The bytes a relay signs, 86. */
function encodeAcceptanceRoot({ relayKey, size, root }: AcceptanceRoot): Uint8Array {
  return new Writer(rootLength, 'acceptance root')
    .fixed('label', rootLabel, 20)
    .fixed('relay key', relayKey, 32)
    .uint16('size', size)
    .fixed('root', root, 32)
    .finish()
}

function isPlace(index: number, size: number): boolean {
  return index < size && size <= maxReceiptBatch
}

type Signed = Pick<AcceptanceReceipt, 'size' | 'index' | 'signature' | 'path'>

function receiptLength(hashes: number): number {
  return minAcceptanceReceiptBytes + 32 * hashes
}

/** Writes what follows the statement. */
function writeSigned(receipt: Uint8Array, { size, index, signature, path }: Signed): Uint8Array {
  if (!isPlace(index, size) || path.length !== pathLength(index, size))
    throw new MalformedFieldError({ structure, field: 'path', expected: 'that of a leaf' })
  const writer = new Writer(receipt.subarray(statementLength), structure)
    .uint16('size', size)
    .uint16('index', index)
    .fixed('signature', signature, 64)
  for (const hash of path) writer.fixed('path', hash, 32)
  writer.finish()
  return receipt
}

/** Encodes a receipt, 224 to 544 bytes. @throws MalformedFieldError when path, index and size do not fit one another */
export function encodeAcceptanceReceipt(receipt: AcceptanceReceipt): Uint8Array {
  const bytes = new Uint8Array(receiptLength(receipt.path.length))
  writeStatement(receipt, bytes.subarray(0, statementLength))
  return writeSigned(bytes, receipt)
}

/** Decodes a receipt; its signature is not checked yet. @throws a `wire.*` error */
export function decodeAcceptanceReceipt(bytes: Uint8Array): AcceptanceReceipt {
  const reader = new Reader(bytes, structure, maxAcceptanceReceiptBytes)
  const found = reader.bytes(20)
  if (label.some((byte, i) => byte !== found[i])) throw reader.malformed('label', 'that of an acceptance receipt')
  const statement: AcceptanceStatement = {
    relayKey: reader.bytes(32),
    mailbox: reader.hex<MailboxId>(32),
    messageId: reader.hex<MessageId>(16),
    envelopeDigest: reader.bytes(32),
    acceptedAt: reader.uint53('accepted at'),
    keptUntil: reader.uint53('kept until'),
    seq: reader.uint53('seq'),
  }
  const size = reader.uint16()
  const index = reader.uint16()
  if (!isPlace(index, size)) throw reader.malformed('index', `below a size of at most ${maxReceiptBatch}`)
  const signature = reader.bytes(64)
  const path = Array.from({ length: pathLength(index, size) }, () => reader.bytes(32))
  reader.end()
  return { ...statement, size, index, signature, path }
}

type Sha256 = ReceiptCrypto['sha256']

/** Inputs of hashes, written anew for each: an array of more than 64 bytes costs as much as its hash. */
const leafInput = new Uint8Array(1 + statementLength)
const nodeInput = new Uint8Array(1 + 2 * hashBytes).fill(0x01, 0, 1)

/** RFC 9162 §2.1.1: SHA-256(0x00 ‖ statement). */
function leafOf(statement: Uint8Array, sha256: Sha256): Uint8Array {
  leafInput.set(statement, 1)
  return sha256(leafInput)
}

/** RFC 9162 §2.1.1: SHA-256(0x01 ‖ left ‖ right). */
function nodeHash(sha256: Sha256): NodeHash {
  return (left, right) => {
    nodeInput.set(left, 1)
    nodeInput.set(right, 1 + hashBytes)
    return sha256(nodeInput)
  }
}

/**
 * Makes the receipts of statements that are signed together, encoded and in their order.
 *
 * @param statements 1 to 1,024 of one relay
 * @param keys.sign Ed25519 by the relay's key; called once
 */
export function makeReceipts(
  statements: readonly AcceptanceStatement[],
  { sha256, sign }: { readonly sha256: Sha256; readonly sign: (bytes: Uint8Array) => Uint8Array },
): Uint8Array[] {
  const size = statements.length
  const receipts = statements.map((_, index) => new Uint8Array(receiptLength(pathLength(index, size))))
  const leaves = statements.map((statement, index) => {
    const receipt = receipts[index] as Uint8Array
    return leafOf(writeStatement(statement, receipt.subarray(0, statementLength)), sha256)
  })
  const tree = buildTree(leaves, nodeHash(sha256))
  const relayKey = statements[0]?.relayKey ?? new Uint8Array()
  const signature = sign(encodeAcceptanceRoot({ relayKey, size, root: tree.root }))
  for (const [index, receipt] of receipts.entries())
    writeSigned(receipt, { size, index, signature, path: tree.path(index) })
  return receipts
}

/** Whether the relay that a receipt names has signed it. */
export function isReceiptSigned(receipt: AcceptanceReceipt, { sha256, verify }: ReceiptCrypto): boolean {
  const { relayKey, size, index, path, signature } = receipt
  const leaf = leafOf(encodeAcceptanceStatement(receipt), sha256)
  const root = rootOfPath({ leaf, index, size, path }, nodeHash(sha256))
  return root !== undefined && verify(relayKey, encodeAcceptanceRoot({ relayKey, size, root }), signature)
}
