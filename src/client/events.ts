/** What an agent tells its user about, and a small typed emitter for it. */
import { type HeraldError, InvalidArgumentError } from '../core/errors.ts'
import type { MessageId } from '../core/ids.ts'
import type { ReceivedMessage } from './received-message.ts'

/** The events of an agent. */
export interface AgentEvents {
  /** A verified message. It is acknowledged once every handler has resolved; a handler that rejects gets it again. */
  message: ReceivedMessage
  /** An envelope was refused, and why. It is dropped. */
  refused: { readonly error: HeraldError }
  /** An envelope could not be judged or kept now, and why. It comes again when its lease has run out. */
  deferred: { readonly error: unknown }
  /** A queued message was given up. */
  failed: { readonly messageId: MessageId; readonly error: HeraldError }
  /** A handler rejected a message for the last time; the message is kept but not handed out again. */
  unhandled: { readonly messageId: MessageId; readonly error: unknown }
  /** The inbox was lost or is open again. */
  connection: { readonly state: 'open' | 'lost'; readonly error?: HeraldError }
}

const eventNames: readonly string[] = [
  'message',
  'refused',
  'deferred',
  'failed',
  'unhandled',
  'connection',
] satisfies (keyof AgentEvents)[]

/** Handles one kind of event. */
export type Handler<Event> = (event: Event) => unknown

/** Calls handlers in the order they came. */
export class Emitter {
  readonly #handlers = new Map<keyof AgentEvents, Set<Handler<never>>>()
  readonly #waiting = new Map<keyof AgentEvents, PromiseWithResolvers<void>>()

  /** Adds a handler; the answer removes it. */
  on<Name extends keyof AgentEvents>(name: Name, handler: Handler<AgentEvents[Name]>): () => void {
    if (!eventNames.includes(name))
      throw new InvalidArgumentError({ argument: 'event', expected: eventNames.join(', ') })
    if (typeof handler !== 'function') throw new InvalidArgumentError({ argument: 'handler', expected: 'a function' })
    const handlers = this.#handlers.get(name) ?? new Set()
    this.#handlers.set(name, handlers.add(handler))
    this.#waiting.get(name)?.resolve()
    this.#waiting.delete(name)
    return () => void handlers.delete(handler)
  }

  /** Resolves when the event has a handler. */
  async handled(name: keyof AgentEvents): Promise<void> {
    if ((this.#handlers.get(name)?.size ?? 0) > 0) return
    const waiting = this.#waiting.get(name) ?? Promise.withResolvers<void>()
    this.#waiting.set(name, waiting)
    await waiting.promise
  }

  /** Calls every handler and waits for all of them. @throws what the first rejecting handler throws */
  async emit<Name extends keyof AgentEvents>(name: Name, event: AgentEvents[Name]): Promise<void> {
    const handlers = [...(this.#handlers.get(name) ?? [])] as Handler<AgentEvents[Name]>[]
    const outcomes = await Promise.allSettled(handlers.map(async (handler) => handler(event)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Calls every handler; what they throw is theirs. For events that only inform. */
  inform<Name extends keyof AgentEvents>(name: Name, event: AgentEvents[Name]): void {
    this.emit(name, event).catch(() => undefined)
  }
}
