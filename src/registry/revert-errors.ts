/** What the AgentRegistry contract refuses: one class for each of its custom errors, with the values it gives back. */
import type { Hex } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import type { Address, CardId, Seconds } from '../core/ids.ts'

/** The account that sent the transaction may not act for the agent. */
export class UnauthorizedError extends HeraldError<{ agent: Address; caller: Address }> {
  constructor(facts: { agent: Address; caller: Address }) {
    super({
      name: 'Registry.UnauthorizedError',
      code: 'registry.unauthorized',
      retry: 'never',
      message: `${facts.caller} may not act for ${facts.agent}`,
      facts,
    })
  }
}

/** The zero address cannot be an agent. */
export class ZeroAgentError extends HeraldError {
  constructor() {
    super({
      name: 'Registry.ZeroAgentError',
      code: 'registry.zero_agent',
      retry: 'never',
      message: 'the zero address cannot be an agent',
      facts: {},
    })
  }
}

/** The card to replace is not the current one: another publication came first. */
export class StaleEpochError extends HeraldError<{ agent: Address; previous: CardId; current: CardId }> {
  constructor(facts: { agent: Address; previous: CardId; current: CardId }) {
    super({
      name: 'Registry.StaleEpochError',
      code: 'registry.stale_epoch',
      retry: 'refresh',
      message: `the current card of ${facts.agent} is ${facts.current}, not ${facts.previous}`,
      facts,
    })
  }
}

/** The replaced card cannot end before the block that replaces it. */
export class GraceInPastError extends HeraldError<{ previousValidUntil: Seconds; timestamp: Seconds }> {
  constructor(facts: { previousValidUntil: Seconds; timestamp: Seconds }) {
    super({
      name: 'Registry.GraceInPastError',
      code: 'registry.grace_in_past',
      retry: 'never',
      message: `previousValidUntil ${facts.previousValidUntil} is before the block time ${facts.timestamp}`,
      facts,
    })
  }
}

/** A first card replaces none, so it grants no grace period. */
export class GraceWithoutPreviousError extends HeraldError<{ agent: Address; previousValidUntil: Seconds }> {
  constructor(facts: { agent: Address; previousValidUntil: Seconds }) {
    super({
      name: 'Registry.GraceWithoutPreviousError',
      code: 'registry.grace_without_previous',
      retry: 'never',
      message: `the first card of ${facts.agent} replaces none, so previousValidUntil must be 0`,
      facts,
    })
  }
}

/** The agent has published this card before; a card never comes back. */
export class DuplicateCardError extends HeraldError<{ agent: Address; cardId: CardId }> {
  constructor(facts: { agent: Address; cardId: CardId }) {
    super({
      name: 'Registry.DuplicateCardError',
      code: 'registry.duplicate_card',
      retry: 'never',
      message: `${facts.agent} has published card ${facts.cardId} before`,
      facts,
    })
  }
}

/** The card is too short to be one. */
export class CardTooShortError extends HeraldError<{ length: number; minLength: number }> {
  constructor(facts: { length: number; minLength: number }) {
    super({
      name: 'Registry.CardTooShortError',
      code: 'registry.card_too_short',
      retry: 'never',
      message: `a card of ${facts.length} bytes is too short, at least ${facts.minLength} are needed`,
      facts,
    })
  }
}

/** The card is longer than the registry takes. */
export class CardTooLongError extends HeraldError<{ length: number; maxLength: number }> {
  constructor(facts: { length: number; maxLength: number }) {
    super({
      name: 'Registry.CardTooLongError',
      code: 'registry.card_too_long',
      retry: 'never',
      message: `a card of ${facts.length} bytes is too long, at most ${facts.maxLength} are taken`,
      facts,
    })
  }
}

/** The card is revoked already, and the first revocation is final. */
export class AlreadyRevokedError extends HeraldError<{ agent: Address; cardId: CardId; revokedAt: Seconds }> {
  constructor(facts: { agent: Address; cardId: CardId; revokedAt: Seconds }) {
    super({
      name: 'Registry.AlreadyRevokedError',
      code: 'registry.already_revoked',
      retry: 'never',
      message: `card ${facts.cardId} of ${facts.agent} was revoked already`,
      facts,
    })
  }
}

