/** Tells readers of this process that a mailbox may have something to lease. A wake-up carries nothing else. */
import type { MailboxId } from '../../core/ids.ts'

/** Listeners by mailbox. */
export class WakeBus {
  readonly #listeners = new Map<MailboxId, Set<() => void>>()

  /** Adds a listener and returns what removes it. */
  listen(mailbox: MailboxId, listener: () => void): () => void {
    const listeners = this.#listeners.get(mailbox) ?? new Set()
    this.#listeners.set(mailbox, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(mailbox) === listeners) this.#listeners.delete(mailbox)
    }
  }

  /** Calls the listeners of each mailbox, each once. */
  ring(mailboxes: Iterable<MailboxId>): void {
    if (this.#listeners.size === 0) return
    for (const mailbox of new Set(mailboxes))
      for (const listener of [...(this.#listeners.get(mailbox) ?? [])]) listener()
  }
}
