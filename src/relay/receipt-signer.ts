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
  readonly statement: AcceptanceStatement
  resolve(receipt: Uint8Array): void
  reject(error: unknown): void
}

/** Gathers statements and signs them together. */
export class ReceiptSigner {
  readonly #keys: ReceiptKeys
  #waiting: Waiting[] = []

  constructor(keys: ReceiptKeys) {
    this.#keys = keys
  }

  /** The receipt of a statement, 224 to 544 bytes. To be called once the message is on disk, never before. */
  sign(statement: AcceptanceStatement): Promise<Uint8Array> {
    if (this.#waiting.length === 0) setImmediate(() => this.#signAll())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject })
    })
  }

  #signAll(): void {
    const waiting = this.#waiting.splice(0)
    for (let from = 0; from < waiting.length; from += maxReceiptBatch)
      this.#signBatch(waiting.slice(from, from + maxReceiptBatch))
  }

  #signBatch(batch: readonly Waiting[]): void {
    try {
      const receipts = makeReceipts(
        batch.map(({ statement }) => statement),
        this.#keys,
      )
      for (const [i, receipt] of receipts.entries()) batch[i]?.resolve(receipt)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
