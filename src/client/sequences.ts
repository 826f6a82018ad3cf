/** Numbers an agent's messages within each conversation, from 0, without gaps in what is sent. */
import { utf8 } from '../core/bytes.ts'
import type { ConversationId } from '../core/ids.ts'
import { CorruptRecordError } from '../messaging/errors.ts'
import type { Store } from '../store/port.ts'

/** The counters. */
export interface Sequences {
  /** The next number of a conversation; each call gives another. */
  take(conversation: ConversationId): Promise<number>
  /** The row to keep with a numbered message: the highest number handed out so far, plus one. */
  state(conversation: ConversationId): Uint8Array
}

/** A counter as it is kept: decimal digits in ASCII (SPEC §9.5). */
export function encodeCount(count: number): Uint8Array {
  return utf8(String(count))
}

/** Reads a counter. @param row at most 16 digits, without leading zeros @throws CorruptRecordError */
export function decodeCount(row: Uint8Array): number {
  const digits = row.length <= 16 ? String.fromCharCode(...row) : ''
  const count = /^(?:0|[1-9][0-9]*)$/.test(digits) ? Number(digits) : Number.NaN
  if (!Number.isSafeInteger(count)) throw new CorruptRecordError({ table: 'conversations' })
  return count
}

/** Counters that go on where an earlier run stopped. */
export function createSequences(store: Store): Sequences {
  const next = new Map<ConversationId, number>()
  const loading = new Map<ConversationId, Promise<void>>()

  async function load(conversation: ConversationId): Promise<void> {
    const row = await store.get('conversations', conversation)
    next.set(conversation, row === undefined ? 0 : decodeCount(row))
  }

  return {
    async take(conversation) {
      if (!next.has(conversation)) {
        const loaded = loading.get(conversation) ?? load(conversation)
        loading.set(conversation, loaded)
        await loaded.finally(() => loading.delete(conversation))
      }
      const seq = next.get(conversation) as number
      next.set(conversation, seq + 1)
      return seq
    },
    state: (conversation) => encodeCount(next.get(conversation) ?? 0),
  }
}
