/** Herald's sealed messages, all of SPEC §3 to §5 included but the look-up of the sender's card, which is at hand. */
import { asAddress, asConversationId, asMessageId } from '../../src/core/ids.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCard } from '../../src/identity/card.ts'
import type { CardDirectory, PublishedCard } from '../../src/identity/card-directory.ts'
import { createKeyring, type Keyring } from '../../src/identity/keyring.ts'
import { type OpenContext, openMessage } from '../../src/messaging/sealed/open-message.ts'
import { type Draft, type Sender, sealMessage } from '../../src/messaging/sealed/seal-message.ts'
import { rotation, times } from '../rotation.ts'
import type { MessageProtocol } from './alternatives.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** An agent with its keys and its published card. */
interface BenchAgent {
  readonly published: PublishedCard
  readonly keyring: Keyring
}

function agentOf(backend: CryptoBackend, suite: Suite, byte: string): BenchAgent {
  const address = asAddress(`0x${byte.repeat(20)}`)
  const agent = { chainId: 31337, registry: asAddress(`0x${'5e'.repeat(20)}`), address }
  const keyring = createKeyring(backend, random, suite)
  const made = createCard(backend, { agent, keyring, kind: 'agent', relays: [] })
  const times = { validFrom: 1, validUntil: 0, revokedAt: 0, compromisedSince: 0 }
  const record = { ...times, epoch: 0, suite, hint: 0, reason: 'unspecified' } as const
  return { published: { agent, ...made, record }, keyring }
}

function draftOf(content: Uint8Array): Draft {
  const created = Date.now()
  return {
    messageId: asMessageId(`0x${'a1'.repeat(16)}`),
    conversation: asConversationId(`0x${'c0'.repeat(16)}`),
    seq: 0,
    created,
    expires: created + 86_400_000,
    inReplyTo: undefined,
    priority: 'normal',
    kind: 'message',
    contentType: 'application/octet-stream',
    body: content,
  }
}

// More than the backend keeps public keys of, so that each encapsulation is met for the first time.
const nativeEnvelopes = 2048
const nobleEnvelopes = 32

/** The sealing and the opening side of one message a time. */
function endsOf(backend: CryptoBackend, suite: Suite, content: Uint8Array) {
  const [alice, bob] = [agentOf(backend, suite, 'a1'), agentOf(backend, suite, 'b0')]
  const { agent, cardId } = alice.published
  const sender: Sender = { agent, cardId, keyring: alice.keyring }
  const directory: CardDirectory = { current: async () => alice.published, byId: async () => alice.published }
  const context: OpenContext = {
    backend,
    self: bob.published.agent,
    keyringOf: () => bob.keyring,
    directory,
    now: Date.now,
  }
  const draft = draftOf(content)
  const seal = () => sealMessage(backend, random, sender, bob.published, draft)
  return { seal, open: (envelope: Uint8Array) => openMessage(context, envelope) }
}

/** Herald's sealed message by one backend and suite. */
function heraldOn(backend: CryptoBackend, suite: Suite, content: Uint8Array): MessageProtocol {
  const { seal, open } = endsOf(backend, suite, content)
  const count = backend.name === 'node' ? nativeEnvelopes : nobleEnvelopes
  const next = rotation(times(count, () => seal().envelope))
  const isPostQuantum = suite === suiteXWing
  return {
    name: `herald ${backend.name}, ${isPostQuantum ? 'X-Wing' : 'X25519'}`,
    gives: [
      'a signature over commitments to content, recipient and routing header, which cannot be re-wrapped',
      'sender hidden from the relay',
      'Padmé padding',
      'clock window',
      ...(isPostQuantum ? ['post-quantum secrecy'] : []),
    ],
    lacks: ['forward secrecy within the lifetime of a card', ...(isPostQuantum ? [] : ['post-quantum secrecy'])],
    overheadBytes: next().length - content.length,
    seal,
    open: () => open(next()),
  }
}

/** Herald by backend and suite, and by a backend that it does not ship. */
export function heraldMessages(content: Uint8Array, sodiumCurves: CryptoBackend): MessageProtocol[] {
  return [
    heraldOn(nodeBackend, suiteXWing, content),
    heraldOn(nodeBackend, suiteX25519, content),
    heraldOn(nobleBackend, suiteXWing, content),
    { ...heraldOn(sodiumCurves, suiteXWing, content), name: 'herald node with sodium-native curves' },
  ]
}
