/**
 * Whether the sender's card spoke for its agent (SPEC §6.4), three times over, from one record of the registry. `created`
 * is only the signer's word; the anchor's block is what proves that the signature is no younger.
 *
 * - `card_valid_when_signed`: in force at `created`, as known now. A revocation that puts the key in doubt (any reason
 *   but `superseded` and `cessation_of_operation`) fails this unless the message was anchored before it was recorded:
 *   whoever holds a stolen key can write any `created`.
 * - `card_valid_when_anchored_known_then`: in force at `created`, as known at the anchor's block, with no such revocation
 *   recorded by then. Its answer never changes, whatever is published or revoked later.
 * - `card_valid_when_anchored_known_now`: at the anchor's block, as known now. A card that had merely been replaced or
 *   retired by then passes, since nothing speaks against its key.
 *
 * A compromise that is claimed after the anchor makes the first and third `disputed`, never `failed`: it is a claim about
 * the past by someone who may gain from it, and it is shown as one. A revocation in the anchor's own second counts as
 * earlier than the anchor.
 */
import type { Millis, Seconds } from '../core/ids.ts'
import { maxClockSkewMillis } from '../core/limits.ts'
import type { CardRecord } from '../identity/card-directory.ts'
import { cardStatusAt, isKeyInDoubt, timeBySkew } from '../identity/trust.ts'
import { type Finding, failed, type LaterClaim, passed, timeText } from './verification.ts'

/** What validity is judged by. */
export interface CardTimes {
  readonly record: CardRecord
  /** When the sender says the message was made. */
  readonly created: Millis
  /** Time of the block that provably holds the message; undefined when none does. */
  readonly anchoredAt: Seconds | undefined
}

/** With all that is recorded so far. */
const now = Number.MAX_SAFE_INTEGER

/** The claim against the key that was recorded after the anchor and covers the message, if there is one. */
export function laterClaimOf({ record, anchoredAt }: CardTimes): LaterClaim | undefined {
  if (anchoredAt === undefined || cardStatusAt(record, anchoredAt, now) !== 'compromised') return undefined
  const { revokedAt, reason, compromisedSince } = record
  return { revokedAt, reason, compromisedSince }
}

/** When the message was made: by its own word, but no later than the block that holds it. */
function madeAt({ record, created, anchoredAt = now }: CardTimes): Seconds {
  return Math.min(timeBySkew(record, created), anchoredAt)
}

function revocationText({ revokedAt, reason }: CardRecord): string {
  return `the card was revoked on ${timeText(revokedAt)} (${reason})`
}

function claimText(record: CardRecord): string {
  const since = timeText(record.compromisedSince)
  return `${revocationText(record)} with the claim that its key was in other hands since ${since}`
}

/** Why a card does not speak for its agent at a time; nothing when it does. */
function objection(record: CardRecord, time: Seconds, asOf: Seconds): string | undefined {
  switch (cardStatusAt(record, time, asOf)) {
    case 'valid':
      return undefined
    case 'revoked':
      return revocationText(record)
    case 'compromised':
      return claimText(record)
    case 'expired':
      return `the card had been replaced on ${timeText(record.validUntil)}`
    default:
      return `the card was not published before ${timeText(record.validFrom)}`
  }
}

function disputed(record: CardRecord): Finding {
  const detail = `It held when the message was anchored; later, ${claimText(record)}.`
  return { outcome: 'disputed', detail }
}

/** `card_valid_when_signed`. */
export function checkWhenSigned(times: CardTimes): Finding {
  const { record, anchoredAt } = times
  const time = madeAt(times)
  const provenOlder = anchoredAt !== undefined && anchoredAt < record.revokedAt
  const reason = objection(record, time, now)
  if (provenOlder && cardStatusAt(record, time, now) === 'compromised') return disputed(record)
  if (reason !== undefined) return failed(`At ${timeText(time)}, when the message says it was made, ${reason}.`)
  if (isKeyInDoubt(record, now) && !provenOlder)
    return failed(`Since ${revocationText(record)}, only an earlier anchor could show that the signature is older.`)
  return passed(`The card was in force at ${timeText(time)}, when the message says it was made.`)
}

/** `card_valid_when_anchored_known_then`. @param anchoredAt time of the anchor's block */
export function checkKnownThen(times: CardTimes, anchoredAt: Seconds): Finding {
  const { record, created } = times
  if (created > anchoredAt * 1000 + maxClockSkewMillis)
    return failed('The message says it was made after the block that holds it.')
  if (isKeyInDoubt(record, anchoredAt)) return failed(`When it was anchored, ${revocationText(record)}.`)
  const reason = objection(record, madeAt(times), anchoredAt)
  if (reason !== undefined) return failed(`As known when it was anchored, ${reason}.`)
  return passed(`As known at ${timeText(anchoredAt)}, when it was anchored, the card was in force.`)
}

/** `card_valid_when_anchored_known_now`. @param anchoredAt time of the anchor's block */
export function checkKnownNow({ record }: CardTimes, anchoredAt: Seconds): Finding {
  const status = cardStatusAt(record, anchoredAt, now)
  if (status === 'compromised') return disputed(record)
  const reason = objection(record, anchoredAt, now)
  const harmless = status === 'expired' || (status === 'revoked' && !isKeyInDoubt(record, now))
  if (reason !== undefined && !harmless) return failed(`When it was anchored, as known now, ${reason}.`)
  if (reason !== undefined) return passed(`By then ${reason}, and nothing speaks against its key.`)
  if (record.revokedAt !== 0) return passed(`The card was in force; only later, ${revocationText(record)}.`)
  return passed(`Nothing recorded since speaks against the card at ${timeText(anchoredAt)}.`)
}
