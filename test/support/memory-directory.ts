/** A card directory in memory: what a registry would say, settable by a test. */
import { type AgentRef, sameAgent } from '../../src/core/agent-ref.ts'
import { type Address, asAddress, type CardId } from '../../src/core/ids.ts'
import { type Suite, suiteXWing } from '../../src/core/suite.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCard } from '../../src/identity/card.ts'
import type { CardDirectory, CardRecord, PublishedCard } from '../../src/identity/card-directory.ts'
import { createKeyring, type Keyring } from '../../src/identity/keyring.ts'
import { NotRegisteredError, UnknownCardError } from '../../src/registry/errors.ts'

/** A fixed registry for tests that have no chain. */
const testRegistry: Address = asAddress(`0x${'5e'.repeat(20)}`)

/** An agent of a test: its reference, keys and published card. */
export interface TestAgent extends PublishedCard {
  readonly keyring: Keyring
}

/** A directory whose records a test may change. */
export interface MemoryDirectory extends CardDirectory {
  /** Publishes a card with new keys as the agent's current one. */
  publish(
    name: number,
    options?: { suite?: Suite; validFrom?: number; chainId?: number; registry?: Address },
  ): TestAgent
  /** Changes what is recorded of a card. */
  amend(cardId: CardId, change: Partial<CardRecord>): void
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** Creates an empty directory. */
export function memoryDirectory(): MemoryDirectory {
  const cards = new Map<CardId, PublishedCard>()
  const currents = new Map<Address, CardId>()
  const find = ({ address }: AgentRef, cardId: CardId) => {
    const found = cards.get(cardId)
    if (!found) throw new UnknownCardError({ agent: address, cardId })
    return found
  }
  return {
    publish(name, { suite = suiteXWing, validFrom = 1_000, chainId = 31337, registry = testRegistry } = {}) {
      const address = asAddress(`0x${name.toString(16).padStart(40, '0')}`)
      const agent: AgentRef = { chainId, registry, address }
      const keyring = createKeyring(nodeBackend, random, suite)
      const made = createCard(nodeBackend, { agent, keyring, kind: 'agent', relays: ['http://127.0.0.1:1'] })
      const record: CardRecord = {
        validFrom,
        validUntil: 0,
        revokedAt: 0,
        compromisedSince: 0,
        epoch: 0,
        suite,
        reason: 'unspecified',
        hint: 0,
      }
      const published = { agent, ...made, record }
      cards.set(made.cardId, published)
      currents.set(address, made.cardId)
      return { ...published, keyring }
    },
    amend(cardId, change) {
      const found = cards.get(cardId) as PublishedCard
      cards.set(cardId, { ...found, record: { ...found.record, ...change } })
    },
    async current(agent) {
      const cardId = currents.get(agent.address)
      if (cardId === undefined) throw new NotRegisteredError({ agent })
      return find(agent, cardId)
    },
    async byId(agent, cardId) {
      const found = find(agent, cardId)
      if (!sameAgent(agent, found.agent)) throw new UnknownCardError({ agent: agent.address, cardId })
      return found
    },
  }
}
