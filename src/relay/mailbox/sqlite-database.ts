/**
 * A mailbox store over one SQLite database, synchronous: what the worker thread runs. Each call happens inside a
 * transaction that the worker opens and commits, so many calls share one fsync.
 *
 * Leases are also kept in memory: acknowledging then needs no look-up. `rollback` drops that memory.
 */
import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { concatBytes, toHex } from '../../core/bytes.ts'
import { idBytes, type MailboxId, type MessageId, type Millis } from '../../core/ids.ts'
import { priorities, priorityByte } from '../../core/priority.ts'
import { loadDataKey, newDataKey, openAtRest, sealAtRest } from './body-cipher.ts'
import { type Box, BoxTable } from './box-table.ts'
import type { KeyFile } from './key-file.ts'
import { LeaseTable } from './lease-table.ts'
import type {
  AppendItem,
  AppendOutcome,
  LeasedMessage,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  ReadOptions,
  StoredMessage,
} from './port.ts'
import type { SweepTurn } from './sqlite-protocol.ts'

interface InboxRow {
  readonly rank: number
  readonly seq: number
  readonly expires: number
  readonly attempt: number
  readonly wrapped_key: Uint8Array | null
  readonly sealed: Uint8Array
}

/** How many messages one turn of the sweep drops. */
const sweepTurn = 500
/** A damaged message is leased to nobody for good, until it expires. */
const neverReturns = Number.MAX_SAFE_INTEGER
const highestRank = priorities.length - 1
const messageIdBytes = 16

function statements(db: DatabaseSync) {
  const columns = 'rank, inbox.seq, expires, attempt, wrapped_key, sealed'
  const from = 'FROM inbox JOIN body ON body.seq = inbox.seq'
  return {
    findSeen: db.prepare('SELECT seq FROM seen WHERE mailbox = ? AND tag = ?'),
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
      'INSERT INTO inbox (mailbox, rank, seq, expires, size, wrapped_key) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    dropInbox: db.prepare(
      'DELETE FROM inbox WHERE mailbox = ? AND rank = ? AND seq = ? RETURNING size, wrapped_key IS NOT NULL AS shared',
    ),
    read: db.prepare(
      `SELECT ${columns} ${from} WHERE mailbox = ? AND rank BETWEEN ? AND ? AND inbox.seq > ? AND expires > ?
       ORDER BY rank, inbox.seq LIMIT ?`,
    ),
    leasable: db.prepare(
      `SELECT ${columns} ${from} WHERE mailbox = ? AND leased_until <= ? AND expires > ?
       ORDER BY rank, inbox.seq LIMIT ?`,
    ),
    lease: db.prepare(
      `UPDATE inbox SET leased_until = ?, consumer = ?, attempt = attempt + ?
       WHERE mailbox = ? AND rank = ? AND seq = ?`,
    ),
    leased: db.prepare('SELECT mailbox, rank, seq, leased_until, consumer FROM inbox WHERE leased_until > 0'),
    ofBox: db.prepare(`SELECT ${columns} ${from} WHERE mailbox = ?`),
    forgetSeen: db.prepare('DELETE FROM seen WHERE mailbox = ?'),
    findRank: db.prepare('SELECT rank FROM inbox WHERE mailbox = ? AND rank IN (0, 1, 2, 3) AND seq = ?'),
    expired: db.prepare('SELECT mailbox, tag, rank, seq FROM seen WHERE expires <= ? ORDER BY expires LIMIT ?'),
    dropSeen: db.prepare('DELETE FROM seen WHERE mailbox = ? AND tag = ?'),
    lastSeq: db.prepare('SELECT seq FROM state'),
    saveSeq: db.prepare('UPDATE state SET seq = ?'),
    stats: db.prepare(
      `SELECT count(DISTINCT mailbox) AS mailboxes, count(*) AS messages,
       total(CASE WHEN wrapped_key IS NULL THEN size ELSE 0 END) + (SELECT total(size) FROM share) AS bytes FROM inbox`,
    ),
  } satisfies Record<string, StatementSync>
}

/** The store's calls, each to be made inside a transaction. */
export class MailboxDatabase {
  readonly #sql: ReturnType<typeof statements>
  readonly #boxes: BoxTable
  readonly #leases = new LeaseTable()
  #seq = 0
  #savedSeq = 0
  #damaged: number[] = []

  /** @param db opened by `openDatabase` @param keys opened by `openKeys` */
  constructor(db: DatabaseSync, keys: KeyFile) {
    this.#sql = statements(db)
    this.#boxes = new BoxTable(db, keys)
    this.rollback()
  }

  /** Reads anew what is kept in memory: after opening, and after a rollback. */
  rollback(): void {
    this.#boxes.rollback()
    this.#leases.clear()
    this.#damaged = []
    this.#seq = this.#savedSeq = Number(this.#sql.lastSeq.get()?.['seq'])
    for (const row of this.#sql.leased.iterate()) {
      const { mailbox, rank, seq, leased_until: until, consumer } = row as Record<string, number> & { consumer: string }
      this.#leases.set(Number(mailbox), Number(seq), { rank: Number(rank), until: Number(until), consumer })
    }
  }

