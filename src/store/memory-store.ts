/** A store that lives as long as the process: for tests, and for agents that keep nothing. */
import type { Millis } from '../core/ids.ts'
import { assertChanges, assertKey, assertRow, assertScan, assertTable, assertTime } from './checks.ts'
import { StoreClosedError } from './errors.ts'
import {
  type PutOptions,
  type ScanOptions,
  type Store,
  type StoreChange,
  type StoreTable,
  storeTables,
} from './port.ts'

interface Held {
  readonly value: Uint8Array
  readonly expiresAt: Millis | undefined
}

/** One table: rows by key, and the keys in order, sorted again after a key came or went. */
class Table {
  readonly rows = new Map<string, Held>()
  #sorted: readonly string[] | undefined

  put(key: string, value: Uint8Array, options: PutOptions = {}): void {
    if (!this.rows.has(key)) this.#sorted = undefined
    this.rows.set(key, { value: Uint8Array.from(value), expiresAt: options.expiresAt })
  }

  delete(key: string): boolean {
    this.rows.get(key)?.value.fill(0)
    const deleted = this.rows.delete(key)
    if (deleted) this.#sorted = undefined
    return deleted
  }

  keys(): readonly string[] {
    this.#sorted ??= [...this.rows.keys()].sort()
    return this.#sorted
  }
}

/** The place of the first key that comes after a bound, or is the bound where `inclusive`. */
function placeOf(keys: readonly string[], bound: string, inclusive: boolean): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const key = keys[middle] as string
    if (key < bound || (!inclusive && key === bound)) low = middle + 1
    else high = middle
  }
  return low
}

function keysOfScan(keys: readonly string[], { prefix = '', after = '', limit }: ScanOptions): readonly string[] {
  const start = Math.max(placeOf(keys, prefix, true), after === '' ? 0 : placeOf(keys, after, false))
  const found = keys.slice(start, start + limit)
  const end = found.findIndex((key) => !key.startsWith(prefix))
  return end < 0 ? found : found.slice(0, end)
}

function sweepTable(table: Table, now: Millis): number {
  let swept = 0
  for (const [key, { expiresAt }] of table.rows) {
    if (expiresAt !== undefined && expiresAt <= now && table.delete(key)) swept++
  }
  return swept
}

/** Opens an empty store in memory. */
export function memoryStore(): Store {
  const tables = new Map<StoreTable, Table>(storeTables.map((name) => [name, new Table()]))
  let closed = false
  // The arguments are checked before, so the table is one of the map's.
  const open = (name: StoreTable): Table => tables.get(name) as Table
  const assertOpen = (): void => {
    if (closed) throw new StoreClosedError({ path: undefined })
  }
  const apply = (change: StoreChange): void => {
    if ('put' in change) open(change.table).put(change.put.key, change.put.value, change.put)
    else open(change.table).delete(change.delete)
  }
  return {
    get: async (table, key) => {
      assertOpen()
      assertKey(table, key)
      const held = open(table).rows.get(key)
      return held && Uint8Array.from(held.value)
    },
    put: async (table, key, value, options) => {
      assertOpen()
      assertRow(table, key, value, options)
      open(table).put(key, value, options)
    },
    putIfAbsent: async (table, key, value, options) => {
      assertOpen()
      assertRow(table, key, value, options)
      if (open(table).rows.has(key)) return false
      open(table).put(key, value, options)
      return true
    },
    delete: async (table, key) => {
      assertOpen()
      assertKey(table, key)
      return open(table).delete(key)
    },
    scan: async (name, options) => {
      assertOpen()
      assertScan(name, options)
      const table = open(name)
      return keysOfScan(table.keys(), options).map((key) => ({
        key,
        value: Uint8Array.from((table.rows.get(key) as Held).value),
      }))
    },
    count: async (table) => {
      assertOpen()
      assertTable(table)
      return open(table).rows.size
    },
    batch: async (changes) => {
      assertOpen()
      assertChanges(changes)
      for (const change of changes) apply(change)
    },
    sweep: async (now) => {
      assertOpen()
      assertTime(now)
      return [...tables.values()].reduce((swept, table) => swept + sweepTable(table, now), 0)
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      for (const table of tables.values()) table.rows.clear()
    },
  }
}
