/**
 * The port through which everything above learns which cards an agent has published. The registry folder implements
 * it over a chain; tests implement it in memory. What it answers is verified: bytes match the id, and the card proves
 * possession of its keys.
 */
import type { AgentRef } from '../core/agent-ref.ts'
import type { Address, CardId, Seconds } from '../core/ids.ts'
import type { Card } from '../wire/card.ts'

/** Why a card was revoked, in the order of the contract's enum (names after RFC 5280 §5.3.1). */
export const revocationReasons = ['unspecified', 'key_compromise', 'superseded', 'cessation_of_operation'] as const
/** Why a card was revoked. */
export type RevocationReason = (typeof revocationReasons)[number]

/** What the registry records of one card (SPEC §7). */
export interface CardRecord {
  /** Block time of the publication. */
  readonly validFrom: Seconds
  /** First second at which the card is no longer valid; 0: open-ended. */
  readonly validUntil: Seconds
  /** Block time of the revocation; 0: not revoked. */
  readonly revokedAt: Seconds
  /** Since when the revoker claims the key was in other hands; 0: no such claim. */
  readonly compromisedSince: Seconds
  /** Position in the agent's history, from 0, without gaps. */
  readonly epoch: number
  readonly suite: number
  readonly reason: RevocationReason
  /** Low 32 bits of the block number of the publication: a hint for a log look-up, never authoritative. */
  readonly hint: number
}

/** A card with what the registry says of it. */
export interface PublishedCard {
  readonly agent: AgentRef
  readonly cardId: CardId
  readonly card: Card
  /** The card as published. */
  readonly cardBytes: Uint8Array
  readonly record: CardRecord
}

/** Looks cards up. */
export interface CardDirectory {
  /** The agent's current card, revoked or not. @throws `registry.*` when there is none or the chain cannot be asked */
  current(agent: AgentRef): Promise<PublishedCard>
  /** One card the agent has published at some time. @throws `registry.*` when it never did */
  byId(agent: AgentRef, cardId: CardId): Promise<PublishedCard>
  /**
   * Calls back when cards of an agent changed, or, without an agent, when any may have. Only a directory that follows
   * the chain has it. Returns a function that ends it.
   */
  onChange?(listener: (agent: Address | undefined) => void): () => void
}
