/** Why a key or a card is not to be trusted. */
import type { AgentRef } from '../core/agent-ref.ts'
import { HeraldError } from '../core/errors.ts'
import type { CardId, Seconds } from '../core/ids.ts'

/** A card's possession signature is not by its own signing key, or is for another agent, registry or chain. */
export class PossessionError extends HeraldError<{ agent: AgentRef }> {
  constructor(facts: { agent: AgentRef }) {
    super({
      name: 'Identity.PossessionError',
      code: 'identity.possession',
      retry: 'never',
      message: `the card does not prove that ${facts.agent.address} holds its keys`,
      facts,
    })
  }
}

interface CardTimeFacts {
  agent: AgentRef
  cardId: CardId
  /** The time asked about. */
  time: Seconds
}

/** The card was revoked at or before the time asked about. */
export class CardRevokedError extends HeraldError<CardTimeFacts & { revokedAt: Seconds; reason: string }> {
  constructor(facts: CardTimeFacts & { revokedAt: Seconds; reason: string }) {
    super({
      name: 'Identity.CardRevokedError',
      code: 'identity.card_revoked',
      retry: 'refresh',
      message: `card ${facts.cardId} of ${facts.agent.address} was revoked (${facts.reason})`,
      facts,
    })
  }
}

/** The card was revoked later, with the claim that its key was in other hands at the time asked about. */
export class CardCompromisedError extends HeraldError<CardTimeFacts & { compromisedSince: Seconds }> {
  constructor(facts: CardTimeFacts & { compromisedSince: Seconds }) {
    super({
      name: 'Identity.CardCompromisedError',
      code: 'identity.card_compromised',
      retry: 'refresh',
      message: `the key of card ${facts.cardId} is said to have been in other hands at that time`,
      facts,
    })
  }
}

/** The card was not published yet at the time asked about. */
export class CardNotYetValidError extends HeraldError<CardTimeFacts & { validFrom: Seconds }> {
  constructor(facts: CardTimeFacts & { validFrom: Seconds }) {
    super({
      name: 'Identity.CardNotYetValidError',
      code: 'identity.card_not_yet_valid',
      retry: 'never',
      message: `card ${facts.cardId} of ${facts.agent.address} was not published yet`,
      facts,
    })
  }
}

/** The card had been replaced, and its grace period was over, at the time asked about. */
export class CardExpiredError extends HeraldError<CardTimeFacts & { validUntil: Seconds }> {
  constructor(facts: CardTimeFacts & { validUntil: Seconds }) {
    super({
      name: 'Identity.CardExpiredError',
      code: 'identity.card_expired',
      retry: 'refresh',
      message: `card ${facts.cardId} of ${facts.agent.address} had been replaced`,
      facts,
    })
  }
}
