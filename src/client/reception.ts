/**
 * The way in: lease, open, check, hand to handlers, acknowledge (DESIGN §5, the pipeline). What is refused for good is
 * dropped and reported; what cannot be judged now is given back; what a handler rejects comes again.
 */

import type { Ambient } from '../core/ambient.ts'
import { HeraldError } from '../core/errors.ts'
import type { MessageId, Millis } from '../core/ids.ts'
import { ClockWindowError, ReplayedError } from '../messaging/errors.ts'
import type { Received, Receiver } from '../messaging/inbox/receiver.ts'
import type { Delivery, Inbox } from '../transport/port.ts'
import type { Emitter } from './events.ts'
import { type ReceivedMessage, type Replier, receivedMessage } from './received-message.ts'
import { Rejections } from './rejections.ts'
import type { Requests } from './requests.ts'
import type { Turns } from './turns.ts'
import { type WriteTokens, writeTokenType } from './write-tokens.ts'

/** What reception needs. */
export interface ReceptionOptions {
  readonly receiver: Receiver
  readonly requests: Requests
  readonly emitter: Emitter
  readonly turns: Turns
  readonly replier: Replier
  /** Takes what is for the client itself. */
  readonly tokens: Pick<WriteTokens, 'take'>
  readonly ambient: Pick<Ambient, 'now'>
  /** How long a delivery is ours; what has waited longer for its turn is left to its next delivery. */
  readonly leaseMillis: Millis
}

/** Why a message was not handed out: another reader may have it by now. */
const leaseOver = new Error('the lease ran out before the message had its turn')

/** How a delivery ends: the relay forgets it, delivers it again at once, or when its lease has run out. */
type Ending = 'acknowledge' | 'release' | 'lapse'

/** What is wrong with a message itself; anything else says only what we could not find out or keep. */
const aboutMessage = /^(core|wire|sealed|identity)\./
/** What the chain may not have shown yet: a card published this minute. */
const notSeenYet: readonly string[] = ['registry.not_registered', 'registry.unknown_card']
/** A sender that is not on the chain after this many deliveries is none. */
const maxUnknownAttempts = 3

/** Whether an error will not change: the message is refused for good. */
function isFinal(error: unknown, attempt: number): error is HeraldError {
  if (!(error instanceof HeraldError)) return false
  if (notSeenYet.includes(error.code)) return attempt >= maxUnknownAttempts
  // A message from the future is in order once our clock gets there, unless it expires before.
  if (error instanceof ClockWindowError && error.facts.created > error.facts.now) return false
  return aboutMessage.test(error.code)
}

/** A message on its way to whoever handles it. */
interface Settled {
  readonly message: ReceivedMessage
  readonly handled: Promise<void>
}

/** Takes messages in. */
export interface Reception {
  /** Opens one envelope that came by any way, and hands it out. @throws what refuses it */
  take(envelope: Uint8Array): Promise<ReceivedMessage>
  /** Works an inbox until it ends. @throws a `transport.*` error when the relay is lost */
  work(inbox: Inbox): Promise<void>
}

/** Remembers a message as handled once whoever takes it is through; what was not taken may come again. */
function whenTaken(received: Received, taken: Promise<unknown>): Promise<void> {
  return taken.then(received.done, (error) => {
    received.abandon()
    throw error
  })
}

/** Tells the relay how a delivery ended. */
async function finish(inbox: Inbox, seq: number, ended: Promise<Ending>): Promise<void> {
  // A relay that is lost here delivers again, and the replay store knows the message: nothing is handled twice.
  const ending = await ended
  if (ending === 'lapse') return
  await (ending === 'acknowledge' ? inbox.acknowledge([seq]) : inbox.release([seq])).catch(() => undefined)
}

/** Creates the way in. */
export function createReception(options: ReceptionOptions): Reception {
  const { receiver, requests, emitter, turns, replier, tokens, ambient, leaseMillis } = options
  const rejections = new Rejections()

  /** Hands a message to its handlers in its turn; resolves when they are through. */
  function handOut(received: Received, message: ReceivedMessage, until: Millis): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    turns.add({
      priority: message.priority,
      run: async () => {
        await emitter.handled('message')
        if (ambient.now() >= until) return reject(leaseOver)
        await emitter.emit('message', message).then(resolve, reject)
      },
    })
    return whenTaken(received, promise)
  }

  /** Keeps a token, gives a message to the request it answers, or puts it in line for its handlers. */
  function settle(received: Received, until: Millis): Settled {
    const message = receivedMessage(received, replier)
    if (message.contentType === writeTokenType) return { message, handled: whenTaken(received, tokens.take(received)) }
    const handled = requests.settle(message) ? received.done() : handOut(received, message, until)
    return { message, handled }
  }

  function handlerFailed(messageId: MessageId, error: unknown): Ending {
    if (error === leaseOver) return 'lapse'
    if (!rejections.add(messageId)) return 'release'
    emitter.inform('unhandled', { messageId, error })
    return 'acknowledge'
  }

  function refused(error: unknown, attempt: number): Ending {
    if (!isFinal(error, attempt)) {
      emitter.inform('deferred', { error })
      return 'lapse'
    }
    if (error instanceof ReplayedError) {
      // Still with a handler: its own delivery decides. A second delivery of a handled one: only the acknowledgement
      // was lost, and that is no news.
      if (!error.facts.handled) return 'lapse'
      if (attempt > 1) return 'acknowledge'
    }
    emitter.inform('refused', { error })
    return 'acknowledge'
  }

  /**
   * Opens a delivery at once, side by side with others, and puts it in line after those that came before it.
   *
   * @param before resolves when those are in line
   */
  function handle(delivery: Delivery, before: Promise<void>): { inLine: Promise<void>; ended: Promise<Ending> } {
    const opening = receiver.receive(delivery.envelope)
    // By our clock, since the relay's may differ.
    const until = ambient.now() + leaseMillis
    const settled = Promise.allSettled([opening, before]).then(async () => settle(await opening, until))
    const ended = settled.then(
      ({ message, handled }) =>
        handled.then(
          (): Ending => 'acknowledge',
          (error) => handlerFailed(message.id, error),
        ),
      (error) => refused(error, delivery.attempt),
    )
    const placed = () => undefined
    return { inLine: settled.then(placed, placed), ended }
  }

  return {
    async take(envelope) {
      const { message, handled } = settle(await receiver.receive(envelope), Number.POSITIVE_INFINITY)
      handled.catch((error) => emitter.inform('unhandled', { messageId: message.id, error }))
      return message
    },
    async work(inbox) {
      let line = Promise.resolve()
      for await (const delivery of inbox.deliveries()) {
        const { inLine, ended } = handle(delivery, line)
        line = inLine
        void finish(inbox, delivery.seq, ended)
      }
    },
  }
}
