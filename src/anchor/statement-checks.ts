/** The checks that need nothing but the proof itself: signature, content and recipient (SPEC §6.4). */
import { formatAccountId } from '../core/agent-ref.ts'
import { equalBytes, fromBase64, fromHex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { CardId } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { bindingCommitment, contentCommitment } from '../crypto/commitment.ts'
import { cardIdOf } from '../identity/card.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import { type Card, decodeCard } from '../wire/card.ts'
import { decodeHeader, type EnvelopeHeader } from '../wire/envelope.ts'
import type { Content } from '../wire/inner-message.ts'
import type { Proof, ProofBinding } from '../wire/proof.ts'
import { decodeStatement, encodeBinding, encodeContent, type Statement } from '../wire/statement.ts'
import { type Finding, failed, passed } from './verification.ts'

/** A proof with its bytes, and what they decode to where they can be read. */
export interface Evidence {
  readonly proof: Proof
  readonly cardBytes: Uint8Array
  readonly cardId: CardId
  readonly card: Card | undefined
  readonly statementBytes: Uint8Array
  readonly statement: Statement | undefined
  readonly signature: Uint8Array
  /** The revealed content, not yet compared with the statement. */
  readonly content: Content | undefined
}

/** What hostile bytes decode to; nothing when they cannot be read. */
function attempt<Result>(decode: () => Result): Result | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof HeraldError) return undefined
    throw error
  }
}

/** Decodes a proof's bytes. */
export function readEvidence(backend: CryptoBackend, proof: Proof): Evidence {
  const cardBytes = fromHex(proof.card)
  const statementBytes = fromHex(proof.statement)
  return {
    proof,
    cardBytes,
    cardId: cardIdOf(backend, cardBytes),
    card: attempt(() => decodeCard(cardBytes)),
    statementBytes,
    statement: attempt(() => decodeStatement(statementBytes)),
    signature: fromHex(proof.signature),
    content: contentOf(proof),
  }
}

function contentOf({ content }: Proof): Content | undefined {
  if (content === null) return undefined
  const { kind, contentType, body } = content
  return { kind, contentType, body: fromBase64(body) }
}

/** `signature`: the card's key signed the statement, and the statement names the card. */
export function checkSignature(backend: CryptoBackend, evidence: Evidence): Finding {
  const { card, cardId, statement, statementBytes, signature } = evidence
  if (card === undefined) return failed('The card in the proof cannot be read.')
  if (statement === undefined) return failed('The statement in the proof cannot be read.')
  if (statement.senderCard !== cardId) return failed('The statement names another card than the one in the proof.')
  if (!backend.ed25519Verify(card.signingKey, statementBytes, signature))
    return failed("The signature over the statement is not by the card's key.")
  return passed("The card's key signed the statement.")
}

/** What a check says of a part that the proof does not show. */
function withheld({ anchor }: Proof, what: string): Finding {
  if (anchor !== null && anchor.part === null)
    return { outcome: 'erased', detail: `Opening erased: nothing shows ${what} any more.` }
  return { outcome: 'not_revealed', detail: `The holder does not reveal ${what}.` }
}

/** `content_matches`: the statement commits to the content revealed. */
export function checkContent(backend: CryptoBackend, { proof, statement, content }: Evidence): Finding {
  if (proof.content === null || content === undefined) return withheld(proof, 'what was said')
  const commitment = contentCommitment(backend, fromHex(proof.content.part), encodeContent(content))
  if (statement === undefined || !equalBytes(commitment, statement.content))
    return failed('The content is not what was signed.')
  const { kind, contentType, body } = content
  return passed(`The ${kind} of ${body.length} bytes (${contentType}) is what was signed.`)
}

/** Why a binding is not the one that was signed; nothing when it is. */
function bindingFault(backend: CryptoBackend, { statement }: Evidence, binding: ProofBinding): string | undefined {
  const { recipient, conversation, expires } = binding
  const headerBytes = fromHex(binding.header)
  const header: EnvelopeHeader | undefined = attempt(() => decodeHeader(headerBytes))
  if (header === undefined) return 'The outer header cannot be read.'
  const inReplyTo = binding.inReplyTo ?? undefined
  const preimage = encodeBinding(backend.sha256(headerBytes), { recipient, conversation, expires, inReplyTo })
  const commitment = bindingCommitment(backend, fromHex(binding.part), preimage)
  if (statement === undefined || !equalBytes(commitment, statement.binding))
    return 'The recipient or the outer header is not what was signed.'
  if (header.mailbox !== mailboxOf(backend, recipient)) return "The outer header names another agent's mailbox."
  return header.expires === expires ? undefined : 'The outer header names another expiry.'
}

/** `recipient_matches`: the statement commits to the recipient, header and conversation revealed. */
export function checkRecipient(backend: CryptoBackend, evidence: Evidence): Finding {
  const { binding } = evidence.proof
  if (binding === null) return withheld(evidence.proof, 'to whom it went')
  const fault = bindingFault(backend, evidence, binding)
  if (fault !== undefined) return failed(fault)
  return passed(`It was addressed to ${formatAccountId(binding.recipient)}, as signed.`)
}
