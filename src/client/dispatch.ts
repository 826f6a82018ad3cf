/** The way out: resolve, number, seal, keep, hand to a relay. */
import type { AgentRef } from '../core/agent-ref.ts'
import { toHex } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { ConversationId, MessageId } from '../core/ids.ts'
import { defaultLifetimeMillis, maxLifetimeMillis } from '../core/limits.ts'
import type { PublishedCard } from '../identity/card-directory.ts'
import { assertCardValidAt } from '../identity/trust.ts'
import { encodeMessageRecord, messageKey } from '../messaging/message-record.ts'
import type { Outbox } from '../messaging/outbox/outbox.ts'
import { type Draft, type SealedMessage, sealMessageLater } from '../messaging/sealed/seal-message.ts'
import type { StoreChange } from '../store/port.ts'
import type { MessageKind } from '../wire/inner-message.ts'
import { encodeContentOf, type OutgoingContent } from './content.ts'
import type { AgentParts } from './parts.ts'
import type { SendOptions, SentMessage } from './received-message.ts'
import type { OwnCard } from './registration.ts'
import { createSequences } from './sequences.ts'

/** A message to be sent. */
export interface Outgoing {
  readonly to: AgentRef
  readonly content: OutgoingContent
  readonly kind: MessageKind
  readonly conversation: ConversationId
  readonly inReplyTo: MessageId | undefined
  readonly options: SendOptions
}

/** What sending needs. */
export interface DispatchOptions {
  readonly parts: AgentParts
  readonly own: OwnCard
  readonly outbox: Outbox
  /** Rows to keep beside a sent message, such as its anchor leaf. */
  alsoKeep(sealed: SealedMessage, to: AgentRef): readonly StoreChange[]
}

/** Sends messages. */
export interface Dispatch {
  /** Resolves when the message is kept and the first attempt is over. @throws when it can never be delivered */
  send(outgoing: Outgoing): Promise<SentMessage>
  /** Draws a message id for a message whose answer is awaited before it is sent. */
  newMessageId(): MessageId
  /** Like `send`, with a message id drawn before. */
  sendAs(messageId: MessageId, outgoing: Outgoing): Promise<SentMessage>
}

/** Trust decision: the peer's current card may be sealed for. Its block clock may run ahead of ours. */
export function assertPeerUsable(peer: PublishedCard, nowMillis: number): void {
  const now = Math.max(Math.floor(nowMillis / 1000), peer.record.validFrom, peer.record.revokedAt)
  assertCardValidAt(peer, now, Number.MAX_SAFE_INTEGER)
}

/** Creates the way out. */
export function createDispatch({ parts, own, outbox, alsoKeep }: DispatchOptions): Dispatch {
  const { backend, ambient, store, directory } = parts
  const sequences = createSequences(store)

  async function draftOf(messageId: MessageId, outgoing: Outgoing): Promise<Draft> {
    const { lifetimeMillis = defaultLifetimeMillis, priority = 'normal' } = outgoing.options
    if (!(Number.isSafeInteger(lifetimeMillis) && lifetimeMillis > 0 && lifetimeMillis <= maxLifetimeMillis))
      throw new InvalidArgumentError({ argument: 'lifetimeMillis', expected: `1 to ${maxLifetimeMillis}` })
    const content = encodeContentOf(outgoing.content)
    const seq = await sequences.take(outgoing.conversation)
    const created = ambient.now()
    const { kind, conversation, inReplyTo } = outgoing
    return {
      messageId,
      kind,
      conversation,
      inReplyTo,
      seq,
      created,
      priority,
      expires: created + lifetimeMillis,
      ...content,
    }
  }

  async function sendAs(messageId: MessageId, outgoing: Outgoing): Promise<SentMessage> {
    const sender = own.sender()
    const recipient = await directory.current(outgoing.to)
    assertPeerUsable(recipient, ambient.now())
    const draft = await draftOf(messageId, outgoing)
    const sealed = await sealMessageLater(backend, ambient.random, sender, recipient, draft)
    const { envelope, headerBytes, innerBytes } = sealed
    const value = encodeMessageRecord({ direction: 'sent', recipient: recipient.agent, headerBytes, innerBytes })
    const { priority, expires } = draft
    const queued = await outbox.enqueue({ messageId, priority, expires, relays: recipient.card.relays, envelope }, [
      { table: 'messages', put: { key: messageKey(messageId, sender.cardId), value } },
      { table: 'conversations', put: { key: draft.conversation, value: sequences.state(draft.conversation) } },
      ...alsoKeep(sealed, recipient.agent),
    ])
    const { state } = await queued.firstAttempt
    const accepted = queued.accepted.then(() => undefined)
    accepted.catch(() => undefined)
    return { id: messageId, conversation: draft.conversation, state, accepted }
  }

  const newMessageId = () => toHex(ambient.random(16)) as MessageId
  return { newMessageId, sendAs, send: (outgoing) => sendAs(newMessageId(), outgoing) }
}
