/** Keeps the agent's inbox open: opens it again with pauses when the relay is lost. */
import type { Ambient } from '../core/ambient.ts'
import { backoffMillis } from '../core/backoff.ts'
import { HeraldError } from '../core/errors.ts'
import type { Inbox } from '../transport/port.ts'
import type { Emitter } from './events.ts'

/** What a connection needs. */
export interface ConnectionOptions {
  readonly ambient: Ambient
  readonly emitter: Emitter
  /** Opens the inbox. @throws a `transport.*` error */
  open(signal: AbortSignal): Promise<Inbox>
  /** Works the inbox until it ends. */
  work(inbox: Inbox): Promise<void>
}

/** The open inbox, or the attempts to open it. */
export interface Connection {
  /** Resolves when the inbox is open. @throws the first error when it cannot be opened at all */
  connect(): Promise<void>
  /** Closes the inbox; resolves when nothing arrives any more. */
  disconnect(): Promise<void>
}

const pauses = { baseMillis: 250, capMillis: 15_000 }

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Creates a connection that is closed at first. */
export function createConnection(options: ConnectionOptions): Connection {
  const { ambient, emitter } = options
  let session: { stop: AbortController; opened: Promise<void>; ended: Promise<void> } | undefined

  /** Works one inbox to its end; tells the error that ended it. */
  async function workOnce(inbox: Inbox, signal: AbortSignal): Promise<void> {
    const close = () => void inbox[Symbol.asyncDispose]()
    signal.addEventListener('abort', close)
    if (signal.aborted) close()
    emitter.inform('connection', { state: 'open' })
    try {
      await options.work(inbox)
    } catch (error) {
      if (!signal.aborted && error instanceof HeraldError) emitter.inform('connection', { state: 'lost', error })
    } finally {
      signal.removeEventListener('abort', close)
      await inbox[Symbol.asyncDispose]()
    }
  }

  async function keepOpen(first: Inbox, signal: AbortSignal): Promise<void> {
    await workOnce(first, signal)
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      await pause(backoffMillis(ambient, attempt, pauses), signal)
      if (signal.aborted) return
      const inbox = await options.open(signal).catch(() => undefined)
      if (inbox === undefined) continue
      attempt = 0
      await workOnce(inbox, signal)
    }
  }

  function begin() {
    const stop = new AbortController()
    const first = options.open(stop.signal)
    const ended = first.then(
      (inbox) => keepOpen(inbox, stop.signal),
      () => {
        if (session?.stop === stop) session = undefined
      },
    )
    return { stop, opened: first.then(() => undefined), ended }
  }

  return {
    connect() {
      session ??= begin()
      return session.opened
    },
    async disconnect() {
      const open = session
      session = undefined
      open?.stop.abort()
      await open?.ended
    },
  }
}
