/**
 * The client's durable state as a small ordered key-value store. Whoever implements it passes
 * `test/compliance/store.ts`. What is resolved is durable; a batch is applied whole or not at all.
 */
import type { Millis } from '../core/ids.ts'

/** The tables, each with its own keys. */
export const storeTables = [
  'keyrings',
  'replay',
  'outbox',
  'receipts',
  'messages',
  'conversations',
  'batches',
  'tokens',
] as const
/** One of the tables. */
export type StoreTable = (typeof storeTables)[number]

/** One row. */
export interface StoreRow {
  readonly key: string
  readonly value: Uint8Array
}

/** How long a row is kept. */
export interface PutOptions {
  /** `sweep` removes the row from this time on; kept for ever when left out. */
  readonly expiresAt?: Millis
}

/** Which rows a scan gives. */
export interface ScanOptions {
  /** Only keys that start with this. */
  readonly prefix?: string
  /** Only keys after this one, in code-unit order. */
  readonly after?: string
  /** At most this many rows, 1 to 1,000. */
  readonly limit: number
}

/** One change of a batch. */
export type StoreChange =
  | { readonly put: StoreRow & PutOptions; readonly table: StoreTable }
  | { readonly delete: string; readonly table: StoreTable }

/** A durable, ordered key-value store. Keys are ASCII text of 1 to 256 characters. */
export interface Store extends AsyncDisposable {
  /** The value under a key. */
  get(table: StoreTable, key: string): Promise<Uint8Array | undefined>
  /** Writes a row, replacing the one under its key. */
  put(table: StoreTable, key: string, value: Uint8Array, options?: PutOptions): Promise<void>
  /** Writes a row unless its key is taken; one atomic step. Tells whether it was written. */
  putIfAbsent(table: StoreTable, key: string, value: Uint8Array, options?: PutOptions): Promise<boolean>
  /** Removes a row; its bytes are gone from the disk when this resolves. Tells whether there was one. */
  delete(table: StoreTable, key: string): Promise<boolean>
  /** Rows in key order. */
  scan(table: StoreTable, options: ScanOptions): Promise<readonly StoreRow[]>
  /** How many rows a table has. */
  count(table: StoreTable): Promise<number>
  /** Applies all changes, or none. */
  batch(changes: readonly StoreChange[]): Promise<void>
  /** Removes the rows whose time has come and tells how many. */
  sweep(now: Millis): Promise<number>
}
