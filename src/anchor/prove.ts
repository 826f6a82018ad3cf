/** Assembles proofs from what a holder kept of a message (SPEC §6.3). Pure: the chain is asked by whoever verifies. */
import type { AgentRef } from '../core/agent-ref.ts'
import { equalBytes, type Hex, toBase64, toHex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { type OpeningPurpose, openingPart } from '../crypto/commitment.ts'
import type { Content } from '../wire/inner-message.ts'
import { asProof, type Proof, type ProofAnchor, type ProofBinding, type ProofContent } from '../wire/proof.ts'
import type { Binding } from '../wire/statement.ts'
import { type AnchorBatch, messageLeaf } from './batch.ts'
import { LeafNotInBatchError } from './errors.ts'
import { merklePath } from './merkle.ts'
import type { AnchorPublication } from './publisher.ts'

/** Where a message went, with its outer header. */
export interface RevealedBinding extends Binding {
  /** The outer header with `enc`, as it travelled. */
  readonly headerBytes: Uint8Array
}

/** The batch a message is in, and where that batch was anchored. */
export interface AnchoredBatch {
  readonly batch: AnchorBatch
  readonly publication: Pick<AnchorPublication, 'contract' | 'anchorer' | 'transactionHash'>
  /** Place of the message's leaf; needed only when the opening is erased, since the leaf cannot be computed then. */
  readonly index?: number
}

/** What a proof is made of. What is left out is not revealed. */
export interface ProofParts {
  readonly sender: AgentRef
  /** The sender's card as published, at most 4,096 bytes. */
  readonly card: Uint8Array
  /** 132 bytes. */
  readonly statement: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** 64 bytes; left out when it was erased, and then neither content nor binding can be revealed. */
  readonly opening?: Uint8Array | undefined
  readonly content?: Content | undefined
  readonly binding?: RevealedBinding | undefined
  readonly anchor?: AnchoredBatch | undefined
}

type Hashes = Pick<CryptoBackend, 'sha512' | 'keccak256'>

function partOf(backend: Hashes, { opening }: ProofParts, purpose: OpeningPurpose): Hex {
  if (opening === undefined)
    throw new InvalidArgumentError({ argument: purpose, expected: 'left out, since the opening is erased' })
  return toHex(openingPart(backend, purpose, opening))
}

function contentOf(backend: Hashes, parts: ProofParts, content: Content): ProofContent {
  const { kind, contentType, body } = content
  return { part: partOf(backend, parts, 'content'), kind, contentType, body: toBase64(body) }
}

function bindingOf(backend: Hashes, parts: ProofParts, binding: RevealedBinding): ProofBinding {
  const { headerBytes, recipient, conversation, expires, inReplyTo } = binding
  const part = partOf(backend, parts, 'binding')
  return { part, header: toHex(headerBytes), recipient, conversation, expires, inReplyTo: inReplyTo ?? null }
}

function indexOf(backend: Hashes, parts: ProofParts, { batch, index }: AnchoredBatch): number {
  const { statement, signature, opening } = parts
  if (opening === undefined) {
    if (index === undefined)
      throw new InvalidArgumentError({ argument: 'anchor.index', expected: 'given, since the opening is erased' })
    return index
  }
  const leaf = messageLeaf(backend, { statement, signature, opening })
  const found = batch.leaves.findIndex((candidate) => equalBytes(candidate, leaf))
  if (found < 0) throw new LeafNotInBatchError({ size: batch.size })
  return found
}

function anchorOf(backend: Hashes, parts: ProofParts, anchored: AnchoredBatch): ProofAnchor {
  const { batch, publication } = anchored
  const index = indexOf(backend, parts, anchored)
  return {
    part: parts.opening === undefined ? null : partOf(backend, parts, 'anchor'),
    contract: publication.contract,
    anchorer: publication.anchorer,
    root: toHex(batch.root),
    size: batch.size,
    index,
    path: merklePath(batch.leaves, index).map(toHex),
    transaction: publication.transactionHash,
  }
}

/**
 * Assembles a proof. It is not verified: what does not belong together fails when it is.
 *
 * @throws LeafNotInBatchError, LeafIndexError, InvalidArgumentError, or a `wire.*` error when a part is out of bounds
 */
export function assembleProof(backend: Hashes, parts: ProofParts): Proof {
  const { sender, card, statement, signature, content, binding, anchor } = parts
  return asProof({
    herald: 'proof',
    version: 1,
    chainId: sender.chainId,
    registry: sender.registry,
    sender: sender.address,
    card: toHex(card),
    statement: toHex(statement),
    signature: toHex(signature),
    content: content ? contentOf(backend, parts, content) : null,
    binding: binding ? bindingOf(backend, parts, binding) : null,
    anchor: anchor ? anchorOf(backend, parts, anchor) : null,
  })
}

/** The same proof after its opening was erased: nothing in it opens a commitment, nor links it to its root. */
export function eraseOpenings(proof: Proof): Proof {
  return { ...proof, content: null, binding: null, anchor: proof.anchor && { ...proof.anchor, part: null } }
}
