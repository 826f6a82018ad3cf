/** What an agent decides about its own mailbox, and what its mail to others' mailboxes shows (SPEC §8.8). */
import type { AgentRef } from '../core/agent-ref.ts'
import { toHex } from '../core/bytes.ts'
import { asConversationId, type Millis } from '../core/ids.ts'
import { maxLifetimeMillis } from '../core/limits.ts'
import type { MailboxOwner, Transport, WritePolicy } from '../transport/port.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import type { Dispatch, Outgoing } from './dispatch.ts'
import type { AgentParts } from './parts.ts'
import { type WriteTokens, writeTokenType } from './write-tokens.ts'

/** What an owner decides; what is left out is as if nothing had been decided. */
export interface MailboxOptions {
  /**
   * Who may write: `open`, anybody; `registered`, agents that show the relay who they are; `contacts`, those that this
   * agent wrote to or invited. Contacts always may. Default `open`.
   */
  readonly write?: WritePolicy
  /** Work that strangers do for each message: each bit doubles it, 20 bits are some seconds. Default 0, at most 24. */
  readonly stampBits?: number
  /** Mail is kept for at most this long, 1 minute to 30 days. Default 30 days. */
  readonly retentionMillis?: Millis
  /** Withdraws the tokens that contacts have. They get new ones when this agent next writes to them. */
  readonly renewToken?: boolean
}

/** The agent's own mailbox. */
export interface OwnMailbox {
  /** Decides about it, at every relay of the agent. @throws a `transport.*` error when one does not take it */
  configure(options: MailboxOptions): Promise<void>
}

/** Creates the handle. @param owner proves at a relay who asks */
export function createOwnMailbox(parts: AgentParts, tokens: WriteTokens, owner: () => MailboxOwner): OwnMailbox {
  const { transport, relays } = parts
  return {
    async configure({ write = 'open', stampBits = 0, retentionMillis = maxLifetimeMillis, renewToken = false }) {
      const isRestricted = write !== 'open' || stampBits > 0
      const writers = isRestricted ? [tokens.idOf(await tokens.own(renewToken))] : []
      if (!isRestricted) await tokens.stopGiving()
      for (const relay of relays)
        await transport.configure(relay, owner(), { write, writers, stampBits, retentionMillis })
    },
  }
}

/** A transport that shows what each mailbox asks for: the token its owner gave, and the sender if it may be shown. */
export function withPostage(
  transport: Transport,
  tokens: WriteTokens,
  identity: () => MailboxOwner | undefined,
): Transport {
  return {
    async submit(envelope, relays, options) {
      const token = await tokens.tokenFor(decodeEnvelope(envelope).header.mailbox)
      return transport.submit(envelope, relays, { ...options, token, identity: identity() })
    },
    openInbox: (relay, owner, options) => transport.openInbox(relay, owner, options),
    configure: (relay, owner, settings) => transport.configure(relay, owner, settings),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

/** The message that carries a token. */
function invitation({ ambient }: AgentParts, to: AgentRef, token: Uint8Array): Outgoing {
  return {
    to,
    content: { body: token, contentType: writeTokenType },
    kind: 'message',
    conversation: asConversationId(toHex(ambient.random(16))),
    inReplyTo: undefined,
    options: {},
  }
}

/** Invites an agent: from then on it may write, whatever the policy. */
export type Invite = (to: AgentRef) => Promise<void>

/** A way out on which whoever is written to can answer: it is given the token first, if there is one. */
export function withInvitations(
  parts: AgentParts,
  tokens: WriteTokens,
  dispatch: Dispatch,
): Dispatch & { invite: Invite } {
  const invite: Invite = (to) => tokens.give(to, (token) => dispatch.send(invitation(parts, to, token)))
  return {
    invite,
    newMessageId: dispatch.newMessageId,
    async send(outgoing) {
      await invite(outgoing.to)
      return dispatch.send(outgoing)
    },
    async sendAs(messageId, outgoing) {
      await invite(outgoing.to)
      return dispatch.sendAs(messageId, outgoing)
    },
  }
}
