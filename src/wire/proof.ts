/**
 * The proof file (SPEC §6.3): who said what to whom and when, in one JSON object that needs no other file. Byte strings
 * are lower-case `0x` hexadecimal, the body is base64. `content`, `binding` and `anchor.part` are null when the holder
 * does not reveal them, or has erased the opening they come from.
 *
 * Reading is strict, so that two readers never see two things in one file: the size is checked before anything is
 * parsed, no field may be missing, unknown or repeated, and every value has one spelling.
 */
import type { AgentRef } from '../core/agent-ref.ts'
import { fromUtf8, type Hex, utf8 } from '../core/bytes.ts'
import type { Address, ConversationId, MessageId, Millis } from '../core/ids.ts'
import { maxBatchLeaves, maxBodyBytes, maxCardBytes, maxPathHashes, maxProofBytes } from '../core/limits.ts'
import { MalformedFieldError, TooLargeError, UnknownVersionError } from './errors.ts'
import { type MessageKind, messageKinds } from './inner-message.ts'
import { JsonFields } from './json-fields.ts'
import { parseJson } from './json-text.ts'
import { statementBytes } from './statement.ts'

/** What was said, with the part of the opening that shows it (SPEC §5.2). */
export interface ProofContent {
  /** 64 bytes. */
  readonly part: Hex
  readonly kind: MessageKind
  /** A media type in printable ASCII, 1 to 127 bytes. */
  readonly contentType: string
  /** At most 1 MiB, in base64. */
  readonly body: string
}

/** Where it went, with the part of the opening that shows it (SPEC §5.2). */
export interface ProofBinding {
  /** 64 bytes. */
  readonly part: Hex
  /** The outer header with `enc`, as it travelled. */
  readonly header: Hex
  readonly recipient: AgentRef
  readonly conversation: ConversationId
  readonly expires: Millis
  readonly inReplyTo: MessageId | null
}

/** Where its leaf stands on the chain (SPEC §6.2). */
export interface ProofAnchor {
  /** 64 bytes; null when the opening was erased. */
  readonly part: Hex | null
  /** The MessageAnchor contract. */
  readonly contract: Address
  /** Who sent the anchoring call. */
  readonly anchorer: Address
  /** 32 bytes. */
  readonly root: Hex
  /** Number of leaves, 1 to 1,048,576. */
  readonly size: number
  /** Place of this message's leaf, from 0. */
  readonly index: number
  /** At most 20 hashes of 32 bytes, nearest neighbour first. */
  readonly path: readonly Hex[]
  /** The hash of the anchoring transaction, 32 bytes. */
  readonly transaction: Hex
}

/** A proof, as its file has it. */
export interface Proof {
  readonly herald: 'proof'
  readonly version: 1
  readonly chainId: number
  /** The AgentRegistry that the sender's card was published in. */
  readonly registry: Address
  readonly sender: Address
  /** The sender's card, at most 4,096 bytes. */
  readonly card: Hex
  /** What was signed, 132 bytes (SPEC §5.1). */
  readonly statement: Hex
  /** Ed25519 over the statement, 64 bytes. */
  readonly signature: Hex
  readonly content: ProofContent | null
  readonly binding: ProofBinding | null
  readonly anchor: ProofAnchor | null
}

const structure = 'proof'
const partBytes = 64
const signatureBytes = 64
/** Longer than the header of any suite. */
const maxHeaderBytes = 2048
const printable = /^[ -~]{1,127}$/
// A zero id would say the same as null (SPEC §4).
const parentText = /^0x(?!0{32}$)[0-9a-f]{32}$/
const parentForm = '16 bytes of lower-case 0x hexadecimal, not all zero'

const proofFields = [
  'herald',
  'version',
  'chainId',
  'registry',
  'sender',
  'card',
  'statement',
  'signature',
  'content',
  'binding',
  'anchor',
]
const contentFields = ['part', 'kind', 'contentType', 'body']
const bindingFields = ['part', 'header', 'recipient', 'conversation', 'expires', 'inReplyTo']
const recipientFields = ['chainId', 'registry', 'address']
const anchorFields = ['part', 'contract', 'anchorer', 'root', 'size', 'index', 'path', 'transaction']

function readContent(fields: JsonFields): ProofContent {
  return {
    part: fields.fixed('part', partBytes),
    kind: fields.choice('kind', messageKinds),
    contentType: fields.text('contentType', printable, 'printable ASCII, 1 to 127 bytes'),
    body: fields.base64('body', maxBodyBytes),
  }
}