  /** Last call of a transaction. Numbers given out are never given out again, even when all their rows are gone. */
  beforeCommit(): void {
    this.#boxes.beforeCommit()
    if (this.#seq !== this.#savedSeq) this.#sql.saveSeq.run(this.#seq)
  }

  /** To be called once the transaction is on disk. */
  afterCommit(): void {
    this.#savedSeq = this.#seq
    this.#boxes.afterCommit()
  }

  /** Arrival numbers of messages found damaged since the last time this was asked. */
  takeDamaged(): number[] {
    return this.#damaged.splice(0)
  }

  /** Keeps one message. */
  append(item: AppendItem, quota: MailboxQuota | undefined): AppendOutcome {
    const digest = hash('sha256', concatBytes(idBytes(item.messageId), item.body), 'buffer')
    const known = item.mailboxes.map((address) => this.#seenAs(address, digest))
    const fresh = item.mailboxes.filter((_, i) => known[i] === undefined)
    if (fresh.length === 0) return { duplicateOf: known[0] ?? 0 }
    if (quota !== undefined && fresh.some((address) => this.#isFull(address, item, quota))) return { full: true }
    const boxes = fresh.map((address) => this.#boxes.make(address))
    const seq = ++this.#seq
    const rank = highestRank - priorityByte(item.priority)
    const wrappedKeys = this.#addBody(seq, item, boxes)
    for (const [i, { no, tagKey }] of boxes.entries()) {
      this.#sql.addInbox.run(no, rank, seq, item.expires, item.body.length, wrappedKeys[i] ?? null)
      this.#sql.addSeen.run(no, blind(tagKey, digest), rank, seq, item.expires)
      this.#boxes.count(no, 1, item.body.length)
    }
    return { seq }
  }

  #seenAs(address: MailboxId, digest: Uint8Array): number | undefined {
    const box = this.#boxes.find(address)
    return box && (this.#sql.findSeen.get(box.no, blind(box.tagKey, digest))?.['seq'] as number | undefined)
  }

  #isFull(address: MailboxId, item: AppendItem, quota: MailboxQuota): boolean {
    const box = this.#boxes.find(address)
    const { messages, bytes } = box === undefined ? { messages: 0, bytes: 0 } : this.#boxes.usageOf(box.no)
    return messages + 1 > quota.maxMessages || bytes + item.body.length > quota.maxBytes
  }

  /** Stores a body once and gives its key wrapped for each mailbox; no keys when there is only one. */
  #addBody(seq: number, item: AppendItem, boxes: readonly Box[]): Uint8Array[] {
    const plain = concatBytes(idBytes(item.messageId), item.body)
    const [only, another] = boxes
    if (only !== undefined && another === undefined) {
      this.#sql.addBody.run(seq, sealAtRest(only.bodyKey, bodyPlace(seq), plain))
      return []
    }
    const ownKey = newDataKey()
    this.#sql.addBody.run(seq, sealAtRest(loadDataKey(ownKey), bodyPlace(seq), plain))
    this.#sql.addShare.run(seq, boxes.length, item.body.length)
    return boxes.map((box) => sealAtRest(box.bodyKey, keyPlace(seq, box.address), ownKey))
  }

  /** Message id and body of a row; nothing when it is damaged. */
  #openBody(box: Box, { seq, wrapped_key: wrappedKey, sealed }: InboxRow): Uint8Array | undefined {
    if (wrappedKey === null) return openAtRest(box.bodyKey, bodyPlace(seq), sealed)
    const ownKey = openAtRest(box.bodyKey, keyPlace(seq, box.address), wrappedKey)
    return ownKey && openAtRest(loadDataKey(ownKey), bodyPlace(seq), sealed)
  }

  /** The messages of rows; what is damaged is set aside and named, never served. */
  #open<Message extends StoredMessage>(
    box: Box,
    rows: readonly InboxRow[],
    finish: (m: StoredMessage, row: InboxRow) => Message,
  ) {
    const messages: Message[] = []
    for (const row of rows) {
      const plain = this.#openBody(box, row)
      if (plain === undefined) {
        this.#sql.lease.run(neverReturns, null, 0, box.no, row.rank, row.seq)
        this.#damaged.push(row.seq)
        continue
      }
      const priority = priorities[highestRank - row.rank] ?? 'normal'
      const messageId = toHex(plain.subarray(0, messageIdBytes)) as MessageId
      const body = plain.slice(messageIdBytes)
      messages.push(finish({ seq: row.seq, messageId, priority, expires: row.expires, body }, row))
    }
    return messages
  }

  /** Looks at messages. */
  read(address: MailboxId, options: ReadOptions): StoredMessage[] {
    const { priority, afterSeq = 0, limit, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const [low, high] = priority === undefined ? [0, highestRank] : Array(2).fill(highestRank - priorityByte(priority))
    const rows = this.#sql.read.all(box.no, low, high, afterSeq, now, limit) as unknown as InboxRow[]
    return this.#open(box, rows, (message) => message)
  }

  /** Leases messages. */
  lease(address: MailboxId, options: LeaseOptions): LeasedMessage[] {
    const { consumer, count, leaseMillis, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const rows = this.#sql.leasable.all(box.no, now, now, count) as unknown as InboxRow[]
    const leasedUntil = now + leaseMillis
    return this.#open(box, rows, (message, row) => {
      this.#sql.lease.run(leasedUntil, consumer, 1, box.no, row.rank, row.seq)
      this.#leases.set(box.no, row.seq, { rank: row.rank, until: leasedUntil, consumer })
      return { ...message, attempt: row.attempt + 1, leasedUntil }
    })
  }

  /** Removes what the consumer holds. */
  ack(address: MailboxId, consumer: string, seqs: readonly number[]): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    return seqs.filter((seq) => {
      const lease = this.#leases.get(no, seq)
      return lease?.consumer === consumer && this.#remove(no, lease.rank, seq)
    }).length
  }

