/** A message as a handler gets it: opened, verified, and ready to be answered. */
import { type AgentRef, formatAccountId } from '../core/agent-ref.ts'
import type { CardId, ConversationId, MessageId, Millis } from '../core/ids.ts'
import type { Priority } from '../core/priority.ts'
import type { OpenedMessage } from '../messaging/sealed/open-message.ts'
import type { CardKind } from '../wire/card.ts'
import type { MessageKind } from '../wire/inner-message.ts'
import { jsonOf, type OutgoingContent, textOf } from './content.ts'

/** What an answer may carry beside its content. */
export interface SendOptions {
  readonly priority?: Priority
  /** How long the message is of use. Default 7 days, at most 30. */
  readonly lifetimeMillis?: Millis
}

/** A message that was accepted for delivery, or is kept until it is. */
export interface SentMessage {
  readonly id: MessageId
  readonly conversation: ConversationId
  /** `accepted`: a relay signed for it. `queued`: no relay could be reached yet; it is tried again. */
  readonly state: 'accepted' | 'queued'
  /** Resolves once a relay has signed for it; rejects when it is given up. */
  readonly accepted: Promise<void>
}

/** A verified message. */
export interface ReceivedMessage {
  readonly id: MessageId
  /** The sender as CAIP-10 text. */
  readonly from: string
  readonly sender: AgentRef
  readonly senderCard: CardId
  /** Whether the sender's card says agent, human or service. */
  readonly senderKind: CardKind
  readonly kind: MessageKind
  readonly priority: Priority
  readonly conversation: ConversationId
  readonly seq: number
  readonly created: Millis
  readonly expires: Millis
  readonly inReplyTo: MessageId | undefined
  readonly contentType: string
  readonly body: Uint8Array
  /** The body as UTF-8 text. @throws MalformedTextError */
  text(): string
  /** The body as JSON of at most 128 levels, with every field once. @throws InvalidArgumentError */
  json(): unknown
  /** Answers: a `response` to a request, a message otherwise. */
  reply(content: OutgoingContent, options?: SendOptions): Promise<SentMessage>
}

/** Sends an answer to a message. */
export type Replier = (to: ReceivedMessage, content: OutgoingContent, options: SendOptions) => Promise<SentMessage>

/** Shows an opened message to a handler. */
export function receivedMessage(opened: OpenedMessage, replier: Replier): ReceivedMessage {
  const { header, message, sender } = opened
  const received: ReceivedMessage = {
    id: header.messageId,
    from: formatAccountId(message.sender),
    sender: message.sender,
    senderCard: message.senderCard,
    senderKind: sender.card.kind,
    kind: message.kind,
    priority: header.priority,
    conversation: message.conversation,
    seq: message.seq,
    created: message.created,
    expires: message.expires,
    inReplyTo: message.inReplyTo,
    contentType: message.contentType,
    body: message.body,
    text: () => textOf(message.body),
    json: () => jsonOf(message.body),
    reply: (content, options = {}) => replier(received, content, options),
  }
  return received
}