function readRecipient(fields: JsonFields): AgentRef {
  return {
    chainId: fields.integer('chainId', 1, Number.MAX_SAFE_INTEGER),
    registry: fields.fixed<Address>('registry', 20),
    address: fields.fixed<Address>('address', 20),
  }
}

function readBinding(fields: JsonFields): ProofBinding {
  return {
    part: fields.fixed('part', partBytes),
    header: fields.bytes('header', maxHeaderBytes),
    recipient: readRecipient(fields.object('recipient', recipientFields)),
    conversation: fields.fixed<ConversationId>('conversation', 16),
    expires: fields.integer('expires', 0, Number.MAX_SAFE_INTEGER),
    inReplyTo: fields.nullable('inReplyTo', (name) => fields.text(name, parentText, parentForm) as MessageId),
  }
}

function readAnchor(fields: JsonFields): ProofAnchor {
  return {
    part: fields.nullable('part', (name) => fields.fixed<Hex>(name, partBytes)),
    contract: fields.fixed<Address>('contract', 20),
    anchorer: fields.fixed<Address>('anchorer', 20),
    root: fields.fixed('root', 32),
    size: fields.integer('size', 1, maxBatchLeaves),
    index: fields.integer('index', 0, maxBatchLeaves - 1),
    path: fields.hashes('path', 32, maxPathHashes),
    transaction: fields.fixed('transaction', 32),
  }
}

/** A JSON text without the white space between its tokens. Linear: a string's run of plain characters is one step. */
function compact(text: string): string {
  return text.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+/g, '$1')
}

/** @throws TooLargeError, or MalformedFieldError when the bytes are not UTF-8 */
function textOf(source: string | Uint8Array): string {
  // A text of n characters has at least n bytes of UTF-8, so the second check allocates a bounded amount.
  const length = source.length > maxProofBytes || typeof source !== 'string' ? source.length : utf8(source).length
  if (length > maxProofBytes) throw new TooLargeError({ structure, length, limit: maxProofBytes })
  if (typeof source === 'string') return source
  try {
    return fromUtf8(source)
  } catch {
    throw new MalformedFieldError({ structure, field: 'encoding', expected: 'UTF-8' })
  }
}

/** Looked at before the fields, since another version may have others. */
function assertVersion(value: unknown): void {
  const { herald, version } = (value ?? {}) as { herald?: unknown; version?: unknown }
  if (herald === 'proof' && Number.isSafeInteger(version) && (version as number) > 1)
    throw new UnknownVersionError({ structure, version: version as number, supported: 1 })
}

/**
 * Checks that a value is a proof: every field there, none too many, each of its type and length.
 *
 * @throws a `wire.*` error that names the field
 */
export function asProof(value: unknown): Proof {
  assertVersion(value)
  const fields = new JsonFields(structure, '', value, proofFields)
  return {
    herald: fields.choice('herald', ['proof']),
    version: fields.choice('version', [1]),
    chainId: fields.integer('chainId', 1, Number.MAX_SAFE_INTEGER),
    registry: fields.fixed<Address>('registry', 20),
    sender: fields.fixed<Address>('sender', 20),
    card: fields.bytes('card', maxCardBytes),
    statement: fields.fixed('statement', statementBytes),
    signature: fields.fixed('signature', signatureBytes),
    content: fields.nullable('content', (name) => readContent(fields.object(name, contentFields))),
    binding: fields.nullable('binding', (name) => readBinding(fields.object(name, bindingFields))),
    anchor: fields.nullable('anchor', (name) => readAnchor(fields.object(name, anchorFields))),
  }
}

/**
 * Reads a proof file. Nothing in it is verified yet: see `verifyProof` of anchor.
 *
 * @param source at most 4 MiB of UTF-8
 * @throws TooLargeError or MalformedFieldError
 */
export function decodeProof(source: string | Uint8Array): Proof {
  const text = textOf(source)
  const value = parseJson(text, structure)
  const proof = asProof(value)
  // An escaped letter or a number like 1e0 makes another text of what was read.
  if (JSON.stringify(value) !== compact(text))
    throw new MalformedFieldError({
      structure,
      field: 'encoding',
      expected: 'JSON in plain spelling',
    })
  return proof
}

/**
 * Writes a proof file: fields in the order of this page, indented by two spaces, a line feed at the end.
 *
 * @throws a `wire.*` error when a field is out of bounds
 */
export function encodeProof(proof: Proof): string {
  return `${JSON.stringify(asProof(proof), undefined, 2)}\n`
}
