/** Sealing (DESIGN §5 steps 1-4): encapsulate, then sign, then seal, so that no signature can be re-wrapped. */
import type { AgentRef } from '../../core/agent-ref.ts'
import type { CardId, ConversationId, MessageId, Millis } from '../../core/ids.ts'
import type { Priority } from '../../core/priority.ts'
import type { CryptoBackend, RandomSource } from '../../crypto/backend.ts'
import { type SenderContext, setupBaseSender } from '../../crypto/hpke.ts'
import type { PublishedCard } from '../../identity/card-directory.ts'
import type { Keyring } from '../../identity/keyring.ts'
import { mailboxOf } from '../../identity/mailbox-id.ts'
import { type EnvelopeHeader, type EnvelopeRoom, encodeEnvelopeRoom, tagBytes } from '../../wire/envelope.ts'
import { type Content, encodeInnerMessageRoom } from '../../wire/inner-message.ts'
import { UnusableCardError } from '../errors.ts'
import { hpkeInfo } from './hpke-info.ts'
import { statementOf } from './statement-of.ts'

/** Who sends: an agent, the card it speaks by, and that card's keys. */
export interface Sender {
  readonly agent: AgentRef
  readonly cardId: CardId
  readonly keyring: Keyring
}

/** What is to be sent, complete but for keys and signatures. */
export interface Draft extends Content {
  readonly messageId: MessageId
  readonly conversation: ConversationId
  readonly seq: number
  readonly created: Millis
  readonly expires: Millis
  readonly inReplyTo: MessageId | undefined
  readonly priority: Priority
}

/** A sealed message, and what its author keeps of it. */
export interface SealedMessage {
  /** The envelope as it travels. */
  readonly envelope: Uint8Array
  /** The outer header within it; the two share memory. */
  readonly headerBytes: Uint8Array
  /** The inner message, secret: it holds the content and the opening. */
  readonly innerBytes: Uint8Array
}

/** A message that is signed and not yet encrypted. */
interface Prepared {
  readonly context: SenderContext
  readonly inner: Uint8Array
  readonly outer: EnvelopeRoom
}

function prepare(
  backend: CryptoBackend,
  random: RandomSource,
  sender: Sender,
  recipient: PublishedCard,
  draft: Draft,
): Prepared {
  const { card, agent, cardId: recipientCard } = recipient
  const info = hpkeInfo(card.suite, agent, recipientCard)
  const context = setupBaseSender(backend, card.suite, card.sealingKey, info, random)
  if (context === undefined) throw new UnusableCardError({ recipientCard })
  const { messageId, priority, expires, ...said } = draft
  const message = { ...said, expires, sender: sender.agent, senderCard: sender.cardId, opening: random(64) }
  const inner = encodeInnerMessageRoom(message)
  const header: EnvelopeHeader = {
    suite: card.suite,
    mailbox: mailboxOf(backend, agent),
    recipientCard,
    messageId,
    priority,
    expires,
    enc: context.enc,
  }
  const outer = encodeEnvelopeRoom(header, inner.bytes.length + tagBytes)
  const statement = statementOf(backend, message, outer.headerBytes, agent, inner.contentPreimage)
  inner.signature.set(backend.ed25519Sign(sender.keyring.signing, statement))
  return { context, inner: inner.bytes, outer }
}

function finish({ outer, inner }: Prepared, ciphertext: Uint8Array): SealedMessage {
  outer.ciphertext.set(ciphertext)
  return { envelope: outer.bytes, headerBytes: outer.headerBytes, innerBytes: inner }
}

/**
 * Seals a message for one card. The card fixes the suite.
 *
 * @param recipient resolved, verified and found valid by the caller
 * @throws UnusableCardError, or a `wire.*` error when the draft is out of bounds
 */
export function sealMessage(
  backend: CryptoBackend,
  random: RandomSource,
  sender: Sender,
  recipient: PublishedCard,
  draft: Draft,
): SealedMessage {
  const prepared = prepare(backend, random, sender, recipient, draft)
  // SPEC §3.3: the whole header is additional data, so a relay can neither re-address nor re-prioritise.
  return finish(prepared, prepared.context.seal(prepared.outer.headerBytes, prepared.inner))
}

/** The same, and a large body by the backend's cipher for those. */
export async function sealMessageLater(...message: Parameters<typeof sealMessage>): Promise<SealedMessage> {
  const prepared = prepare(...message)
  return finish(prepared, await prepared.context.sealLater(prepared.outer.headerBytes, prepared.inner))
}
