/** Agents with keys and cards, and messages they signed, made by the wire encoders alone: no transport, no sealing. */

import type { RevealedBinding } from '../../src/anchor/prove.ts'
import type { AgentRef } from '../../src/core/agent-ref.ts'
import { toHex, utf8 } from '../../src/core/bytes.ts'
import type { ConversationId, MessageId, Millis } from '../../src/core/ids.ts'
import { type Suite, suiteSizes, suiteX25519 } from '../../src/core/suite.ts'
import { bindingCommitment, contentCommitment, openingPart } from '../../src/crypto/commitment.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCard } from '../../src/identity/card.ts'
import { createKeyring, type Keyring } from '../../src/identity/keyring.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { type EnvelopeHeader, encodeHeader } from '../../src/wire/envelope.ts'
import type { Content } from '../../src/wire/inner-message.ts'
import { encodeBinding, encodeContent, encodeStatement } from '../../src/wire/statement.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** An agent with one card and its keys. */
export interface TestAgent extends ReturnType<typeof createCard> {
  readonly agent: AgentRef
  readonly keyring: Keyring
}

/** Makes an agent with new keys. */
export function createTestAgent(agent: AgentRef, suite: Suite = suiteX25519): TestAgent {
  const keyring = createKeyring(nodeBackend, random, suite)
  const relays = ['http://127.0.0.1:8787']
  return { agent, keyring, ...createCard(nodeBackend, { agent, keyring, kind: 'agent', relays }) }
}

/** A signed message with all that opens it. */
export interface SignedStatement {
  readonly sender: TestAgent
  readonly statement: Uint8Array
  readonly signature: Uint8Array
  readonly opening: Uint8Array
  readonly content: Content
  readonly binding: RevealedBinding
}

/** What of a message a test cares about. */
export interface StatementOptions {
  readonly created: Millis
  readonly text?: string
  readonly inReplyTo?: MessageId
  /** Puts something else in the outer header than what is signed beside it. */
  readonly header?: Partial<EnvelopeHeader>
}

function bindingTo(recipient: TestAgent, { created, inReplyTo, header }: StatementOptions): RevealedBinding {
  const { card, cardId, agent } = recipient
  const expires = created + 3_600_000
  const headerBytes = encodeHeader({
    suite: card.suite,
    mailbox: mailboxOf(nodeBackend, agent),
    recipientCard: cardId,
    messageId: toHex(random(16)) as MessageId,
    priority: 'normal',
    expires,
    enc: random(suiteSizes(card.suite).encBytes),
    ...header,
  })
  return { headerBytes, recipient: agent, conversation: toHex(random(16)) as ConversationId, expires, inReplyTo }
}

/** Signs a message from one agent to another (SPEC §5.1). */
export function signStatement(sender: TestAgent, recipient: TestAgent, options: StatementOptions): SignedStatement {
  const opening = random(64)
  const part = (purpose: 'content' | 'binding') => openingPart(nodeBackend, purpose, opening)
  const content: Content = { kind: 'message', contentType: 'text/plain', body: utf8(options.text ?? 'sold') }
  const binding = bindingTo(recipient, options)
  const bound = encodeBinding(nodeBackend.sha256(binding.headerBytes), binding)
  const statement = encodeStatement({
    senderCard: sender.cardId,
    seq: 0,
    created: options.created,
    content: contentCommitment(nodeBackend, part('content'), encodeContent(content)),
    binding: bindingCommitment(nodeBackend, part('binding'), bound),
  })
  const signature = nodeBackend.ed25519Sign(sender.keyring.signing, statement)
  return { sender, statement, signature, opening, content, binding }
}
