/** Another agent, as this one talks to it. */
import { type AgentRef, formatAccountId } from '../core/agent-ref.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { ConversationId, Millis } from '../core/ids.ts'
import type { CardKind } from '../wire/card.ts'
import type { OutgoingContent } from './content.ts'
import type { Dispatch } from './dispatch.ts'
import type { ReceivedMessage, SendOptions, SentMessage } from './received-message.ts'
import type { Requests } from './requests.ts'

/** How a request is made. */
export interface RequestOptions extends SendOptions {
  /** How long to wait for the answer. Default 30,000 ms. */
  readonly timeout?: Millis
}

/** Another agent, as this one talks to it. */
export interface Peer {
  /** CAIP-10 text. */
  readonly account: string
  readonly agent: AgentRef
  /** Whether its card says agent, human or service. */
  readonly kind: CardKind
  /** The conversation that messages to this peer belong to. */
  readonly conversation: ConversationId
  /** Sends a message. Resolves when it is kept and the first attempt is over; a relay that is down loses nothing. */
  send(content: OutgoingContent, options?: SendOptions): Promise<SentMessage>
  /** Sends a request and waits for its answer. @throws RequestTimeoutError, RequestFailedError */
  request(content: OutgoingContent, options?: RequestOptions): Promise<ReceivedMessage>
}

const defaultRequestMillis = 30_000
/** The longest a timer can wait. */
const maxTimeoutMillis = 2 ** 31 - 1

/** What a peer is made of. */
export interface PeerOptions {
  readonly agent: AgentRef
  readonly kind: CardKind
  readonly conversation: ConversationId
  readonly dispatch: Dispatch
  readonly requests: Requests
}

/** Creates the handle on a peer that was looked up. */
export function createPeer({ agent, kind, conversation, dispatch, requests }: PeerOptions): Peer {
  const envelopeOf = (content: OutgoingContent, options: SendOptions) =>
    ({ to: agent, content, conversation, inReplyTo: undefined, options }) as const
  return {
    account: formatAccountId(agent),
    agent,
    kind,
    conversation,
    send: (content, options = {}) => dispatch.send({ ...envelopeOf(content, options), kind: 'message' }),
    async request(content, { timeout = defaultRequestMillis, ...options } = {}) {
      if (!(timeout > 0 && timeout <= maxTimeoutMillis))
        throw new InvalidArgumentError({ argument: 'timeout', expected: `1 to ${maxTimeoutMillis} ms` })
      const messageId = dispatch.newMessageId()
      // Wait first, send second: the answer may be there before the relay's receipt is.
      const answer = requests.open(messageId, agent, timeout)
      const outgoing = { ...envelopeOf(content, { lifetimeMillis: timeout, ...options }), kind: 'request' } as const
      dispatch.sendAs(messageId, outgoing).catch((error) => requests.cancel(messageId, error))
      return answer
    },
  }
}
