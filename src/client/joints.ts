/** The inner parts of an agent, joined: what each hands to the other. */
import type { AgentRef } from '../core/agent-ref.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { maxLeaseMillis } from '../core/limits.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import { createReceiver, type Receiver } from '../messaging/inbox/receiver.ts'
import type { MessageRecord } from '../messaging/message-record.ts'
import { createOutbox, type Outbox } from '../messaging/outbox/outbox.ts'
import type { StoreChange } from '../store/port.ts'
import type { MailboxOwner } from '../transport/port.ts'
import { type Connection, createConnection } from './connection.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { Emitter } from './events.ts'
import { createOwnMailbox, type Invite, type OwnMailbox, withInvitations, withPostage } from './mailbox.ts'
import type { AgentParts } from './parts.ts'
import { createProvenance, type Provenance } from './provenance.ts'
import type { Replier } from './received-message.ts'
import { createReception, type Reception } from './reception.ts'
import { createOwnCard, type OwnCard } from './registration.ts'
import { createRequests, type Requests } from './requests.ts'
import { Turns } from './turns.ts'
import { createWriteTokens } from './write-tokens.ts'

/** An agent's inner parts. */
export interface Joints {
  readonly emitter: Emitter
  readonly turns: Turns
  readonly requests: Requests
  readonly own: OwnCard
  readonly provenance: Provenance
  readonly outbox: Outbox
  readonly dispatch: Dispatch
  readonly reception: Reception
  readonly connection: Connection
  readonly ownMailbox: OwnMailbox
  /** Lets an agent write to this one, whatever the policy of its mailbox. */
  readonly invite: Invite
}

// A relay gives leases back at once when the connection ends, so a long one costs nothing; handlers may take minutes.
const inboxOptions = { window: 64, leaseMillis: maxLeaseMillis }

type Made = Pick<MessageRecord, 'headerBytes' | 'innerBytes'>
type LeafOf = (direction: MessageRecord['direction'], recipient: AgentRef, made: Made) => readonly StoreChange[]

function joinReceiver(parts: AgentParts, leafOf: LeafOf): Receiver {
  const { self, backend, ambient, store, keys, directory, replayLimit } = parts
  return createReceiver({
    backend,
    self,
    directory,
    store,
    replayLimit,
    keyringOf: (cardId) => keys.get(cardId),
    now: () => ambient.now(),
    alsoKeep: (opened) => leafOf('received', self, opened),
  })
}

/** The agent as the owner of its mailbox. @throws NotRegisteredYetError */
function ownerOf({ self, backend }: AgentParts, own: OwnCard): MailboxOwner {
  const { cardId, keyring } = own.sender()
  const sign = (challenge: Uint8Array) => backend.ed25519Sign(keyring.signing, challenge)
  return { agent: self, mailbox: mailboxOf(backend, self), cardId, sign }
}

/** Whom a relay may be shown, if anybody: an agent without a card has nothing to show, and sends without. */
function shownIdentity(parts: AgentParts, own: OwnCard): MailboxOwner | undefined {
  if (!parts.identify) return undefined
  try {
    return ownerOf(parts, own)
  } catch {
    return undefined
  }
}

function joinConnection(parts: AgentParts, emitter: Emitter, own: OwnCard, reception: Reception): Connection {
  const { ambient, transport, relays } = parts
  return createConnection({
    ambient,
    emitter,
    work: (inbox) => reception.work(inbox),
    async open(signal) {
      const [relay] = relays
      if (relay === undefined) throw new InvalidArgumentError({ argument: 'relays', expected: 'at least one URL' })
      return transport.openInbox(relay, ownerOf(parts, own), { ...inboxOptions, signal })
    },
  })
}

function replierOf(dispatch: Dispatch): Replier {
  return ({ id, sender, conversation, kind }, content, options) => {
    const answer = kind === 'request' ? 'response' : 'message'
    return dispatch.send({ to: sender, content, conversation, inReplyTo: id, options, kind: answer })
  }
}

/** Joins the parts. */
export function join(parts: AgentParts): Joints {
  const emitter = new Emitter()
  const turns = new Turns()
  const requests = createRequests()
  const own = createOwnCard(parts)
  const provenance = createProvenance(parts)
  const leafOf: LeafOf = (direction, recipient, { headerBytes, innerBytes }) =>
    provenance.pendingLeaf({ direction, recipient, headerBytes, innerBytes })
  const { store, ambient } = parts
  const tokens = createWriteTokens(parts)
  const transport = withPostage(parts.transport, tokens, () => shownIdentity(parts, own))
  const onFailed: Parameters<typeof createOutbox>[0]['onFailed'] = ({ messageId }, error) =>
    emitter.inform('failed', { messageId, error })
  const outbox = createOutbox({ store, transport, ambient, onFailed })
  const alsoKeep = (sealed: Made, to: AgentRef) => leafOf('sent', to, sealed)
  const dispatch = withInvitations(parts, tokens, createDispatch({ parts, own, outbox, alsoKeep }))
  const receiver = joinReceiver(parts, leafOf)
  const { leaseMillis } = inboxOptions
  const replier = replierOf(dispatch)
  const reception = createReception({ receiver, requests, emitter, turns, replier, tokens, ambient, leaseMillis })
  const connection = joinConnection(parts, emitter, own, reception)
  const ownMailbox = createOwnMailbox(parts, tokens, () => ownerOf(parts, own))
  const { invite } = dispatch
  return { emitter, turns, requests, own, provenance, outbox, dispatch, reception, connection, ownMailbox, invite }
}
