/** The cards a relay came across, by their id: anybody may ask for them, since the id checks the bytes (SPEC §2.2). */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Address, CardId } from '../core/ids.ts'
import type { CardDirectory, PublishedCard } from '../identity/card-directory.ts'

/** Cards kept: at most 4 KiB each. */
const maxCards = 4096

/** A directory that remembers the bytes of what it gave out. */
export class CardMirror implements CardDirectory {
  readonly #directory: CardDirectory
  readonly #cards = new Map<CardId, Uint8Array>()

  constructor(directory: CardDirectory) {
    this.#directory = directory
  }

  async current(agent: AgentRef): Promise<PublishedCard> {
    return this.#remember(await this.#directory.current(agent))
  }

  async byId(agent: AgentRef, cardId: CardId): Promise<PublishedCard> {
    return this.#remember(await this.#directory.byId(agent, cardId))
  }

  onChange(listener: (agent: Address | undefined) => void): () => void {
    return this.#directory.onChange?.(listener) ?? (() => {})
  }

  /** The bytes of a card; nothing when this relay has not come across it lately. */
  bytes(cardId: CardId): Uint8Array | undefined {
    return this.#cards.get(cardId)
  }

  /** Keeps a card as the one used last; the one used longest ago makes room. */
  #remember(published: PublishedCard): PublishedCard {
    const { cardId, cardBytes } = published
    this.#cards.delete(cardId)
    this.#cards.set(cardId, cardBytes)
    if (this.#cards.size > maxCards) this.#cards.delete(this.#cards.keys().next().value as CardId)
    return published
  }
}
