/**
 * What was taken in a moment ago, in memory: most mail is fetched as soon as it is there, and then needs not be read back
 * and decrypted. Nothing depends on what is here; it only saves time.
 */
import type { Entry } from './segment.ts'

/** Bodies held at a time, in bytes. */
const maxBytes = 16_777_216

/** Opened rows of the table of bodies by their number; the oldest ones make room. */
export class RecentBodies {
  readonly #rows = new Map<number, readonly Entry[]>()
  #bytes = 0

  /** Notes what is in a row. @param entries nobody else changes their bytes, or holds more than these in memory by them */
  add(row: number, entries: readonly Entry[]): void {
    this.drop(row)
    this.#rows.set(row, entries)
    this.#bytes += bytesOf(entries)
    while (this.#bytes > maxBytes) this.drop(this.#rows.keys().next().value as number)
  }

  /** What is in a row; nothing when it is not here. */
  find(row: number): readonly Entry[] | undefined {
    return this.#rows.get(row)
  }

  /** Forgets a row. */
  drop(row: number): void {
    this.#bytes -= bytesOf(this.#rows.get(row) ?? [])
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
