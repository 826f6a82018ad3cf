/**
 * Signs acceptance receipts (SPEC §8.2), many with one signature: what a commit of the store has made durable is
 * answered in one turn of the event loop, and all receipts asked for in a turn are signed together at its end. So the
 * cost of a signature is shared by as many messages as the fsync before it.
 */
import { maxReceiptBatch } from '../core/limits.ts'
import { type AcceptanceStatement, makeReceipts } from '../wire/acceptance.ts'

/** With what receipts are signed. */
export interface ReceiptKeys {
  /** SHA-256, 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** Ed25519 by the relay's key, 64 bytes. */
  readonly sign: (bytes: Uint8Array) => Uint8Array
}

interface Waiting {
  readonly statements: readonly AcceptanceStatement[]
  resolve(receipts: readonly Uint8Array[]): void
  reject(error: unknown): void
}

/** Gathers statements and signs them together. */
export class ReceiptSigner {
  readonly #keys: ReceiptKeys
  #waiting: Waiting[] = []

  constructor(keys: ReceiptKeys) {
    this.#keys = keys
  }

  /**
   * The receipts of statements, 224 to 544 bytes each, in their order. To be called once the messages are on disk, never
   * before.
   *
   * @param statements at most 1,024
   */
  signAll(statements: readonly AcceptanceStatement[]): Promise<readonly Uint8Array[]> {
    if (statements.length === 0) return Promise.resolve([])
    if (this.#waiting.length === 0) setImmediate(() => this.#signTurn())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statements, resolve, reject })
    })
  }

  #signTurn(): void {
    let together: Waiting[] = []
    let count = 0
    for (const waiting of this.#waiting.splice(0)) {
      count += waiting.statements.length
      if (count > maxReceiptBatch) {
        this.#signBatch(together)
        together = []
        count = waiting.statements.length
      }
      together.push(waiting)
    }
    this.#signBatch(together)
  }

  #signBatch(together: readonly Waiting[]): void {
    try {
      const receipts = makeReceipts(
        together.flatMap(({ statements }) => statements),
        this.#keys,
      )
      let end = 0
      for (const { statements, resolve } of together) {
        end += statements.length
        resolve(receipts.slice(end - statements.length, end))
      }
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }
}
