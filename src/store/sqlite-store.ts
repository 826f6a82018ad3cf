/**
 * A store in one SQLite file, by `node:sqlite`. All calls made in one turn of the event loop share a transaction, so
 * that they share its fsync; they take effect in the order in which they were made. A removal resolves after the
 * write-ahead log was emptied, so its bytes are in no file any more; a replaced value's bytes go with the next removal,
 * sweep or disposal.
 */
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { HeraldError } from '../core/errors.ts'
import { assertChanges, assertKey, assertRow, assertScan, assertTable, assertTime } from './checks.ts'
import { StoreClosedError } from './errors.ts'
import type { PutOptions, ScanOptions, Store, StoreChange, StoreRow, StoreTable } from './port.ts'
import { openDatabase, storeError, truncateLog } from './sqlite-database.ts'

interface Pending {
  /** Runs inside the transaction. */
  readonly run: () => unknown
  result?: unknown
  /** Whether rows went away, so that the log has to be emptied before this resolves. */
  removed?: boolean
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Larger in UTF-8 than any printable ASCII: closes the range of keys with a prefix. */
const afterAscii = '\u{10ffff}'

/** The statements, prepared once. */
function prepareRows(database: DatabaseSync) {
  const select = database.prepare('SELECT value FROM row WHERE tab = ? AND key = ?')
  const upsert = database.prepare(`INSERT INTO row (tab, key, value, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`)
  const insert = database.prepare(`INSERT INTO row (tab, key, value, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (tab, key) DO NOTHING`)
  const remove = database.prepare('DELETE FROM row WHERE tab = ? AND key = ?')
  const tally = database.prepare('SELECT count(*) AS count FROM row WHERE tab = ?')
  const expire = database.prepare('DELETE FROM row WHERE expires_at <= ?')
  const range = database.prepare(`SELECT key, value FROM row
    WHERE tab = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ? + 0`)
  return {
    get: (table: StoreTable, key: string) => select.get(table, key)?.['value'] as Uint8Array | undefined,
    put: (table: StoreTable, key: string, value: Uint8Array, options: PutOptions = {}) => {
      upsert.run(table, key, value, options.expiresAt ?? null)
    },
    putIfAbsent: (table: StoreTable, key: string, value: Uint8Array, options: PutOptions = {}) =>
      insert.run(table, key, value, options.expiresAt ?? null).changes === 1,
    remove: (table: StoreTable, key: string) => remove.run(table, key).changes === 1,
    count: (table: StoreTable) => Number(tally.get(table)?.['count']),
    expire: (now: number) => Number(expire.run(now).changes),
    scan: (table: StoreTable, { prefix = '', after = '', limit }: ScanOptions): readonly StoreRow[] =>
      range.all(table, prefix, prefix + afterAscii, after, limit).map((row) => ({
        key: row['key'] as string,
        value: row['value'] as Uint8Array,
      })),
  }
}

/** The write comes later in the turn; what the caller does to its bytes until then must not matter. */
function copyChange(change: StoreChange): StoreChange {
  if (!('put' in change)) return { ...change }
  return { table: change.table, put: { ...change.put, value: Uint8Array.from(change.put.value) } }
}

/** Collects the calls of one turn and commits them together. */
class CommitQueue {
  readonly #path: string
  readonly #database: DatabaseSync
  #pending: Pending[] = []
  #removed = false
  #scheduled: NodeJS.Immediate | undefined

  constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
  }

  /** Queues a call. @throws `store.closed`, and `store.*` for what the disk reports */
  add<T>(run: () => T): Promise<T> {
    this.assertOpen()
    this.#scheduled ??= setImmediate(() => this.commit())
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ run, resolve: (result) => resolve(result as T), reject })
    })
  }

  /** Notes whether the call that runs now removed rows. */
  noteRemoval(removed: boolean): boolean {
    this.#removed ||= removed
    return removed
  }

  /** Commits what is queued. */
  commit(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const calls = this.#pending
    this.#pending = []
    if (calls.length === 0) return
    const failure = this.#try(() => this.#transact(calls))
    if (failure) for (const call of calls) call.reject(failure)
    else this.#settle(calls)
  }

  /** The rows are committed; what was removed has to leave the log as well before its removal is reported. */
  #settle(calls: readonly Pending[]): void {
    const removals = calls.filter((call) => call.removed)
    const failure = removals.length > 0 ? this.#try(() => truncateLog(this.#path, this.#database)) : undefined
    for (const call of calls) {
      if (failure && call.removed) call.reject(failure)
      else call.resolve(call.result)
    }
  }

  #try(step: () => void): HeraldError | undefined {
    try {
      step()
      return undefined
    } catch (error) {
      return storeError(this.#path, error)
    }
  }

  #transact(calls: readonly Pending[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const call of calls) {
        this.#removed = false
        call.result = call.run()
        call.removed = this.#removed
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  assertOpen(): void {
    if (!this.#database.isOpen) throw new StoreClosedError({ path: this.#path })
  }

  close(): void {
    if (!this.#database.isOpen) return
    this.commit()
    const failure = this.#try(() => truncateLog(this.#path, this.#database))
    this.#database.close()
    if (failure) throw failure
  }
}

/**
 * Opens a store in a file, which is made when it is not there, readable by its owner only.
 *
 * @param path of the file; a `-wal` file stands beside it while the store is open
 * @throws `store.locked`, `store.corrupt`, `store.unknown_schema`, `store.full`, `store.unavailable`
 */
export function sqliteStore(path: string): Store {
  const file = resolve(path)
  const database = openDatabase(file)
  const rows = prepareRows(database)
  const queue = new CommitQueue(file, database)
  const remove = (table: StoreTable, key: string): boolean => queue.noteRemoval(rows.remove(table, key))
  const apply = (change: StoreChange): void => {
    if ('put' in change) rows.put(change.table, change.put.key, change.put.value, change.put)
    else remove(change.table, change.delete)
  }
  return {
    get: async (table, key) => {
      assertKey(table, key)
      return queue.add(() => rows.get(table, key))
    },
    put: async (table, key, value, options) => {
      assertRow(table, key, value, options)
      const copy = Uint8Array.from(value)
      return queue.add(() => rows.put(table, key, copy, options))
    },
    putIfAbsent: async (table, key, value, options) => {
      assertRow(table, key, value, options)
      const copy = Uint8Array.from(value)
      return queue.add(() => rows.putIfAbsent(table, key, copy, options))
    },
    delete: async (table, key) => {
      assertKey(table, key)
      return queue.add(() => remove(table, key))
    },
    scan: async (table, options) => {
      assertScan(table, options)
      return queue.add(() => rows.scan(table, options))
    },
    count: async (table) => {
      assertTable(table)
      return queue.add(() => rows.count(table))
    },
    batch: async (changes) => {
      assertChanges(changes)
      const copy = changes.map(copyChange)
      return queue.add(() => copy.forEach(apply))
    },
    sweep: async (now) => {
      assertTime(now)
      return queue.add(() => {
        const swept = rows.expire(now)
        queue.noteRemoval(swept > 0)
        return swept
      })
    },
    [Symbol.asyncDispose]: async () => queue.close(),
  }
}
