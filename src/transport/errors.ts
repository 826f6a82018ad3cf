/** What can go wrong between an agent and its relays. Facts name the relay, never a mailbox or its owner. */
import { HeraldError, type RetryVerdict } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'

/** The relay cannot be reached, or the connection broke before it answered. */
export class UnreachableError extends HeraldError<{ relay: string }> {
  constructor(facts: { relay: string }, cause?: unknown) {
    super({
      name: 'Transport.UnreachableError',
      code: 'transport.unreachable',
      retry: 'later',
      message: `${facts.relay} cannot be reached`,
      facts,
      cause,
    })
  }
}

/** The relay did not answer in time. It may have kept the message all the same; submitting it again is harmless. */
export class TimeoutError extends HeraldError<{ relay: string; millis: Millis }> {
  constructor(facts: { relay: string; millis: Millis }) {
    super({
      name: 'Transport.TimeoutError',
      code: 'transport.timeout',
      retry: 'later',
      message: `${facts.relay} gave no answer within ${facts.millis} ms`,
      facts,
    })
  }
}

/** What a relay's refusal says. */
export interface Refusal {
  readonly relay: string
  /** HTTP status, 0 over a WebSocket. */
  readonly status: number
  /** The relay's code. */
  readonly refusal: string
  /** Bits of the stamp that `relay.stamp_required` asks for. */
  readonly stampBits?: number
  /** The policy that `relay.write_refused` states. */
  readonly policy?: 'registered' | 'contacts'
}

/** The relay answered no; `refusal` is its code. */
export class RefusedError extends HeraldError<Refusal> {
  /** @param retry what the relay's code or status says */
  constructor(facts: Refusal, retry: RetryVerdict) {
    super({
      name: 'Transport.RefusedError',
      code: 'transport.refused',
      retry,
      message: `${facts.relay} refused with ${facts.refusal}, which docs/errors.md explains`,
      facts,
    })
  }
}

/** The relay's answer is not one of this protocol. */
export class MalformedAnswerError extends HeraldError<{ relay: string; expected: string }> {
  constructor(facts: { relay: string; expected: string }) {
    super({
      name: 'Transport.MalformedAnswerError',
      code: 'transport.malformed_answer',
      retry: 'later',
      message: `${facts.relay} did not answer with ${facts.expected}`,
      facts,
    })
  }
}

/** The relay's receipt is not for what was sent, or not signed by the relay. It counts as no receipt. */
export class ReceiptInvalidError extends HeraldError<{ relay: string; field: string }> {
  constructor(facts: { relay: string; field: string }) {
    super({
      name: 'Transport.ReceiptInvalidError',
      code: 'transport.receipt_invalid',
      retry: 'later',
      message: `the receipt of ${facts.relay} has the wrong ${facts.field}`,
      facts,
    })
  }
}

/** The relay signs with another key than it did before. */
export class RelayKeyChangedError extends HeraldError<{ relay: string; known: string; found: string }> {
  constructor(facts: { relay: string; known: string; found: string }) {
    super({
      name: 'Transport.RelayKeyChangedError',
      code: 'transport.relay_key_changed',
      retry: 'later',
      message: `${facts.relay} signed with ${facts.found}, known is ${facts.known}`,
      facts,
    })
  }
}

/** The relay asks to sign a challenge that is not for this relay, mailbox or card: it may be another relay's. */
export class ChallengeRefusedError extends HeraldError<{ relay: string; field: string }> {
  constructor(facts: { relay: string; field: string }) {
    super({
      name: 'Transport.ChallengeRefusedError',
      code: 'transport.challenge_refused',
      retry: 'never',
      message: `${facts.relay} gave a challenge with another ${facts.field}: nothing was signed`,
      facts,
    })
  }
}

/** The connection broke; messages that were not acknowledged come again. */
export class ConnectionLostError extends HeraldError<{ relay: string }> {
  constructor(facts: { relay: string }) {
    super({
      name: 'Transport.ConnectionLostError',
      code: 'transport.connection_lost',
      retry: 'later',
      message: `the connection to ${facts.relay} was lost`,
      facts,
    })
  }
}

/** Some messages were not on lease any more when they were acknowledged or released: they may be delivered again. */
export class LeaseLostError extends HeraldError<{ relay: string; asked: number; done: number }> {
  constructor(facts: { relay: string; asked: number; done: number }) {
    super({
      name: 'Transport.LeaseLostError',
      code: 'transport.lease_lost',
      retry: 'never',
      message: `${facts.asked - facts.done} of ${facts.asked} messages were no longer on lease`,
      facts,
    })
  }
}

/** There is no relay to send to. */
export class NoRelayError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Transport.NoRelayError',
      code: 'transport.no_relay',
      retry: 'refresh',
      message: 'the recipient names no relay',
      facts: {},
    })
  }
}

/** The caller ended the call. */
export class AbortedError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Transport.AbortedError',
      code: 'transport.aborted',
      retry: 'later',
      message: 'the call was ended by its caller',
      facts: {},
    })
  }
}

/** The transport or the inbox was disposed of. */
export class ClosedError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Transport.ClosedError',
      code: 'transport.closed',
      retry: 'never',
      message: 'it is closed',
      facts: {},
    })
  }
}
