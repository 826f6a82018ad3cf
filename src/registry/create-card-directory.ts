/**
 * The card directory over a registry (DESIGN: resolver). What it gives out is checked: bytes against the card id, the
 * card against its possession signature, and each answer of the endpoint against what the chain said before. Card bytes
 * never change and are kept; what is asked anew is the record, for that is where a revocation shows.
 */
import { type AgentRef, sameAgent } from '../core/agent-ref.ts'
import { type Ambient, systemAmbient } from '../core/ambient.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address, CardId, Millis } from '../core/ids.ts'
import { cardExpiredMillis, cardFreshMillis } from '../core/limits.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { verifyCard } from '../identity/card.ts'
import type { CardDirectory, CardRecord, PublishedCard } from '../identity/card-directory.ts'
import type { Card } from '../wire/card.ts'
import { AnswerPins } from './answer-pins.ts'
import { CardBytesMismatchError, ForeignRegistryError, NotRegisteredError, UnknownCardError } from './errors.ts'
import { RefreshingCache } from './refreshing-cache.ts'
import type { CardReader, CurrentCard, RegistryClient } from './registry-client.ts'
import { watchRegistry } from './watch-registry.ts'

/** What a directory reads from, and how long it trusts its memory. */
export interface CardDirectoryOptions {
  readonly client: RegistryClient
  /** Reads cards and records in place of the client, which then is only watched (`createProvenReader`). */
  readonly reader?: CardReader | undefined
  readonly backend: CryptoBackend
  readonly ambient?: Ambient
  /** A record is given for this long without asking the chain. Default 15 s. */
  readonly freshMillis?: Millis
  /** A record is given for at most this long while the chain cannot be asked. Default 5 min. */
  readonly expiredMillis?: Millis
  /** Cards kept. Default 1,024. */
  readonly maxCards?: number
  /** Follow the registry's events from the first look-up on, so that changes show before a record is stale. */
  readonly watch?: boolean
  /** Pause between two polls for events. Default 4 s. */
  readonly pollMillis?: Millis
}

/** A directory that may be watching the chain; dispose of it to stop. */
export type WatchingCardDirectory = CardDirectory & AsyncDisposable

interface CheckedCard {
  readonly card: Card
  readonly cardBytes: Uint8Array
}

const defaultMaxCards = 1024
const defaultPollMillis = 4000
/** Agents and cards whose last state is remembered; far more than are kept, since each costs little. */
const pinsPerCard = 16

/** Errors that say nothing about what the chain holds, only that it cannot be asked. */
const outages: readonly string[] = [
  'registry.rpc_unreachable',
  'registry.rpc_refused',
  'registry.rpc_failed',
  'registry.malformed_answer',
  'registry.quorum_unreachable',
  'registry.proof_unavailable',
  'registry.block_stale',
]

function isOutage(error: unknown): boolean {
  return error instanceof HeraldError && outages.includes(error.code)
}

/** The caches of a directory, and how each is filled. */
class CardSource {
  readonly #reader: CardReader
  readonly #endpoint: string
  readonly #backend: CryptoBackend
  readonly #pins: AnswerPins
  readonly #currents: RefreshingCache<CurrentCard>
  readonly #records: RefreshingCache<CardRecord>
  readonly #cards: RefreshingCache<CheckedCard>

  constructor(options: CardDirectoryOptions) {
    this.#reader = options.reader ?? options.client
    this.#endpoint = options.client.rpc.endpoint
    this.#backend = options.backend
    const { freshMillis = cardFreshMillis, expiredMillis = cardExpiredMillis, maxCards = defaultMaxCards } = options
    const common = { capacity: maxCards, ambient: options.ambient ?? systemAmbient, isOutage }
    this.#pins = new AnswerPins(maxCards * pinsPerCard)
    this.#currents = new RefreshingCache({ ...common, freshMillis, expiredMillis })
    this.#records = new RefreshingCache({ ...common, freshMillis, expiredMillis })
    const forEver = Number.POSITIVE_INFINITY
    this.#cards = new RefreshingCache({ ...common, freshMillis: forEver, expiredMillis: forEver })
  }

