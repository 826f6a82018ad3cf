/**
 * The layout of a mailbox database, and how one is opened.
 *
 * - `mailbox`: one row a mailbox that was written to: a blinded address, and where its keys are in the key file.
 * - `inbox`: what is in a mailbox, clustered in the order of delivery (`rank` 0 is the highest priority class).
 * - `body`: encrypted message ids and envelopes by arrival number. What came together for a mailbox lies together in a
 *   segment, by the number of its first (`segment.ts`). A body in several mailboxes has its key wrapped in each inbox row.
 * - `share`: of a segment, and of a body in several mailboxes, how many inbox rows still need it.
 * - `seen`: what a mailbox has accepted, by a blinded digest of message id and bytes (`seen-tag.ts`), until it expires.
 * - `setting`, `shelf`: encrypted settings and packages of a mailbox. A package that was taken leaves its blinded name.
 *
 * Nothing in these tables means anything without the key file, so destroying a key erases what it was for.
 */
import { hash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { equalBytes, utf8 } from '../../core/bytes.ts'
import { KeyFile } from './key-file.ts'
import type { StoreFailure } from './sqlite-protocol.ts'

/** The log is brought into the database when it has this many pages: 8 MiB. */
const logPages = 1000
const applicationId = 0x48_4d_42_31

/** What leads from each version of the schema to the next; an empty file has version 0. */
const migrations: readonly string[] = [
  `
PRAGMA application_id = ${applicationId};
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 0), seq INTEGER NOT NULL, key_check BLOB);
INSERT INTO state VALUES (0, 0, NULL);
CREATE TABLE mailbox (no INTEGER PRIMARY KEY, lookup BLOB NOT NULL UNIQUE, slot INTEGER NOT NULL);
CREATE TABLE inbox (
  mailbox INTEGER NOT NULL, rank INTEGER NOT NULL, seq INTEGER NOT NULL,
  expires INTEGER NOT NULL, size INTEGER NOT NULL,
  leased_until INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0, consumer TEXT, wrapped_key BLOB,
  PRIMARY KEY (mailbox, rank, seq)
) WITHOUT ROWID;
CREATE TABLE body (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE share (seq INTEGER PRIMARY KEY, holders INTEGER NOT NULL, size INTEGER NOT NULL);
CREATE TABLE seen (
  mailbox INTEGER NOT NULL, tag BLOB NOT NULL, rank INTEGER NOT NULL, seq INTEGER NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (mailbox, tag)
) WITHOUT ROWID;
CREATE INDEX seen_expires ON seen (expires);
`,
  `
ALTER TABLE inbox ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN old_tags INTEGER NOT NULL DEFAULT 0;
UPDATE state SET old_tags = EXISTS (SELECT 1 FROM seen);
CREATE TABLE setting (mailbox INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE shelf (
  mailbox INTEGER NOT NULL, place INTEGER NOT NULL, tag BLOB NOT NULL,
  last_resort INTEGER NOT NULL, size INTEGER NOT NULL, sealed BLOB,
  PRIMARY KEY (mailbox, place), UNIQUE (mailbox, tag)
) WITHOUT ROWID;
`,
  `
ALTER TABLE inbox ADD COLUMN segment INTEGER;
UPDATE state SET old_tags = EXISTS (SELECT 1 FROM seen);
`,
]
/** The schema this code reads and writes. */
const schemaVersion = migrations.length

/** Carries a failure out of a transaction. */
export class StoreFailureSignal extends Error {
  readonly failure: StoreFailure

  constructor(failure: StoreFailure) {
    super(failure.kind)
    this.failure = failure
  }
}

/** Says what an error thrown by node:sqlite means. */
export function failureOf(error: unknown): StoreFailure {
  if (error instanceof StoreFailureSignal) return error.failure
  const { errcode, errstr, code } = error as { errcode?: number; errstr?: string; code?: string }
  const primary = (errcode ?? 0) & 0xff
  if (primary === 5 || primary === 6) return { kind: 'locked' }
  if (primary === 13 || code === 'ENOSPC') return { kind: 'full' }
  return { kind: 'failed', reason: errstr ?? code ?? 'unexpected error' }
}

/**
 * Opens a database, creating it if there is none, and keeps it locked for this process alone.
 *
 * @throws StoreFailureSignal or an error of node:sqlite; `failureOf` reads both
 */
export function openDatabase(file: string): DatabaseSync {
  createPrivately(file)
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    // Exclusive before the first access: the lock is taken once and never given back, so a second relay is refused.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192')
    assertOurs(db)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    db.exec(`PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = ${logPages}; PRAGMA temp_store = MEMORY`)
    db.exec('BEGIN EXCLUSIVE')
    migrate(db)
    assertMailboxesWhole(db)
    db.exec('COMMIT')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Makes an empty file for its owner alone, where SQLite would ask the umask. An existing file is not opened: POSIX
 * drops all of a process's locks on a file when it closes any descriptor of it, and another store may hold them.
 */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
}

/** The schema version of a database of ours; 0 when it is empty. @throws StoreFailureSignal when it is another's */
function assertOurs(db: DatabaseSync): number {
  if (isEmpty(db)) return 0
  const found = pragma(db, 'application_id') === applicationId ? pragma(db, 'user_version') : 0
  if (found < 1 || found > schemaVersion)
    throw new StoreFailureSignal({ kind: 'version', found, supported: schemaVersion })
  return found
}

/** A mailbox that its address does not lead to would seem to be empty. @throws StoreFailureSignal */
function assertMailboxesWhole(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA integrity_check(mailbox)').get()
  if (row?.['integrity_check'] !== 'ok')
    throw new StoreFailureSignal({ kind: 'failed', reason: 'its list of mailboxes is damaged' })
}

/** Brings the schema up to date, inside the caller's transaction: after a crash it is the old one or the new one. */
function migrate(db: DatabaseSync): void {
  for (const step of migrations.slice(assertOurs(db))) db.exec(step)
  db.exec(`PRAGMA user_version = ${schemaVersion}`)
}

/**
 * Opens the key file of an open database.
 *
 * @throws StoreFailureSignal when it is missing or belongs to another database
 */
export function openKeys(file: string, db: DatabaseSync): KeyFile {
  const keys = new KeyFile(`${file}-keys`)
  const check = hash('sha256', Buffer.concat([keys.lookupKey, utf8('check')]), 'buffer')
  const known = db.prepare('SELECT key_check FROM state').get()?.['key_check'] as Uint8Array | null
  if (known === null) db.prepare('UPDATE state SET key_check = ?').run(check)
  else if (!equalBytes(known, check)) {
    keys.close()
    throw new StoreFailureSignal({ kind: 'failed', reason: 'its key file is missing or of another database' })
  }
  return keys
}
