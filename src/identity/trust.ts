/**
 * Trust decisions about cards, each a named function (SPEC §7.2). Mirrors `AgentRegistry.statusAt`, so that a record
 * read once answers for every time.
 */
import type { Millis, Seconds } from '../core/ids.ts'
import { maxClockSkewMillis } from '../core/limits.ts'
import type { CardRecord, PublishedCard, RevocationReason } from './card-directory.ts'
import { CardCompromisedError, CardExpiredError, CardNotYetValidError, CardRevokedError } from './errors.ts'

/** The statuses, in the order of the contract's enum `CardStatus`. */
export const cardStatuses = ['unknown', 'not_yet_valid', 'valid', 'expired', 'revoked', 'compromised'] as const
/** What a card was at one time, as known at another. */
export type CardStatus = (typeof cardStatuses)[number]

/** Whether the revocation, as far as it was known at `asOf`, covers `time`. */
function revocationAt(record: CardRecord, time: Seconds, asOf: Seconds): 'revoked' | 'compromised' | undefined {
  if (record.revokedAt === 0 || record.revokedAt > asOf) return undefined
  if (time >= record.revokedAt) return 'revoked'
  return record.compromisedSince !== 0 && time >= record.compromisedSince ? 'compromised' : undefined
}

/**
 * The card's status at `time`, as it was known at `asOf`; never changes for a past `asOf`.
 *
 * @param asOf not before `time`
 */
export function cardStatusAt(record: CardRecord, time: Seconds, asOf: Seconds): CardStatus {
  if (asOf < record.validFrom) return 'unknown'
  if (time < record.validFrom) return 'not_yet_valid'
  const revocation = revocationAt(record, time, asOf)
  if (revocation !== undefined) return revocation
  return record.validUntil !== 0 && time >= record.validUntil ? 'expired' : 'valid'
}

/**
 * Trust decision: this card speaks for its agent at `time`, as known at `asOf`.
 *
 * @throws CardRevokedError, CardCompromisedError, CardExpiredError or CardNotYetValidError
 */
export function assertCardValidAt(published: PublishedCard, time: Seconds, asOf: Seconds = time): void {
  const { agent, cardId, record } = published
  const facts = { agent, cardId, time }
  switch (cardStatusAt(record, time, asOf)) {
    case 'valid':
      return
    case 'revoked':
      throw new CardRevokedError({ ...facts, revokedAt: record.revokedAt, reason: record.reason })
    case 'compromised':
      throw new CardCompromisedError({ ...facts, compromisedSince: record.compromisedSince })
    case 'expired':
      throw new CardExpiredError({ ...facts, validUntil: record.validUntil })
    default:
      throw new CardNotYetValidError({ ...facts, validFrom: record.validFrom })
  }
}

/** A revocation for these reasons says nothing against what the key signed before it. */
const harmlessReasons: readonly RevocationReason[] = ['superseded', 'cessation_of_operation']

/**
 * Trust decision: a revocation recorded by `asOf` puts in doubt all that the key signed, whenever that was: whoever holds
 * a stolen key can write any time (SPEC §7.3).
 */
export function isKeyInDoubt({ revokedAt, reason }: CardRecord, asOf: Seconds): boolean {
  return revokedAt !== 0 && revokedAt <= asOf && !harmlessReasons.includes(reason)
}

/** Block clocks and message clocks differ: a message made a little before its card's block counts as made at it. */
export function timeBySkew(record: CardRecord, created: Millis): Seconds {
  const early = record.validFrom * 1000 - created
  return early > 0 && early <= maxClockSkewMillis ? record.validFrom : Math.floor(created / 1000)
}

/**
 * Trust decision: a message that arrives now and says it was made at `created` may be believed to be from this card.
 * Whoever holds a stolen key can write any `created`, so once a card is revoked for a reason that puts its key in doubt,
 * nothing that arrives by it is believed, whatever time it states (SPEC §7.3). What was anchored before stays provable.
 *
 * @throws CardRevokedError, CardCompromisedError, CardExpiredError or CardNotYetValidError
 */
export function assertSenderTrusted(published: PublishedCard, created: Millis): void {
  const { agent, cardId, record } = published
  const time = timeBySkew(record, created)
  if (isKeyInDoubt(record, Number.MAX_SAFE_INTEGER))
    throw new CardRevokedError({ agent, cardId, time, revokedAt: record.revokedAt, reason: record.reason })
  assertCardValidAt(published, time, Number.MAX_SAFE_INTEGER)
}
