/** What tests of relay and transport share: owners with cards in a directory of their own, envelopes without crypto. */
import { randomBytes } from 'node:crypto'
import type { AgentRef } from '../../src/core/agent-ref.ts'
import type { Ambient } from '../../src/core/ambient.ts'
import { toHex } from '../../src/core/bytes.ts'
import { HeraldError } from '../../src/core/errors.ts'
import type { Address, CardId, MailboxId, MessageId } from '../../src/core/ids.ts'
import type { Priority } from '../../src/core/priority.ts'
import { Secret } from '../../src/core/secret.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { CardDirectory, CardRecord, PublishedCard } from '../../src/identity/card-directory.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import type { RelayConfig, RelayLimits, RelayLogEntry } from '../../src/relay/config.ts'
import { createRelay, type Relay } from '../../src/relay/create-relay.ts'
import { memoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts'
import type { MailboxStore } from '../../src/relay/mailbox/port.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'

/** What a test directory throws; the relay looks at the verdict only. */
class LookupError extends HeraldError<object> {
  constructor(retry: 'never' | 'later') {
    super({ name: 'Test.LookupError', code: 'registry.test', retry, message: 'look-up failed', facts: {} })
  }
}

/** A directory in memory that tests change at will. */
export class TestDirectory implements CardDirectory {
  readonly cards = new Map<CardId, PublishedCard>()
  /** Whether the chain cannot be asked. */
  down = false
  readonly #listeners = new Set<(agent: Address | undefined) => void>()

  async current(agent: AgentRef): Promise<PublishedCard> {
    return this.byId(agent, [...this.cards.keys()].at(-1) as CardId)
  }

  async byId(agent: AgentRef, cardId: CardId): Promise<PublishedCard> {
    if (this.down) throw new LookupError('later')
    const card = this.cards.get(cardId)
    if (card === undefined || card.agent.address !== agent.address) throw new LookupError('never')
    return card
  }

  onChange(listener: (agent: Address | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Says that cards of an agent, or of anyone, changed. */
  tell(agent: Address | undefined): void {
    for (const listener of this.#listeners) listener(agent)
  }

  /** Changes what the registry says of a card. */
  change(cardId: CardId, record: Partial<CardRecord>): void {
    const card = this.cards.get(cardId)
    if (card !== undefined) this.cards.set(cardId, { ...card, record: { ...card.record, ...record } })
  }

  /** Publishes a card of a new agent and gives its owner. */
  register(): MailboxOwner {
    const signing = new Secret(randomBytes(32))
    const agent = {
      chainId: 31_337,
      registry: `0x${'aa'.repeat(20)}` as Address,
      address: toHex(randomBytes(20)) as Address,
    }
    const cardId = toHex(randomBytes(32)) as CardId
    const card = {
      suite: suiteX25519,
      kind: 'agent',
      signingKey: nodeBackend.ed25519PublicKey(signing),
      sealingKey: new Uint8Array(32),
      relays: [],
      possession: new Uint8Array(64),
    } as const
    const record = {
      validFrom: 1,
      validUntil: 0,
      revokedAt: 0,
      compromisedSince: 0,
      epoch: 0,
      suite: suiteX25519,
      reason: 'unspecified',
      hint: 0,
    } as const
    this.cards.set(cardId, { agent, cardId, card, cardBytes: randomBytes(64), record })
    const sign = (challenge: Uint8Array) => nodeBackend.ed25519Sign(signing, challenge)
    return { agent, mailbox: mailboxOf(nodeBackend, agent), cardId, sign }
  }
}

/** A clock that stands ahead of the machine's by what tests add to it. */
export class TestClock implements Ambient {
  ahead = 0

  now(): number {
    return Date.now() + this.ahead
  }

  random(length: number): Uint8Array {
    return Uint8Array.from(randomBytes(length))
  }
}

/** What an envelope of a test has. */
export interface EnvelopeChange {
  readonly messageId?: MessageId
  readonly priority?: Priority
  readonly expires?: number
  /** Length of the ciphertext, at least 16. */
  readonly length?: number
}

/** A well-formed envelope that nobody can open. */
export function randomEnvelope(mailbox: MailboxId, change: EnvelopeChange = {}): Uint8Array {
  const { messageId, priority = 'normal', expires = Date.now() + 3_600_000, length = 256 } = change
  const header = encodeHeader({
    suite: suiteX25519,
    mailbox,
    recipientCard: toHex(randomBytes(32)) as CardId,
    messageId: messageId ?? (toHex(randomBytes(16)) as MessageId),
    priority,
    expires,
    enc: randomBytes(32),
  })
  return encodeEnvelope(header, randomBytes(length))
}

/** A relay in this process with all that tests reach into. */
export interface TestRelay extends AsyncDisposable {
  readonly relay: Relay
  readonly url: string
  readonly directory: TestDirectory
  readonly clock: TestClock
  readonly store: MailboxStore
  readonly log: RelayLogEntry[]
  /** Posts JSON, or bytes as they are. */
  post(path: string, body: object | Uint8Array, headers?: Record<string, string>): Promise<TestAnswer>
  /** A session token of an owner. */
  session(owner: MailboxOwner): Promise<string>
}

/** An answer of a relay. */
export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, never>>
}

/** Starts a relay with a memory mailbox on a free port. */
export async function startTestRelay(
  limits: Partial<RelayLimits> = {},
  change: Partial<RelayConfig> = {},
): Promise<TestRelay> {
  const directory = new TestDirectory()
  const clock = new TestClock()
  const store = change.mailbox ?? memoryMailbox()
  const log: RelayLogEntry[] = []
  const relay = await createRelay({
    host: '127.0.0.1',
    port: 0,
    mailbox: store,
    directory,
    ambient: clock,
    backend: nodeBackend,
    relayKey: new Secret(new Uint8Array(32).fill(7)),
    log: (entry) => log.push(entry),
    limits,
    ...change,
  })
  const post: TestRelay['post'] = async (path, body, headers = {}) => {
    const isBytes = body instanceof Uint8Array
    const response = await fetch(`http://127.0.0.1:${relay.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json', ...headers },
      body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as never }
  }
  const session = async (owner: MailboxOwner) => {
    const answer = await answerChallenge({ post }, owner)
    return answer.body['token'] ?? ''
  }
  return {
    relay,
    url: relay.url,
    directory,
    clock,
    store,
    log,
    post,
    session,
    async [Symbol.asyncDispose]() {
      await relay.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** The fields that say who asks for a session. */
export function whoIs({ agent, cardId }: MailboxOwner): { agent: string; registry: string; cardId: string } {
  return { agent: `eip155:${agent.chainId}:${agent.address}`, registry: agent.registry, cardId }
}

/** Fetches a challenge and posts its answer, changed as a test wants. */
export async function answerChallenge(
  { post }: Pick<TestRelay, 'post'>,
  owner: MailboxOwner,
  change: (answer: Record<string, string>) => Record<string, string> = (answer) => answer,
): Promise<TestAnswer> {
  const { body } = await post('/v1/challenges', whoIs(owner))
  const challenge = Buffer.from(String(body['challenge']), 'base64')
  const signature = Buffer.from(owner.sign(challenge)).toString('base64')
  return post('/v1/sessions', change({ ...whoIs(owner), challenge: challenge.toString('base64'), signature }))
}
