/**
 * What a verification answers: named checks, and one verdict over them (SPEC §6.4).
 *
 * The verdict is `failed` when any check failed. It is `incomplete` when nothing failed, but what was said or when is not
 * shown: the content is not revealed, the message is not anchored, or its opening was erased. Else it is `verified`. That
 * the recipient is not revealed takes nothing from the verdict, since a holder may keep it back; nor does a claim made
 * after the anchor (`disputed`), or a sender could take back any anchored word by disowning its key later.
 */
import type { CardId, Millis, Seconds } from '../core/ids.ts'
import type { RevocationReason } from '../identity/card-directory.ts'
import type { Content } from '../wire/inner-message.ts'

/** The checks, in the order in which they are answered. */
export const checkNames = [
  'chain',
  'signature',
  'card_published',
  'card_valid_when_signed',
  'card_valid_when_anchored_known_then',
  'card_valid_when_anchored_known_now',
  'content_matches',
  'recipient_matches',
  'anchored',
] as const
/** Which check. */
export type CheckName = (typeof checkNames)[number]

/**
 * What came of a check:
 * - `passed`, `failed`: it holds, or what the proof says is wrong;
 * - `disputed`: it held as far as was known when the message was anchored; a revocation recorded later claims that the
 *   key was in other hands by then;
 * - `not_revealed`: the holder keeps it back;
 * - `erased`: the opening that it needs was erased, which is no sign of tampering;
 * - `not_anchored`: it needs an anchor, and the proof has none;
 * - `not_checked`: a check that it builds on failed.
 */
export type Outcome = 'passed' | 'failed' | 'disputed' | 'not_revealed' | 'erased' | 'not_anchored' | 'not_checked'

/** What a check found. */
export interface Finding {
  readonly outcome: Outcome
  /** One sentence for a person. */
  readonly detail: string
}

/** A finding with the name of its check. */
export interface Check extends Finding {
  readonly name: CheckName
}

/** What the checks amount to. */
export type Verdict = 'verified' | 'failed' | 'incomplete'

/** A claim against the sender's key that was recorded after the message was anchored. */
export interface LaterClaim {
  /** Block time of the revocation. */
  readonly revokedAt: Seconds
  readonly reason: RevocationReason
  /** Since when the key is said to have been in other hands. */
  readonly compromisedSince: Seconds
}

/** The answer to a proof. What is undefined was not shown, or its check did not pass. */
export interface Verification {
  readonly verdict: Verdict
  /** One for each name, in the order of `checkNames`. */
  readonly checks: readonly Check[]
  /** Whom the proof names as sender, in CAIP-10. */
  readonly sender: string
  /** The id of the card in the proof. */
  readonly card: CardId
  /** When the sender says the message was made; undefined when the statement cannot be read. */
  readonly created: Millis | undefined
  /** When the message existed for certain: the time of the anchor's block. */
  readonly anchoredAt: Millis | undefined
  /** The number of that block. */
  readonly block: number | undefined
  /** What was said. */
  readonly content: Content | undefined
  /** To whom, in CAIP-10. */
  readonly recipient: string | undefined
  readonly laterClaim: LaterClaim | undefined
}

/** The verdict over all checks. */
export function verdictOf(checks: readonly Check[]): Verdict {
  const has = (...outcomes: readonly Outcome[]) => checks.some(({ outcome }) => outcomes.includes(outcome))
  if (has('failed', 'not_checked')) return 'failed'
  const withheld = checks.some(({ name, outcome }) => name === 'content_matches' && outcome === 'not_revealed')
  return withheld || has('erased', 'not_anchored') ? 'incomplete' : 'verified'
}

/** A check that holds. */
export function passed(detail: string): Finding {
  return { outcome: 'passed', detail }
}

/** A check that does not hold. */
export function failed(detail: string): Finding {
  return { outcome: 'failed', detail }
}

/** A check that could not be made, since another failed. */
export function notChecked(detail: string): Finding {
  return { outcome: 'not_checked', detail }
}

/** A time of a block as a person reads it. */
export function timeText(seconds: Seconds): string {
  const millis = seconds * 1000
  return Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString().replace('.000Z', 'Z') : `second ${seconds}`
}
