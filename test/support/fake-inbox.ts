/** An inbox whose deliveries a test makes, and which notes what becomes of them. */
import type { Delivery, Inbox } from '../../src/transport/port.ts'

/** An inbox under a test's control. */
export interface FakeInbox extends Inbox {
  /** Delivers an envelope. */
  deliver(seq: number, envelope: Uint8Array, attempt?: number): void
  /** Ends the deliveries: with an error as a lost relay does, without one as a closed inbox does. */
  end(error?: unknown): void
  readonly acknowledged: number[]
  readonly released: number[]
  readonly disposed: boolean
}

/** Creates an empty inbox. */
export function fakeInbox(): FakeInbox {
  const waiting: Delivery[] = []
  let wake = Promise.withResolvers<void>()
  let ended: { error?: unknown } | undefined
  const end = (error?: unknown) => {
    ended ??= error === undefined ? {} : { error }
    wake.resolve()
  }
  const inbox = {
    acknowledged: [] as number[],
    released: [] as number[],
    disposed: false,
    deliver(seq: number, envelope: Uint8Array, attempt = 1) {
      waiting.push({ seq, envelope, attempt, leasedUntil: 0 })
      wake.resolve()
    },
    end,
    async *deliveries() {
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next
        if (ended?.error !== undefined) throw ended.error
        if (ended !== undefined) return
        await wake.promise
        wake = Promise.withResolvers<void>()
      }
    },
    acknowledge: async (seqs: readonly number[]) => void inbox.acknowledged.push(...seqs),
    release: async (seqs: readonly number[]) => void inbox.released.push(...seqs),
    async [Symbol.asyncDispose]() {
      inbox.disposed = true
      end()
    },
  }
  return inbox
}