  current(agent: AgentRef): Promise<CurrentCard> {
    return this.#currents.get(agent.address, async () => {
      const answer = await this.#reader.current(agent.address)
      const changed = this.#pins.checkCurrent(agent.address, answer)
      // What one look-up learns, the other must not contradict: a revocation seen here counts for every message.
      for (const cardId of changed) this.#records.delete(`${agent.address}:${cardId}`)
      if (answer === undefined) throw new NotRegisteredError({ agent })
      return answer
    })
  }

  record({ address }: AgentRef, cardId: CardId): Promise<CardRecord> {
    return this.#records.get(`${address}:${cardId}`, async () => {
      const answer = await this.#reader.record(address, cardId)
      if (this.#pins.checkRecord(address, cardId, answer)) this.#currents.delete(address)
      if (answer === undefined) throw new UnknownCardError({ agent: address, cardId })
      return answer
    })
  }

  card(agent: AgentRef, cardId: CardId, record: CardRecord): Promise<CheckedCard> {
    return this.#cards.get(`${agent.address}:${cardId}`, async () => {
      const cardBytes = await this.#reader.cardBytes(agent.address, cardId, record)
      const verified = verifyCard(this.#backend, agent, cardBytes)
      if (verified.cardId !== cardId)
        throw new CardBytesMismatchError({
          endpoint: this.#endpoint,
          agent: agent.address,
          cardId,
          actual: verified.cardId,
        })
      return { card: verified.card, cardBytes }
    })
  }

  /** Forgets what the chain said of an agent's cards, not the cards themselves. */
  forget(agent: Address, cardIds: readonly CardId[]): void {
    this.#currents.delete(agent)
    for (const cardId of cardIds) this.#records.delete(`${agent}:${cardId}`)
  }

  forgetAll(): void {
    this.#currents.clear()
    this.#records.clear()
  }
}

/**
 * Opens a directory of the cards under one registry.
 *
 * Its look-ups throw `registry.foreign_registry` for an agent of another registry, `registry.not_registered`,
 * `registry.unknown_card`, `registry.stale_answer` when the endpoint takes back what the chain said before,
 * `identity.possession` and `wire.*` for a card that is none, and why the endpoint cannot be asked.
 */
export function createCardDirectory(options: CardDirectoryOptions): WatchingCardDirectory {
  const { client } = options
  const source = new CardSource(options)
  let watcher: { stop(): void } | undefined
  let disposed = false
  const listeners = new Set<(agent: Address | undefined) => void>()
  const tell = (agent: Address | undefined) => {
    for (const listener of listeners) listener(agent)
  }

  const enter = (agent: AgentRef): void => {
    const { chainId, registry } = client
    if (!sameAgent(agent, { chainId, registry, address: agent.address }))
      throw new ForeignRegistryError({ agent, chainId, registry })
    if (!options.watch || disposed) return
    watcher ??= watchRegistry({
      rpc: client.rpc,
      registry,
      pollMillis: options.pollMillis ?? defaultPollMillis,
      onChange: (changed, cardIds) => {
        source.forget(changed, cardIds)
        tell(changed)
      },
      onGap: () => {
        source.forgetAll()
        tell(undefined)
      },
    })
  }
  const published = async (agent: AgentRef, cardId: CardId, record: CardRecord): Promise<PublishedCard> => {
    const { card, cardBytes } = await source.card(agent, cardId, record)
    return { agent, cardId, card, cardBytes, record }
  }
  return {
    current: async (agent) => {
      enter(agent)
      const { cardId, record } = await source.current(agent)
      return published(agent, cardId, record)
    },
    byId: async (agent, cardId) => {
      enter(agent)
      return published(agent, cardId, await source.record(agent, cardId))
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true
      watcher?.stop()
    },
  }
}
