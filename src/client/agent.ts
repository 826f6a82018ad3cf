/**
 * An agent: one address that others can trust, with an inbox, an outbox, and proofs of what was said. Joins the parts
 * it is handed; `createAgent` of the front door picks them.
 */
import { formatAccountId, parseAccountId } from '../core/agent-ref.ts'
import { toHex } from '../core/bytes.ts'
import { type Address, asConversationId, type MailboxId, type MessageId, type Millis } from '../core/ids.ts'
import { defaultGraceMillis } from '../core/limits.ts'
import { mailboxOf } from '../identity/mailbox-id.ts'
import { receiptKey } from '../messaging/outbox/outbox.ts'
import type { Publication } from '../registry/registry-transactions.ts'
import type { Via } from '../registry/relayed-writer.ts'
import type { Proof } from '../wire/proof.ts'
import { assertPeerUsable } from './dispatch.ts'
import { AgentClosedError } from './errors.ts'
import type { AgentEvents, Handler } from './events.ts'
import { type Joints, join } from './joints.ts'
import type { MailboxOptions } from './mailbox.ts'
import type { AgentParts } from './parts.ts'
import { createPeer, type Peer } from './peer.ts'
import type { AnchorReport, ProveOptions } from './provenance.ts'
import type { ReceivedMessage } from './received-message.ts'
import type { Registration, RevokeOptions } from './registration.ts'

/** How an agent registers. */
export interface RegisterOptions {
  /** Whether to open the inbox. Default true. */
  readonly connect?: boolean
  readonly via?: Via
}

/** How an agent replaces its card. */
export interface RotateOptions {
  readonly graceMillis?: Millis
  readonly via?: Via
}

/** An agent. */
export interface Agent extends AsyncDisposable {
  /** CAIP-10 text. */
  readonly account: string
  readonly address: Address
  readonly mailbox: MailboxId
  /**
   * Sees to it that a card of this agent is published, and opens the inbox.
   *
   * @param options.via who sends the transaction and pays for it: another account, its private key, or a relayer of your
   *   own. The agent's account then only signs, and needs no funds
   */
  register(options?: RegisterOptions): Promise<Registration>
  /**
   * Replaces the card by one with new keys.
   *
   * @param options.graceMillis how long the old one stays valid beside it. Default 10 min; 0 ends it at once, and what is
   *   on its way by it is refused
   * @param options.via as for `register`
   */
  rotate(options?: RotateOptions): Promise<Registration>
  /** Revokes the current card; nothing can be sent until `register` is called again. */
  revoke(options?: RevokeOptions): Promise<Publication>
  /** Opens the inbox; it is opened again by itself when the relay is lost. */
  connect(): Promise<void>
  /** Closes the inbox. The relay keeps what arrives. */
  disconnect(): Promise<void>
  /** Looks another agent up. @param account CAIP-10 text on this agent's chain @param conversation to go on with */
  peer(account: string, conversation?: string): Promise<Peer>
  /** Calls a handler for an event; the answer ends that. */
  on<Name extends keyof AgentEvents>(name: Name, handler: Handler<AgentEvents[Name]>): () => void
  /** Takes an envelope that came by any way through the same checks as the inbox. @throws what refuses it */
  receive(envelope: Uint8Array): Promise<ReceivedMessage>
  /** Anchors every message sent or received since the last time; nothing when there is none. */
  anchor(): Promise<AnchorReport | undefined>
  /** A proof of who said what, when, for anybody. */
  prove(messageId: MessageId, options?: ProveOptions): Promise<Proof>
  /**
   * The signed receipt of the relay that accepted a message of ours, 224 to 544 bytes; nothing when none has, or its time
   * is over: it is kept until 30 days after the message expires. `verifyAcceptance` checks it.
   */
  receipt(messageId: MessageId): Promise<Uint8Array | undefined>
  /**
   * Decides who may write to this agent's mailbox and how long its mail is kept, at each of its relays.
   *
   * @throws a `transport.*` error when a relay does not take it
   */
  configureMailbox(options: MailboxOptions): Promise<void>
  /** Lets an agent write to this one, whatever the policy of its mailbox. @param account CAIP-10 text */
  invite(account: string): Promise<void>
  /** How many messages wait for a relay. */
  readonly queued: number
}

class JoinedAgent implements Agent {
  readonly account: string
  readonly address: Address
  readonly mailbox: MailboxId
  readonly #parts: AgentParts
  readonly #joints: Joints

  constructor(parts: AgentParts, joints: Joints) {
    this.account = formatAccountId(parts.self)
    this.address = parts.self.address
    this.mailbox = mailboxOf(parts.backend, parts.self)
    this.#parts = parts
    this.#joints = joints
  }

  get queued(): number {
    return this.#joints.outbox.length
  }

  async register({ connect = true, via }: RegisterOptions = {}): Promise<Registration> {
    const registration = await this.#joints.own.register(via)
    if (connect) await this.connect()
    return registration
  }

  rotate({ graceMillis = defaultGraceMillis, via }: RotateOptions = {}): Promise<Registration> {
    return this.#joints.own.rotate(graceMillis, via)
  }

  revoke(options: RevokeOptions = {}): Promise<Publication> {
    return this.#joints.own.revoke(options)
  }

  connect(): Promise<void> {
    return this.#joints.connection.connect()
  }

  disconnect(): Promise<void> {
    return this.#joints.connection.disconnect()
  }

  async peer(account: string, conversation?: string): Promise<Peer> {
    const { directory, ambient, self } = this.#parts
    const { chainId, address } = parseAccountId(account)
    const found = await directory.current({ chainId, address, registry: self.registry })
    assertPeerUsable(found, ambient.now())
    const { dispatch, requests } = this.#joints
    return createPeer({
      agent: found.agent,
      kind: found.card.kind,
      conversation: asConversationId(conversation ?? toHex(ambient.random(16))),
      dispatch,
      requests,
    })
  }

  on<Name extends keyof AgentEvents>(name: Name, handler: Handler<AgentEvents[Name]>): () => void {
    return this.#joints.emitter.on(name, handler)
  }

  receive(envelope: Uint8Array): Promise<ReceivedMessage> {
    return this.#joints.reception.take(envelope)
  }

  anchor(): Promise<AnchorReport | undefined> {
    return this.#joints.provenance.anchor()
  }

  prove(messageId: MessageId, options: ProveOptions = {}): Promise<Proof> {
    return this.#joints.provenance.prove(messageId, options)
  }

  receipt(messageId: MessageId): Promise<Uint8Array | undefined> {
    return this.#parts.store.get('receipts', receiptKey(messageId))
  }

  configureMailbox(options: MailboxOptions): Promise<void> {
    return this.#joints.ownMailbox.configure(options)
  }

  async invite(account: string): Promise<void> {
    const { agent } = await this.peer(account)
    await this.#joints.invite(agent)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { requests, turns, connection, outbox } = this.#joints
    requests.close(new AgentClosedError({ account: this.account }))
    turns.stop()
    await connection.disconnect()
    await outbox[Symbol.asyncDispose]()
  }
}

/** Joins the parts to an agent, and takes up what an earlier run left in the store. */
export async function joinAgent(parts: AgentParts): Promise<Agent> {
  const joints = join(parts)
  await parts.store.sweep(parts.ambient.now())
  await joints.outbox.resume()
  return new JoinedAgent(parts, joints)
}