/** A compromise cannot start before the card was published, nor in the future. */
export class CompromiseOutOfRangeError extends HeraldError<{
  compromisedSince: Seconds
  validFrom: Seconds
  timestamp: Seconds
}> {
  constructor(facts: { compromisedSince: Seconds; validFrom: Seconds; timestamp: Seconds }) {
    super({
      name: 'Registry.CompromiseOutOfRangeError',
      code: 'registry.compromise_out_of_range',
      retry: 'never',
      message: `compromisedSince ${facts.compromisedSince} is not between ${facts.validFrom} and ${facts.timestamp}`,
      facts,
    })
  }
}

/** Nothing is known about a time before it has come. */
export class AsOfBeforeTimeError extends HeraldError<{ time: Seconds; asOf: Seconds }> {
  constructor(facts: { time: Seconds; asOf: Seconds }) {
    super({
      name: 'Registry.AsOfBeforeTimeError',
      code: 'registry.as_of_before_time',
      retry: 'never',
      message: `asOf ${facts.asOf} is before the time ${facts.time} asked about`,
      facts,
    })
  }
}

/** A guardian revokes as of now; only the controller can claim an earlier compromise. */
export class GuardianBackdatesError extends HeraldError<{
  agent: Address
  guardian: Address
  compromisedSince: Seconds
}> {
  constructor(facts: { agent: Address; guardian: Address; compromisedSince: Seconds }) {
    super({
      name: 'Registry.GuardianBackdatesError',
      code: 'registry.guardian_backdates',
      retry: 'never',
      message: `the guardian of ${facts.agent} cannot claim a compromise since ${facts.compromisedSince}, only revoke as of now`,
      facts,
    })
  }
}

/** The signature was to be used before its deadline, which has passed. */
export class ExpiredSignatureError extends HeraldError<{ agent: Address; deadline: Seconds; timestamp: Seconds }> {
  constructor(facts: { agent: Address; deadline: Seconds; timestamp: Seconds }) {
    super({
      name: 'Registry.ExpiredSignatureError',
      code: 'registry.expired_signature',
      retry: 'never',
      message: `the signature for ${facts.agent} expired at ${facts.deadline}, before the block time ${facts.timestamp}`,
      facts,
    })
  }
}

/** The signature is not the one of the agent's controller over these values, this chain and this contract. */
export class InvalidSignatureError extends HeraldError<{ agent: Address; controller: Address; digest: Hex }> {
  constructor(facts: { agent: Address; controller: Address; digest: Hex }) {
    super({
      name: 'Registry.InvalidSignatureError',
      code: 'registry.invalid_signature',
      retry: 'never',
      message: `the signature for ${facts.agent} is not one of ${facts.controller} over ${facts.digest}`,
      facts,
    })
  }
}

/** The signature has a high `s`, so that anybody could make a second one of it. */
export class MalleableSignatureError extends HeraldError<{ agent: Address; controller: Address; digest: Hex }> {
  constructor(facts: { agent: Address; controller: Address; digest: Hex }) {
    super({
      name: 'Registry.MalleableSignatureError',
      code: 'registry.malleable_signature',
      retry: 'never',
      message: `the signature for ${facts.agent} over ${facts.digest} has a high s`,
      facts,
    })
  }
}

/** A batch was sent with too little gas to give each publication its due. */
export class GasBelowFloorError extends HeraldError<{ index: number; gasLeft: number; gasFloor: number }> {
  constructor(facts: { index: number; gasLeft: number; gasFloor: number }) {
    super({
      name: 'Registry.GasBelowFloorError',
      code: 'registry.gas_below_floor',
      retry: 'never',
      message: `publication ${facts.index} of the batch needs ${facts.gasFloor} gas left, and ${facts.gasLeft} is`,
      facts,
    })
  }
}
