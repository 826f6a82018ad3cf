/**
 * What a relay can refuse, and how its store can fail. Facts never hold message bytes, keys or the owner of a mailbox.
 */
import { HeraldError } from '../core/errors.ts'
import type { Millis } from '../core/ids.ts'

/** The message's time is over. */
export class ExpiredError extends HeraldError<{ expires: Millis; now: Millis }> {
  constructor(facts: { expires: Millis; now: Millis }) {
    super({
      name: 'Relay.ExpiredError',
      code: 'relay.expired',
      retry: 'never',
      message: `the message expired at ${facts.expires}, it is ${facts.now}`,
      facts,
    })
  }
}

/** The message asks to be kept longer than the protocol allows. */
export class ExpiryTooFarError extends HeraldError<{ expires: Millis; latest: Millis }> {
  constructor(facts: { expires: Millis; latest: Millis }) {
    super({
      name: 'Relay.ExpiryTooFarError',
      code: 'relay.expiry_too_far',
      retry: 'never',
      message: `the message expires at ${facts.expires}, at the latest ${facts.latest} is allowed`,
      facts,
    })
  }
}

/** Too many calls from one network address, by one session, or for one mailbox. */
export class RateLimitedError extends HeraldError<{ retryAfterSeconds: number }> {
  constructor(facts: { retryAfterSeconds: number }) {
    super({
      name: 'Relay.RateLimitedError',
      code: 'relay.rate_limited',
      retry: 'later',
      message: `too many calls, try again in ${facts.retryAfterSeconds} s`,
      facts,
    })
  }
}

/** The owner of the mailbox takes mail from others only: from registered senders, or from those it gave a token. */
export class WriteRefusedError extends HeraldError<{ policy: 'registered' | 'contacts' }> {
  constructor(facts: { policy: 'registered' | 'contacts' }) {
    super({
      name: 'Relay.WriteRefusedError',
      code: 'relay.write_refused',
      retry: 'never',
      message: `the mailbox takes mail of ${facts.policy} only`,
      facts,
    })
  }
}

/** The owner of the mailbox asks senders that it does not know for work on each message. */
export class StampRequiredError extends HeraldError<{ bits: number }> {
  constructor(facts: { bits: number }) {
    super({
      name: 'Relay.StampRequiredError',
      code: 'relay.stamp_required',
      retry: 'never',
      message: `the mailbox asks for a stamp of ${facts.bits} bits`,
      facts,
    })
  }
}

/** The mailbox holds as much as the relay keeps for one. */
export class MailboxFullError extends HeraldError<{ maxMessages: number; maxBytes: number }> {
  constructor(facts: { maxMessages: number; maxBytes: number }) {
    super({
      name: 'Relay.MailboxFullError',
      code: 'relay.mailbox_full',
      retry: 'later',
      message: `the mailbox is full: at most ${facts.maxMessages} messages and ${facts.maxBytes} bytes`,
      facts,
    })
  }
}

/** The shelf holds as many key packages as the relay keeps for one mailbox. None of those sent was kept. */
export class ShelfFullError extends HeraldError<{ maxPackages: number; maxBytes: number }> {
  constructor(facts: { maxPackages: number; maxBytes: number }) {
    super({
      name: 'Relay.ShelfFullError',
      code: 'relay.shelf_full',
      retry: 'later',
      message: `the shelf is full: at most ${facts.maxPackages} key packages and ${facts.maxBytes} bytes`,
      facts,
    })
  }
}

/** A request body is longer than its limit; the rest of it was not read. */
export class BodyTooLargeError extends HeraldError<{ limit: number }> {
  constructor(facts: { limit: number }) {
    super({
      name: 'Relay.BodyTooLargeError',
      code: 'relay.body_too_large',
      retry: 'never',
      message: `the request has more than ${facts.limit} bytes`,
      facts,
    })
  }
}

/** A request is not in the form it has to have. */
export class MalformedRequestError extends HeraldError<{ field: string; expected: string }> {
  constructor(facts: { field: string; expected: string }) {
    super({
      name: 'Relay.MalformedRequestError',
      code: 'relay.malformed_request',
      retry: 'never',
      message: `${facts.field} must be ${facts.expected}`,
      facts,
    })
  }
}

/** There is nothing of this name: no such path, or nothing that this client may have. */
export class NotFoundError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.NotFoundError',
      code: 'relay.not_found',
      retry: 'never',
      message: 'there is nothing of this name',
      facts: {},
    })
  }
}

/** The path is served by another method. */
export class MethodNotAllowedError extends HeraldError<{ allowed: string }> {
  constructor(facts: { allowed: string }) {
    super({
      name: 'Relay.MethodNotAllowedError',
      code: 'relay.method_not_allowed',
      retry: 'never',
      message: `use ${facts.allowed}`,
      facts,
    })
  }
}

/** The proof of ownership failed. The same for an unknown agent, an invalid card and a wrong signature. */
export class UnauthorizedError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.UnauthorizedError',
      code: 'relay.unauthorized',
      retry: 'refresh',
      message: 'the challenge was not answered by a valid card of that agent',
      facts: {},
    })
  }
}

/** The challenge is forged, was used before, or was made for something else or too long ago. */
export class ChallengeInvalidError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.ChallengeInvalidError',
      code: 'relay.challenge_invalid',
      retry: 'refresh',
      message: 'the challenge is not one this relay waits for: ask for a new one',
      facts: {},
    })
  }
}

/** The session token is missing, forged, expired or made for another relay. */
export class SessionInvalidError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.SessionInvalidError',
      code: 'relay.session_invalid',
      retry: 'refresh',
      message: 'there is no valid session: open a new one',
      facts: {},
    })
  }
}

/** The chain could not be asked which card is valid. */
export class DirectoryUnavailableError extends HeraldError<Record<string, never>> {
  constructor(cause: unknown) {
    super({
      name: 'Relay.DirectoryUnavailableError',
      code: 'relay.directory_unavailable',
      retry: 'later',
      message: 'the registry cannot be asked at the moment',
      facts: {},
      cause,
    })
  }
}

/** A WebSocket client did what the protocol does not allow at this point. */
export class ProtocolViolationError extends HeraldError<{ expected: string }> {
  constructor(facts: { expected: string }) {
    super({
      name: 'Relay.ProtocolViolationError',
      code: 'relay.protocol_violation',
      retry: 'never',
      message: `expected ${facts.expected}`,
      facts,
    })
  }
}

/** A reader did not take what was sent to it in time. */
export class SlowConsumerError extends HeraldError<{ bufferedBytes: number }> {
  constructor(facts: { bufferedBytes: number }) {
    super({
      name: 'Relay.SlowConsumerError',
      code: 'relay.slow_consumer',
      retry: 'later',
      message: `the reader left ${facts.bufferedBytes} bytes unread for too long`,
      facts,
    })
  }
}

/** The relay is stopping. */
export class ShuttingDownError extends HeraldError<Record<string, never>> {
  constructor() {
    super({
      name: 'Relay.ShuttingDownError',
      code: 'relay.shutting_down',
      retry: 'later',
      message: 'the relay is stopping',
      facts: {},
    })
  }
}

/** Something went wrong that no request should be able to cause. */
export class InternalError extends HeraldError<Record<string, never>> {
  constructor(cause: unknown) {
    super({
      name: 'Relay.InternalError',
      code: 'relay.internal',
      retry: 'later',
      message: 'the relay failed to handle the request',
      facts: {},
      cause,
    })
  }
}
