/** The golden vectors, `test/vectors/herald-v1.json`, and the agents in them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentRef, sameAgent } from '../../src/core/agent-ref.ts'
import { fromHex, type Hex } from '../../src/core/bytes.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { verifyCard } from '../../src/identity/card.ts'
import type { CardDirectory, PublishedCard } from '../../src/identity/card-directory.ts'
import { deserializeKeyring, type Keyring } from '../../src/identity/keyring.ts'
import type { OpenContext } from '../../src/messaging/sealed/open-message.ts'
import { NotRegisteredError, UnknownCardError } from '../../src/registry/errors.ts'
import { decodeAgentRef } from '../../src/wire/agent-ref.ts'
import type { Proof } from '../../src/wire/proof.ts'

export interface CardVector {
  agentRef: Hex
  signingSeed: Hex
  sealingSecret: Hex
  card: Hex
  cardId: Hex
  mailbox: Hex
}

type MessageField =
  | 'hpkeInfo'
  | 'header'
  | 'opening'
  | 'contentPart'
  | 'contentPreimage'
  | 'contentCommitment'
  | 'bindingPart'
  | 'bindingPreimage'
  | 'bindingCommitment'
  | 'statement'
  | 'signature'
  | 'innerMessage'
  | 'envelope'
  | 'anchorPart'
  | 'leaf'

interface MessageVector extends Record<MessageField, Hex> {
  draft: Record<'messageId' | 'conversation' | 'priority' | 'kind' | 'contentType' | 'body', string> &
    Record<'seq' | 'created' | 'expires', number>
  proof: Proof
}

interface Vectors {
  cards: Record<'alice' | 'bob' | 'carol', CardVector>
  messages: Record<'xWing' | 'x25519', MessageVector>
  tree: { leaves: Hex[]; root: Hex; paths: Hex[][] }
  acceptance: { relaySeed: Hex; receipts: Hex[] }
  session: { origin: string; challenge: Hex; signature: Hex }
  frames: Record<string, Hex>
  requests: Record<'challenge' | 'session' | 'lease' | 'acknowledge', string>
  answers: Record<'accepted' | 'challenge' | 'problem', string>
  stored: Record<'sent' | 'received' | 'outboxEntry' | 'pending' | 'done' | 'keys' | 'batch' | 'counter', Hex>
  deployment: string
}

const file = join(import.meta.dirname, '../vectors/herald-v1.json')

/** All of them, as the file has them. */
export const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

/** When their messages are under way, ms since 1970. */
export const vectorTime = 1_795_392_000_000 + 1000

/** Who a card's agent is. */
export function agentOf({ agentRef }: CardVector): AgentRef {
  return decodeAgentRef(fromHex(agentRef))
}

/** An agent of the vectors with its keys and its card as a registry would have it. */
export function goldenAgent(name: keyof Vectors['cards']): PublishedCard & { readonly keyring: Keyring } {
  const vector = vectors.cards[name]
  const agent = agentOf(vector)
  const cardBytes = fromHex(vector.card)
  const { card, cardId } = verifyCard(nodeBackend, agent, cardBytes)
  const suite = Uint8Array.of(card.suite >> 8, card.suite & 0xff)
  const keys = Uint8Array.of(...suite, ...fromHex(vector.signingSeed), ...fromHex(vector.sealingSecret))
  const unmarked = { validUntil: 0, revokedAt: 0, compromisedSince: 0, epoch: 0, hint: 0 }
  const record = { validFrom: 1, ...unmarked, suite: card.suite, reason: 'unspecified' } as const
  return { agent, card, cardBytes, cardId, record, keyring: deserializeKeyring(nodeBackend, keys) }
}

const goldenAgents = (['alice', 'bob', 'carol'] as const).map(goldenAgent)

/** A registry in which the three agents, and nobody else, have published. */
export const goldenDirectory: CardDirectory = {
  async byId(agent, cardId) {
    const found = goldenAgents.find((published) => published.cardId === cardId && sameAgent(published.agent, agent))
    if (found === undefined) throw new UnknownCardError({ agent: agent.address, cardId })
    return found
  },
  async current(agent) {
    const found = goldenAgents.find((published) => sameAgent(published.agent, agent))
    if (found === undefined) throw new NotRegisteredError({ agent })
    return found
  },
}

/** Where an agent of the vectors opens its messages, while they are under way. */
export function goldenContext(name: keyof Vectors['cards']): OpenContext {
  const { agent: self, cardId, keyring } = goldenAgent(name)
  return {
    backend: nodeBackend,
    self,
    keyringOf: (of) => (of === cardId ? keyring : undefined),
    directory: goldenDirectory,
    now: () => vectorTime,
  }
}
