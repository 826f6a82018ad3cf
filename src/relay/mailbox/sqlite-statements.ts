/** The SQL by which a mailbox database is read and written; `sqlite-schema.ts` has the tables. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { priorities } from '../../core/priority.ts'

/** A message in a mailbox, without its body. */
export interface InboxRow {
  readonly rank: number
  readonly seq: number
  readonly expires: number
  readonly size: number
  readonly attempt: number
  /** 0 where the encryption binds the arrival number alone (schema 1), else it binds rank and expiry too. */
  readonly form: number
  readonly wrapped_key: Uint8Array | null
}

/** What a mailbox remembers of a message that it has accepted. */
export interface SeenRow extends Pick<InboxRow, 'rank' | 'seq' | 'expires'> {
  readonly mailbox: number
  /** See `seen-tag.ts`, 32 bytes. */
  readonly tag: Uint8Array
}

/** A damaged message is leased to nobody for good, until it expires. */
export const neverReturns = Number.MAX_SAFE_INTEGER

/** The rank of the lowest priority class; 0 is that of the highest. */
export const highestRank = priorities.length - 1

/** The statements of a database, by what they do. */
export type MailboxStatements = ReturnType<typeof mailboxStatements>

/** Prepares the statements. */
export function mailboxStatements(db: DatabaseSync) {
  const columns = 'rank, seq, expires, size, attempt, form, wrapped_key'
  // ?1 mailbox, ?2 after this number, ?3 free at this time, ?4 not expired at this time, ?5 limit
  const waits = 'mailbox = ?1 AND seq > ?2 AND leased_until <= ?3 AND expires > ?4'
  const oldestOf = (rank: number) =>
    `SELECT * FROM (SELECT ${columns} FROM inbox WHERE rank = ${rank} AND ${waits} ORDER BY seq LIMIT ?5)`
  const byArrival = `${priorities.map((_, rank) => oldestOf(rank)).join(' UNION ALL ')} ORDER BY seq LIMIT ?5`
  return {
    findSeen: db.prepare('SELECT seq, expires FROM seen WHERE mailbox = ? AND tag = ?'),
    addSeen: db.prepare('INSERT INTO seen (mailbox, tag, rank, seq, expires) VALUES (?, ?, ?, ?, ?)'),
    hasSeen: db.prepare('SELECT 1 FROM seen WHERE mailbox = ? LIMIT 1'),
    addBody: db.prepare('INSERT INTO body (seq, sealed) VALUES (?, ?)'),
    resealBody: db.prepare('UPDATE body SET sealed = ? WHERE seq = ?'),
    rewrapKey: db.prepare('UPDATE inbox SET wrapped_key = ? WHERE mailbox = ? AND rank = ? AND seq = ?'),
    dropBody: db.prepare('DELETE FROM body WHERE seq = ?'),
    addShare: db.prepare('INSERT INTO share (seq, holders, size) VALUES (?, ?, ?)'),
    leaveShare: db.prepare('UPDATE share SET holders = holders - 1 WHERE seq = ? RETURNING holders'),
    dropShare: db.prepare('DELETE FROM share WHERE seq = ?'),
    addInbox: db.prepare(
      'INSERT INTO inbox (mailbox, rank, seq, expires, size, form, wrapped_key) VALUES (?, ?, ?, ?, ?, 1, ?)',
    ),
    dropInbox: db.prepare(
      'DELETE FROM inbox WHERE mailbox = ? AND rank = ? AND seq = ? RETURNING size, wrapped_key IS NOT NULL AS shared',
    ),
    byClass: db.prepare(
      `SELECT ${columns} FROM inbox WHERE ${waits} AND rank BETWEEN ?6 AND ?7 ORDER BY rank, seq LIMIT ?5`,
    ),
    byArrival: db.prepare(byArrival),
    hasLower: db.prepare('SELECT 1 FROM inbox WHERE mailbox = ? AND rank > ? LIMIT 1'),
    body: db.prepare('SELECT sealed FROM body WHERE seq = ?'),
    lease: db.prepare(
      `UPDATE inbox SET leased_until = ?, consumer = ?, attempt = attempt + ?
       WHERE mailbox = ? AND rank = ? AND seq = ?`,
    ),
    prolong: db.prepare('UPDATE inbox SET leased_until = ? WHERE mailbox = ? AND rank = ? AND seq = ?'),
    leased: db.prepare(
      `SELECT mailbox, rank, seq, leased_until, consumer FROM inbox WHERE leased_until BETWEEN 1 AND ${neverReturns - 1}`,
    ),
    ofBox: db.prepare(`SELECT ${columns} FROM inbox WHERE mailbox = ?`),
    forgetSeen: db.prepare('DELETE FROM seen WHERE mailbox = ?'),
    findRank: db.prepare('SELECT rank FROM inbox WHERE mailbox = ? AND rank IN (0, 1, 2, 3) AND seq = ?'),
    expired: db.prepare(
      'SELECT mailbox, tag, rank, seq, expires FROM seen WHERE expires <= ? ORDER BY expires LIMIT ?',
    ),
    expiry: db.prepare('SELECT expires FROM inbox WHERE mailbox = ? AND rank = ? AND seq = ?'),
    keepSeen: db.prepare('UPDATE seen SET expires = ? WHERE mailbox = ? AND tag = ?'),
    dropSeen: db.prepare('DELETE FROM seen WHERE mailbox = ? AND tag = ?'),
    oldTags: db.prepare('SELECT old_tags FROM state'),
    lastSeq: db.prepare('SELECT seq FROM state'),
    saveSeq: db.prepare('UPDATE state SET seq = ?'),
    stats: db.prepare(
      `SELECT count(DISTINCT mailbox) AS mailboxes, count(*) AS messages,
       total(CASE WHEN wrapped_key IS NULL THEN size ELSE 0 END) + (SELECT total(size) FROM share) AS bytes FROM inbox`,
    ),
  } satisfies Record<string, StatementSync>
}
