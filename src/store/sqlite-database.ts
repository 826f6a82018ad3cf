/**
 * Opens the file behind `sqliteStore`, and turns what SQLite reports into `store.*` errors.
 *
 * WAL with `synchronous=FULL`: a commit is on the disk when it returns. `locking_mode=EXCLUSIVE`: one process at a
 * time, and no shared-memory file. `secure_delete`: freed bytes are overwritten; the write-ahead log forgets them when
 * it is truncated. The file holds keys, so nobody but its owner may read it.
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { HeraldError } from '../core/errors.ts'
import {
  StoreCorruptError,
  StoreFullError,
  StoreLockedError,
  StoreUnavailableError,
  UnknownSchemaError,
} from './errors.ts'

/** `HRLD` in the database header: this file is a store of Herald's. */
const applicationId = 0x48524c44
const schemaVersion = 1

const schema = `
  CREATE TABLE row (
    id INTEGER PRIMARY KEY,
    tab TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX row_by_key ON row (tab, key);
  CREATE INDEX row_by_expiry ON row (expires_at) WHERE expires_at IS NOT NULL;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const busyCode = 5
const lockedCode = 6
const corruptCode = 11
const fullCode = 13
const notDatabaseCode = 26

/** The `store.*` error for what SQLite or the file system threw. */
export function storeError(path: string, error: unknown): HeraldError {
  if (error instanceof HeraldError) return error
  const { errcode, code } = error as { errcode?: number; code?: string }
  const primary = (errcode ?? 0) & 0xff
  if (primary === busyCode || primary === lockedCode) return new StoreLockedError({ path })
  if (primary === corruptCode || primary === notDatabaseCode) return new StoreCorruptError({ path }, error)
  if (primary === fullCode || code === 'ENOSPC') return new StoreFullError({ path }, error)
  const reason = errcode === undefined ? (code ?? 'unknown') : `SQLite result code ${errcode}`
  return new StoreUnavailableError({ path, reason }, error)
}

function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get()
  return row && Object.values(row)[0]
}

/**
 * SQLite gives the log beside a file the mode of the file that is there already. An existing file is not opened here:
 * closing it would drop the locks that another store of this process holds on it (POSIX).
 */
function createPrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
}

/** Tells whether the file is a store already; a new file is not. @throws `store.unknown_schema` on any other file */
function isStore(path: string, database: DatabaseSync): boolean {
  const application = Number(pragma(database, 'application_id'))
  const version = Number(pragma(database, 'user_version'))
  if (application === applicationId && version === schemaVersion) return true
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count']
  if (application === 0 && version === 0 && tables === 0) return false
  throw new UnknownSchemaError({ path, application, version, supported: schemaVersion })
}

function prepare(path: string, database: DatabaseSync): void {
  pragma(database, 'locking_mode = EXCLUSIVE')
  database.exec('BEGIN EXCLUSIVE; COMMIT')
  // A file of another program is left as it is: nothing is written before this.
  const found = isStore(path, database)
  chmodSync(path, 0o600)
  if (!found) pragma(database, 'page_size = 8192')
  pragma(database, 'journal_mode = WAL')
  pragma(database, 'synchronous = FULL')
  pragma(database, 'secure_delete = ON')
  pragma(database, 'temp_store = MEMORY')
  if (!found) database.exec(`BEGIN; ${schema} COMMIT;`)
}

/**
 * Opens the database of a store, and makes its tables in a new file.
 *
 * @param path absolute
 * @throws `store.locked`, `store.corrupt`, `store.unknown_schema`, `store.full`, `store.unavailable`
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    createPrivately(path)
    database = new DatabaseSync(path, { timeout: 0 })
    prepare(path, database)
    return database
  } catch (error) {
    if (database?.isOpen) database.close()
    throw storeError(path, error)
  }
}

/**
 * Copies the write-ahead log into the database and empties it, so that overwritten bytes are gone from both.
 *
 * @throws `store.*` when SQLite could not
 */
export function truncateLog(path: string, database: DatabaseSync): void {
  if (pragma(database, 'wal_checkpoint(TRUNCATE)') !== 0)
    throw new StoreUnavailableError({ path, reason: 'the write-ahead log is in use' })
}
