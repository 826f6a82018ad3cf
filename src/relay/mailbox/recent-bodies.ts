/**
 * What was taken in a moment ago, in memory: most mail is fetched as soon as it is there, and then needs not be read back
 * and decrypted. Nothing depends on what is here; it only saves time.
 */
import type { Millis } from '../../core/ids.ts'

/** A body with what its encryption would bind. */
interface RecentBody {
  readonly rank: number
  readonly expires: Millis
  readonly plain: Uint8Array
}

/** Bodies held at a time, in bytes. */
const maxBytes = 16_777_216

/** Message ids and bodies by arrival number; the oldest ones make room. */
export class RecentBodies {
  readonly #bodies = new Map<number, RecentBody>()
  #bytes = 0

  /** Notes a body. @param plain nobody else changes it */
  add(seq: number, body: RecentBody): void {
    this.#bodies.set(seq, body)
    this.#bytes += body.plain.length
    while (this.#bytes > maxBytes) this.drop(this.#bodies.keys().next().value as number)
  }

  /** A body; nothing when it is not here, or when its row does not say what it said when it was taken in. */
  find({ seq, rank, expires }: { readonly seq: number } & Omit<RecentBody, 'plain'>): Uint8Array | undefined {
    const found = this.#bodies.get(seq)
    return found?.rank === rank && found.expires === expires ? found.plain : undefined
  }

  /** Forgets a body. */
  drop(seq: number): void {
    this.#bytes -= this.#bodies.get(seq)?.plain.length ?? 0
    this.#bodies.delete(seq)
  }

  /** Forgets all. */
  clear(): void {
    this.#bodies.clear()
    this.#bytes = 0
  }
}
