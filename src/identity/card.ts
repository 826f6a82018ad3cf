/** Making and checking cards: the possession signature and the card id (SPEC §2.1, §2.2). */
import type { AgentRef } from '../core/agent-ref.ts'
import { concatBytes, toHex, utf8 } from '../core/bytes.ts'
import type { CardId } from '../core/ids.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { encodeAgentRef } from '../wire/agent-ref.ts'
import { type Card, type CardKind, decodeCard, encodeCard, encodeUnsignedCard } from '../wire/card.ts'
import { PossessionError } from './errors.ts'
import type { Keyring } from './keyring.ts'

const label = utf8('herald/v1 possession')

/** What a card is made of. */
export interface CardOptions {
  readonly agent: AgentRef
  readonly keyring: Keyring
  readonly kind: CardKind
  /** Up to 4 relay URLs, best first. */
  readonly relays: readonly string[]
}

/** SPEC §2.1: the signature covers label, agent reference and all of the card before it. */
function possessionStatement(agent: AgentRef, unsignedCard: Uint8Array): Uint8Array {
  return concatBytes(label, encodeAgentRef(agent), unsignedCard)
}

/** keccak256 of the card's bytes, 32 bytes: what the registry keeps. */
export function cardIdOf(backend: Pick<CryptoBackend, 'keccak256'>, cardBytes: Uint8Array): CardId {
  return toHex(backend.keccak256(cardBytes)) as CardId
}

/** Makes a card for an agent and signs it with its own signing key. @throws a `wire.*` error on relays out of bounds */
export function createCard(
  backend: CryptoBackend,
  options: CardOptions,
): { card: Card; cardBytes: Uint8Array; cardId: CardId } {
  const { agent, keyring, kind, relays } = options
  const unsigned = {
    suite: keyring.suite,
    kind,
    signingKey: keyring.signingKey,
    sealingKey: keyring.sealingKey,
    relays,
  }
  const statement = possessionStatement(agent, encodeUnsignedCard(unsigned))
  const card: Card = { ...unsigned, possession: backend.ed25519Sign(keyring.signing, statement) }
  const cardBytes = encodeCard(card)
  return { card, cardBytes, cardId: cardIdOf(backend, cardBytes) }
}

/**
 * Trust decision: these bytes are a card, and whoever made it holds its signing key and meant it for this agent.
 *
 * @param cardBytes at most 4,096 bytes, from anywhere
 * @throws PossessionError, or a `wire.*` error
 */
export function verifyCard(
  backend: CryptoBackend,
  agent: AgentRef,
  cardBytes: Uint8Array,
): { card: Card; cardId: CardId } {
  const card = decodeCard(cardBytes)
  const statement = possessionStatement(agent, encodeUnsignedCard(card))
  if (!backend.ed25519Verify(card.signingKey, statement, card.possession)) throw new PossessionError({ agent })
  return { card, cardId: cardIdOf(backend, cardBytes) }
}
