/** The SQL by which a mailbox database is read and written; `sqlite-schema.ts` has the tables. */
import type { DatabaseSync } from 'node:sqlite'
import { priorities } from '../../core/priority.ts'
import { RowInserter } from './row-inserter.ts'

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
  /** The number of the segment that its body lies in; nothing where that lies alone. */
  readonly segment: number | null
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

/** The columns of an InboxRow, in the order in which `inboxRow` reads them. */
const columns = 'rank, seq, expires, size, attempt, form, wrapped_key, segment'

/** A row that was read as an array: of many rows, objects take twice the time. */
export function inboxRow(values: unknown): InboxRow {
  const [rank, seq, expires, size, attempt, form, wrappedKey, segment] = values as number[]
  const wrapped_key = wrappedKey as unknown as Uint8Array | null
  return { rank, seq, expires, size, attempt, form, wrapped_key, segment } as InboxRow
}

/** Prepares the statements. */
export function mailboxStatements(db: DatabaseSync) {
  // ?1 mailbox, ?2 after this number, ?3 free at this time, ?4 not expired at this time, ?5 limit
  // The planner looks at a parameter that is the whole limit, and so prepares the statement anew whenever one is bound.
  const limit = '?5 + 0'
  const waits = 'mailbox = ?1 AND seq > ?2 AND leased_until <= ?3 AND expires > ?4'
  const oldestOf = (rank: number) =>
    `SELECT * FROM (SELECT ${columns} FROM inbox WHERE rank = ${rank} AND ${waits} ORDER BY seq LIMIT ${limit})`
  const byArrival = `${priorities.map((_, rank) => oldestOf(rank)).join(' UNION ALL ')} ORDER BY seq LIMIT ${limit}`
  // ?1 mailbox, ?2 rank, ?3 and ?4 first and last number, ?5 consumer
  const held = 'FROM inbox WHERE mailbox = ?1 AND rank = ?2 AND seq BETWEEN ?3 AND ?4 AND consumer = ?5'
  const rows = (sql: string) => {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  return {
    findSeen: db.prepare('SELECT seq, expires FROM seen WHERE mailbox = ? AND tag = ?'),
    addSeen: new RowInserter(db, 'seen', ['mailbox', 'tag', 'rank', 'seq', 'expires']),
    hasSeen: db.prepare('SELECT 1 FROM seen WHERE mailbox = ? LIMIT 1'),
    addInbox: new RowInserter(db, 'inbox', [
      'mailbox',
      'rank',
      'seq',
      'expires',
      'size',
      'form',
      'wrapped_key',
      'segment',
    ]),
    find: rows(`SELECT ${columns} FROM inbox WHERE mailbox = ? AND rank = ? AND seq = ?`),
    drop: db.prepare('DELETE FROM inbox WHERE mailbox = ? AND rank = ? AND seq = ?'),
    countHeld: rows(`SELECT count(*) ${held}`),
    dropHeld: db.prepare(`DELETE ${held}`),
    byClass: rows(
      `SELECT ${columns} FROM inbox WHERE ${waits} AND rank BETWEEN ?6 AND ?7 ORDER BY rank, seq LIMIT ${limit}`,
    ),
    byArrival: rows(byArrival),
    hasLower: db.prepare('SELECT 1 FROM inbox WHERE mailbox = ? AND rank > ? LIMIT 1'),
    lease: db.prepare(
      `UPDATE inbox SET leased_until = ?, consumer = ?, attempt = attempt + ?
       WHERE mailbox = ? AND rank = ? AND seq = ?`,
    ),
    leaseWaiting: db.prepare(
      `UPDATE inbox SET leased_until = ?5, consumer = ?6, attempt = attempt + 1
       WHERE ${waits} AND rank = ?7 AND seq <= ?8`,
    ),
    prolong: db.prepare('UPDATE inbox SET leased_until = ? WHERE mailbox = ? AND rank = ? AND seq = ?'),
    leased: db.prepare(
      `SELECT mailbox, rank, seq, leased_until, consumer, size, segment, wrapped_key IS NOT NULL AS shared
       FROM inbox WHERE leased_until BETWEEN 1 AND ${neverReturns - 1}`,
    ),
    ofBox: rows(`SELECT ${columns} FROM inbox WHERE mailbox = ?`),
    forgetSeen: db.prepare('DELETE FROM seen WHERE mailbox = ?'),
    findRank: db.prepare('SELECT rank FROM inbox WHERE mailbox = ? AND rank IN (0, 1, 2, 3) AND seq = ?'),
    expired: db.prepare(
      'SELECT mailbox, tag, rank, seq, expires FROM seen WHERE expires <= ? ORDER BY expires LIMIT ? + 0',
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
  }
}
