/** All that a store holds, for comparing before and after. */
import { toHex } from '../../src/core/bytes.ts'
import { type Store, type StoreTable, storeTables } from '../../src/store/port.ts'

/** Every row of every table, as text. */
export async function snapshot(store: Store): Promise<Record<StoreTable, Record<string, string>>> {
  const tables = await Promise.all(
    storeTables.map(async (table) => {
      const rows = await store.scan(table, { limit: 1000 })
      return [table, Object.fromEntries(rows.map(({ key, value }) => [key, toHex(value)]))] as const
    }),
  )
  return Object.fromEntries(tables) as Record<StoreTable, Record<string, string>>
}

/** The keys of one table. */
export async function keysOf(store: Store, table: StoreTable): Promise<string[]> {
  return Object.keys((await snapshot(store))[table])
}

/** A store that fails one call at a time, as a test says. */
export interface FailingStore extends Store {
  /** The next call of this name rejects with the error. */
  failNext(call: 'get' | 'put' | 'putIfAbsent' | 'delete' | 'batch' | 'scan', error: unknown): void
}

/** Wraps a store. */
export function failingStore(store: Store): FailingStore {
  const failures = new Map<string, unknown>()
  const failNext: FailingStore['failNext'] = (call, error) => void failures.set(call, error)
  return new Proxy(store, {
    get(target, name) {
      if (name === 'failNext') return failNext
      const call = Reflect.get(target, name) as (...parts: unknown[]) => unknown
      return async (...parts: unknown[]) => {
        if (!failures.has(String(name))) return call.apply(target, parts)
        const error = failures.get(String(name))
        failures.delete(String(name))
        throw error
      }
    },
  }) as FailingStore
}
