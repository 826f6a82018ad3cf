/**
 * What was taken in a moment ago, in memory: most mail is fetched as soon as it is there, and then needs not be read back
 * and decrypted; and segments that were read, whose other messages are likely to be next. Nothing depends on what is here; it only saves time.
 */
import type { Entry } from './segment.ts'

/** Bodies held at a time, in bytes. */
const maxBytes = 16_777_216

interface OpenRow {
  /** Number of the mailbox by whose key the row is encrypted; nothing where it has a key of its own. */
  readonly mailbox: number | undefined
  readonly entries: readonly Entry[]
}

/** Opened rows of the table of bodies by their number; the oldest ones make room. */
export class RecentBodies {
  readonly #rows = new Map<number, OpenRow>()
  #bytes = 0

  /**
   * Notes what is in a row.
   *
   * @param mailbox by whose key it is encrypted, if by one's
   * @param entries nobody else changes their bytes, or holds more than these in memory by them
   */
  add(row: number, mailbox: number | undefined, entries: readonly Entry[]): void {
    this.drop(row)
    this.#rows.set(row, { mailbox, entries })
    this.#bytes += bytesOf(entries)
    while (this.#bytes > maxBytes) this.drop(this.#rows.keys().next().value as number)
  }

  /** What is in a row; nothing when it is not here, or another mailbox's. */
  find(row: number, mailbox: number): readonly Entry[] | undefined {
    const found = this.#rows.get(row)
    return found === undefined || (found.mailbox ?? mailbox) !== mailbox ? undefined : found.entries
  }

  /** Forgets a row. */
  drop(row: number): void {
    this.#bytes -= bytesOf(this.#rows.get(row)?.entries ?? [])
    this.#rows.delete(row)
  }

  /** Forgets all. */
  clear(): void {
    this.#rows.clear()
    this.#bytes = 0
  }
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { plain }) => sum + plain.length, 0)
}
