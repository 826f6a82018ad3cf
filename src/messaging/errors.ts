/** Why a message is not sealed, not opened, or not delivered. Facts name the message, never its bytes or its owner. */
import { HeraldError } from '../core/errors.ts'
import type { CardId, MessageId, Millis } from '../core/ids.ts'

/** The envelope is for another card or mailbox than those this agent holds keys for. */
export class NotForMeError extends HeraldError<{ messageId: MessageId; recipientCard: CardId }> {
  constructor(facts: { messageId: MessageId; recipientCard: CardId }) {
    super({
      name: 'Sealed.NotForMeError',
      code: 'sealed.not_for_me',
      retry: 'never',
      message: `message ${facts.messageId} is for another card`,
      facts,
    })
  }
}

/** The envelope is for a card of this agent whose keys are not kept here: a replica that was not told of a rotation. */
export class KeyMissingError extends HeraldError<{ messageId: MessageId; recipientCard: CardId }> {
  constructor(facts: { messageId: MessageId; recipientCard: CardId }) {
    super({
      name: 'Messaging.KeyMissingError',
      code: 'messaging.key_missing',
      retry: 'later',
      message: `message ${facts.messageId} is for this agent's card ${facts.recipientCard}, whose keys are not kept here`,
      facts,
    })
  }
}

/** The envelope names another suite than the card it is for: a downgrade, or damage. */
export class SuiteMismatchError extends HeraldError<{ messageId: MessageId; suite: number; expected: number }> {
  constructor(facts: { messageId: MessageId; suite: number; expected: number }) {
    super({
      name: 'Sealed.SuiteMismatchError',
      code: 'sealed.suite_mismatch',
      retry: 'never',
      message: `message ${facts.messageId} is sealed with another suite than the card fixes`,
      facts,
    })
  }
}

/** The message's time is over. */
export class ExpiredMessageError extends HeraldError<{ messageId: MessageId; expires: Millis; now: Millis }> {
  constructor(facts: { messageId: MessageId; expires: Millis; now: Millis }) {
    super({
      name: 'Sealed.ExpiredMessageError',
      code: 'sealed.expired',
      retry: 'never',
      message: `message ${facts.messageId} expired ${facts.now - facts.expires} ms ago`,
      facts,
    })
  }
}

/** The ciphertext does not open with this card's key, this header and this registry: damaged, moved or forged. */
export class OpenFailedError extends HeraldError<{ messageId: MessageId }> {
  constructor(facts: { messageId: MessageId }) {
    super({
      name: 'Sealed.OpenFailedError',
      code: 'sealed.open_failed',
      retry: 'never',
      message: `message ${facts.messageId} does not open: it was changed, or sealed for another recipient or registry`,
      facts,
    })
  }
}

/** The signature is not the sender card's over this content, header and recipient. */
export class SignatureInvalidError extends HeraldError<{ messageId: MessageId; senderCard: CardId }> {
  constructor(facts: { messageId: MessageId; senderCard: CardId }) {
    super({
      name: 'Sealed.SignatureInvalidError',
      code: 'sealed.signature_invalid',
      retry: 'never',
      message: `message ${facts.messageId} is not signed by the card it names`,
      facts,
    })
  }
}

/** The sender is registered elsewhere than this agent looks. */
export class ForeignSenderError extends HeraldError<{ messageId: MessageId; chainId: number }> {
  constructor(facts: { messageId: MessageId; chainId: number }) {
    super({
      name: 'Sealed.ForeignSenderError',
      code: 'sealed.foreign_sender',
      retry: 'never',
      message: `message ${facts.messageId} is from a registry on chain ${facts.chainId} that this agent does not trust`,
      facts,
    })
  }
}

/** The message was made later than our clock says it is, or lives longer than allowed. */
export class ClockWindowError extends HeraldError<{
  messageId: MessageId
  created: Millis
  now: Millis
  limit: Millis
}> {
  constructor(facts: { messageId: MessageId; created: Millis; now: Millis; limit: Millis }) {
    super({
      name: 'Sealed.ClockWindowError',
      code: 'sealed.clock_window',
      retry: 'refresh',
      message: `message ${facts.messageId} was made at ${facts.created}, which is outside the window around ${facts.now}`,
      facts,
    })
  }
}

/** The same message came before: it was handled (`handled`), or is being handled right now. */
export class ReplayedError extends HeraldError<{ messageId: MessageId; senderCard: CardId; handled: boolean }> {
  constructor(facts: { messageId: MessageId; senderCard: CardId; handled: boolean }) {
    super({
      name: 'Sealed.ReplayedError',
      code: 'sealed.replayed',
      retry: 'never',
      message: `message ${facts.messageId} came before`,
      facts,
    })
  }
}

/** There is no room to remember one more message, and one that is not remembered could be replayed. */
export class ReplayMemoryFullError extends HeraldError<{ limit: number }> {
  constructor(facts: { limit: number }) {
    super({
      name: 'Messaging.ReplayMemoryFullError',
      code: 'messaging.replay_memory_full',
      retry: 'later',
      message: `${facts.limit} messages are remembered against replays, and none of them has expired`,
      facts,
    })
  }
}

/** The recipient's sealing key is not a valid public key. */
export class UnusableCardError extends HeraldError<{ recipientCard: CardId }> {
  constructor(facts: { recipientCard: CardId }) {
    super({
      name: 'Sealed.UnusableCardError',
      code: 'sealed.unusable_card',
      retry: 'refresh',
      message: `nothing can be sealed for card ${facts.recipientCard}: its sealing key is not valid`,
      facts,
    })
  }
}

/** No message with this id is kept. */
export class UnknownMessageError extends HeraldError<{ messageId: MessageId }> {
  constructor(facts: { messageId: MessageId }) {
    super({
      name: 'Messaging.UnknownMessageError',
      code: 'messaging.unknown_message',
      retry: 'never',
      message: `message ${facts.messageId} is not kept here`,
      facts,
    })
  }
}

/** A stored row cannot be read back. */
export class CorruptRecordError extends HeraldError<{ table: string }> {
  constructor(facts: { table: string }, cause?: unknown) {
    super({
      name: 'Messaging.CorruptRecordError',
      code: 'messaging.corrupt_record',
      retry: 'never',
      message: `a row of table ${facts.table} cannot be read`,
      facts,
      cause,
    })
  }
}