  /** Gives back what the consumer holds. */
  release(address: MailboxId, consumer: string, seqs: readonly number[]): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    return seqs.filter((seq) => {
      const lease = this.#leases.get(no, seq)
      if (lease?.consumer !== consumer) return false
      this.#endLease(no, lease.rank, seq)
      return true
    }).length
  }

  #endLease(no: number, rank: number, seq: number): void {
    this.#sql.lease.run(0, null, 0, no, rank, seq)
    this.#leases.delete(no, seq)
  }

  #remove(no: number, rank: number, seq: number): boolean {
    const row = this.#sql.dropInbox.get(no, rank, seq) as { size: number; shared: number } | undefined
    if (row === undefined) return false
    this.#leases.delete(no, seq)
    this.#boxes.count(no, -1, -row.size)
    const holders = row.shared === 1 ? this.#sql.leaveShare.get(seq)?.['holders'] : 0
    if (holders !== 0) return true
    this.#sql.dropBody.run(seq)
    if (row.shared === 1) this.#sql.dropShare.run(seq)
    return true
  }

  /** Erases one message, and the key it lay under: the others of the mailbox are encrypted anew. */
  eraseMessage(address: MailboxId, seq: number): boolean {
    const box = this.#boxes.find(address)
    const rank = box && (this.#sql.findRank.get(box.no, seq)?.['rank'] as number | undefined)
    if (box === undefined || rank === undefined || !this.#remove(box.no, rank, seq)) return false
    const renewed = this.#boxes.renewKey(box)
    for (const row of this.#sql.ofBox.all(box.no) as unknown as InboxRow[]) this.#reseal(box, renewed, row)
    return true
  }

  /** Moves a row from one key to another. A damaged one stays as it is. */
  #reseal(old: Box, renewed: Box, row: InboxRow): void {
    const { seq, rank, wrapped_key: wrappedKey, sealed } = row
    const place = wrappedKey === null ? bodyPlace(seq) : keyPlace(seq, old.address)
    const plain = openAtRest(old.bodyKey, place, wrappedKey ?? sealed)
    if (plain === undefined) return
    const resealed = sealAtRest(renewed.bodyKey, place, plain)
    if (wrappedKey === null) this.#sql.resealBody.run(resealed, seq)
    else this.#sql.rewrapKey.run(resealed, old.no, rank, seq)
  }

  /** Erases a mailbox with its keys. */
  eraseMailbox(address: MailboxId): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const rows = this.#sql.ofBox.all(no) as unknown as InboxRow[]
    for (const { rank, seq } of rows) this.#remove(no, rank, seq)
    this.#sql.forgetSeen.run(no)
    this.#boxes.drop(no)
    return rows.length
  }

  /** One turn of dropping what has expired and returning lapsed leases. */
  sweep(now: Millis): SweepTurn {
    const rows = this.#sql.expired.all(now, sweepTurn) as unknown as (Record<'mailbox' | 'rank' | 'seq', number> & {
      tag: Uint8Array
    })[]
    const dropped = rows.filter((row) => this.#remove(row.mailbox, row.rank, row.seq)).length
    for (const row of rows) this.#sql.dropSeen.run(row.mailbox, row.tag)
    for (const no of new Set(rows.map((row) => row.mailbox)))
      if (this.#sql.hasSeen.get(no) === undefined) this.#boxes.drop(no)
    const lapsed = this.#leases.lapsed(now)
    for (const { no, seq, rank } of lapsed) this.#endLease(no, rank, seq)
    const returned = [...new Set(lapsed.map(({ no }) => no))].map((no) => this.#boxes.addressOf(no))
    return { dropped, more: rows.length === sweepTurn, returned }
  }

  /** How much there is. Reads the whole inbox index. */
  stats(): MailboxStats {
    return { ...(this.#sql.stats.get() as unknown as MailboxStats) }
  }
}

/** A digest that means nothing without the mailbox's tag key. */
function blind(tagKey: Uint8Array, digest: Uint8Array): Uint8Array {
  return hash('sha256', concatBytes(tagKey, digest), 'buffer')
}

function bodyPlace(seq: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(seq))
  return bytes
}

function keyPlace(seq: number, address: MailboxId): Uint8Array {
  return concatBytes(bodyPlace(seq), idBytes(address))
}
