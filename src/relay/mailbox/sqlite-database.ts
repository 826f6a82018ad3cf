/**
 * A mailbox store over one SQLite database, synchronous: what the worker thread runs. Each call happens inside a
 * transaction that the worker opens and commits, so many calls share one fsync.
 *
 * Leases are also kept in memory: acknowledging then needs no look-up. `rollback` drops that memory.
 */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { concatBytes, toHex } from '../../core/bytes.ts'
import { idBytes, type MailboxId, type MessageId, type Millis } from '../../core/ids.ts'
import { priorities, priorityByte } from '../../core/priority.ts'
import { loadDataKey, newDataKey, openAtRest, sealAtRest } from './body-cipher.ts'
import { type Box, BoxTable } from './box-table.ts'
import type { KeyFile } from './key-file.ts'
import { LeaseTable } from './lease-table.ts'
import { fitting, inTurn, LeaseTurns } from './lease-turns.ts'
import type {
  AppendItem,
  AppendOutcome,
  LeasedMessage,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
  StoredMessage,
} from './port.ts'
import { RecentBodies } from './recent-bodies.ts'
import { keyPlace, type Placed, rowPlace, seqPlace } from './row-place.ts'
import { seenTag } from './seen-tag.ts'
import { SideTables } from './side-tables.ts'
import type { Damage, SweepTurn } from './sqlite-protocol.ts'
import {
  highestRank,
  type InboxRow,
  type MailboxStatements,
  mailboxStatements,
  neverReturns,
  type SeenRow,
} from './sqlite-statements.ts'

type Seen = Pick<SeenRow, 'seq' | 'expires'>

/** How many messages one turn of the sweep drops. */
const sweepTurn = 500
const messageIdBytes = 16

/** The store's calls, each to be made inside a transaction. */
export class MailboxDatabase {
  readonly #sql: MailboxStatements
  readonly #boxes: BoxTable
  readonly #leases = new LeaseTable()
  readonly #turns = new LeaseTurns<number>()
  readonly #recent = new RecentBodies()
  /** Whether there may be tags that say nothing of time, from schema 1. */
  readonly #hasOldTags: boolean
  readonly #side: SideTables
  #seq = 0
  #savedSeq = 0
  #damaged: Damage[] = []

  /** @param db opened by `openDatabase` @param keys opened by `openKeys` */
  constructor(db: DatabaseSync, keys: KeyFile) {
    this.#sql = mailboxStatements(db)
    this.#hasOldTags = this.#sql.oldTags.get()?.['old_tags'] === 1
    this.#boxes = new BoxTable(db, keys)
    this.#side = new SideTables(db, (place) => this.#damaged.push({ what: 'package', seq: place }))
    this.rollback()
  }

  /** Reads anew what is kept in memory: after opening, and after a rollback. */
  rollback(): void {
    this.#boxes.rollback()
    this.#leases.clear()
    this.#recent.clear()
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

  /** What was found damaged since the last time this was asked. */
  takeDamaged(): Damage[] {
    return this.#damaged.splice(0)
  }

  /** Keeps one message. */
  append(item: AppendItem, quota: MailboxQuota | undefined): AppendOutcome {
    const plain = concatBytes(idBytes(item.messageId), item.body)
    const digest = hash('sha256', plain, 'buffer')
    const known = item.mailboxes.map((address) => this.#seenAs(address, digest, item.endsAt))
    const fresh = item.mailboxes.filter((_, i) => known[i] === undefined)
    const [first] = known
    if (fresh.length === 0 && first !== undefined) return { duplicateOf: first.seq, expires: first.expires }
    if (quota !== undefined && fresh.some((address) => this.#isFull(address, item, quota))) return { full: true }
    const boxes = fresh.map((address) => this.#boxes.make(address))
    const seq = ++this.#seq
    const rank = highestRank - priorityByte(item.priority)
    const wrappedKeys = this.#addBody({ seq, rank, expires: item.expires, form: 1 }, plain, boxes)
    for (const [i, { no, tagKey }] of boxes.entries()) {
      this.#sql.addInbox.run(no, rank, seq, item.expires, item.body.length, wrappedKeys[i] ?? null)
      this.#sql.addSeen.run(no, seenTag(tagKey, digest, item.endsAt), rank, seq, item.expires)
      this.#boxes.count(no, 1, item.body.length)
    }
    return { seq }
  }

  #seenAs(address: MailboxId, digest: Uint8Array, endsAt: Millis | undefined): Seen | undefined {
    const box = this.#boxes.find(address)
    if (box === undefined) return undefined
    const seen = this.#sql.findSeen.get(box.no, seenTag(box.tagKey, digest, endsAt)) as Seen | undefined
    if (seen !== undefined || endsAt === undefined || !this.#hasOldTags) return seen
    return this.#sql.findSeen.get(box.no, seenTag(box.tagKey, digest)) as Seen | undefined
  }

  #isFull(address: MailboxId, item: AppendItem, quota: MailboxQuota): boolean {
    const box = this.#boxes.find(address)
    const { messages, bytes } = box === undefined ? { messages: 0, bytes: 0 } : this.#boxes.usageOf(box.no)
    return messages + 1 > quota.maxMessages || bytes + item.body.length > quota.maxBytes
  }

  /** Stores a body once and gives its key wrapped for each mailbox; no keys when there is only one. */
  #addBody(row: Placed, plain: Uint8Array, boxes: readonly Box[]): Uint8Array[] {
    const { seq } = row
    this.#recent.add(seq, { rank: row.rank, expires: row.expires, plain })
    const [only, another] = boxes
    if (only !== undefined && another === undefined) {
      this.#sql.addBody.run(seq, sealAtRest(only.bodyKey, rowPlace(row), plain))
      return []
    }
    const ownKey = newDataKey()
    this.#sql.addBody.run(seq, sealAtRest(loadDataKey(ownKey), seqPlace(seq), plain))
    this.#sql.addShare.run(seq, boxes.length, plain.length - messageIdBytes)
    return boxes.map((box) => sealAtRest(box.bodyKey, keyPlace(row, box.address), ownKey))
  }

  /** Message id and body of a row; nothing when it is damaged. */
  #openBody(box: Box, row: InboxRow): Uint8Array | undefined {
    const recent = this.#recent.find(row)
    if (recent !== undefined) return recent
    const sealed = this.#sql.body.get(row.seq)?.['sealed'] as Uint8Array | undefined
    if (sealed === undefined) return undefined
    if (row.wrapped_key === null) return openAtRest(box.bodyKey, rowPlace(row), sealed)
    const ownKey = openAtRest(box.bodyKey, keyPlace(row, box.address), row.wrapped_key)
    return ownKey && openAtRest(loadDataKey(ownKey), seqPlace(row.seq), sealed)
  }

  /** The message of a row; what is damaged is set aside and named, never served. */
  #open(box: Box, row: InboxRow): StoredMessage | undefined {
    const { rank, seq, expires } = row
    const plain = this.#openBody(box, row)
    if (plain === undefined) {
      this.#sql.lease.run(neverReturns, null, 0, box.no, rank, seq)
      this.#damaged.push({ what: 'message', seq })
      return undefined
    }
    const priority = priorities[highestRank - rank] ?? 'normal'
    const messageId = toHex(plain.subarray(0, messageIdBytes)) as MessageId
    return { seq, messageId, priority, expires, body: plain.slice(messageIdBytes) }
  }

  /** Rows and their messages. A choice with damaged ones in it is made again without them, so that none is short. */
  #openIntact(box: Box, choose: () => readonly InboxRow[]): (readonly [InboxRow, StoredMessage])[] {
    for (;;) {
      const rows = choose()
      const opened = rows.flatMap((row) => {
        const message = this.#open(box, row)
        return message === undefined ? [] : [[row, message] as const]
      })
      if (opened.length === rows.length) return opened
    }
  }

  /** Looks at messages. */
  read(address: MailboxId, options: ReadOptions): StoredMessage[] {
    const { priority, afterSeq = 0, order = 'delivery', limit, maxBytes, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const bounds = [box.no, afterSeq, neverReturns - 1, now, limit] as const
    const choose = () => {
      if (order === 'arrival' && priority === undefined) return this.#sql.byArrival.all(...bounds)
      const rank = priority === undefined ? undefined : highestRank - priorityByte(priority)
      return this.#sql.byClass.all(...bounds, rank ?? 0, rank ?? highestRank)
    }
    const fits = () => fitting(choose() as unknown as InboxRow[], sizeOf, { count: limit, maxBytes })
    return this.#openIntact(box, fits).map(([, message]) => message)
  }

  /** Leases messages. */
  lease(address: MailboxId, options: LeaseOptions): LeasedMessage[] {
    const { consumer, leaseMillis, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const leasedUntil = now + leaseMillis
    const leased = this.#openIntact(box, () => this.#inTurn(box.no, options)).map(([row, message]) => {
      this.#sql.lease.run(leasedUntil, consumer, 1, box.no, row.rank, row.seq)
      this.#leases.set(box.no, row.seq, { rank: row.rank, until: leasedUntil, consumer })
      return { ...message, attempt: row.attempt + 1, leasedUntil }
    })
    this.#turns.add(box.no, leased.length)
    return leased
  }

  /** The rows that are to be leased next. */
  #inTurn(no: number, { count, maxBytes, now }: LeaseOptions): InboxRow[] {
    const bounds = [no, 0, now, now, count] as const
    const byClass = this.#sql.byClass.all(...bounds, 0, highestRank) as unknown as InboxRow[]
    const [first] = byClass
    if (first === undefined) return []
    const { hasLower, byArrival } = this.#sql
    function* inArrival(): Generator<InboxRow> {
      const rows = hasLower.get(no, first?.rank ?? 0) === undefined ? byClass : byArrival.all(...bounds)
      yield* rows as unknown as InboxRow[]
    }
    return fitting(inTurn({ byClass, byArrival: inArrival() }, this.#turns.given(no)), sizeOf, { count, maxBytes })
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

  /** Prolongs what the consumer holds. */
  extend(address: MailboxId, consumer: string, seqs: readonly number[], leasedUntil: Millis): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const held = [...new Set(seqs)].filter((seq) => this.#leases.get(no, seq)?.consumer === consumer)
    for (const seq of held) {
      const lease = this.#leases.get(no, seq)
      if (lease === undefined || lease.until >= leasedUntil) continue
      this.#sql.prolong.run(leasedUntil, no, lease.rank, seq)
      this.#leases.set(no, seq, { ...lease, until: leasedUntil })
    }
    return held.length
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
    this.#recent.drop(seq)
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
    this.#side.reseal(box, renewed)
    return true
  }

  /** Moves a row from one key to another. A damaged one stays as it is. */
  #reseal(old: Box, renewed: Box, row: InboxRow): void {
    const { seq, rank, wrapped_key: wrappedKey } = row
    const place = wrappedKey === null ? rowPlace(row) : keyPlace(row, old.address)
    const sealed = wrappedKey ?? (this.#sql.body.get(seq)?.['sealed'] as Uint8Array | undefined)
    const plain = sealed && openAtRest(old.bodyKey, place, sealed)
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
    this.#drop(no)
    return rows.length
  }

  #drop(no: number): void {
    this.#side.drop(no)
    this.#turns.forget(no)
    this.#boxes.drop(no)
  }

  #dropIfEmpty(no: number): void {
    if (this.#sql.hasSeen.get(no) === undefined && !this.#side.holds(no)) this.#drop(no)
  }

  /** The settings of a mailbox. */
  settings(address: MailboxId): Uint8Array | undefined {
    const box = this.#boxes.find(address)
    return box && this.#side.settings(box)
  }

  /** Sets or removes the settings of a mailbox. */
  configure(address: MailboxId, settings: Uint8Array | undefined): void {
    const box = this.#boxes.make(address)
    this.#side.configure(box, settings)
    this.#dropIfEmpty(box.no)
  }

  /** Lays packages out. */
  shelve(address: MailboxId, packages: readonly ShelfPackage[], quota: ShelfQuota | undefined): ShelveOutcome {
    const box = this.#boxes.make(address)
    const outcome = this.#side.shelve(box, packages, quota)
    this.#dropIfEmpty(box.no)
    return outcome
  }

  /** Takes a package. */
  takePackage(address: MailboxId): ShelfPackage | undefined {
    const box = this.#boxes.find(address)
    return box && this.#side.take(box)
  }

  /** What lies on a shelf. */
  shelfStats(address: MailboxId): ShelfStats {
    const box = this.#boxes.find(address)
    return box === undefined ? { oneTime: 0, hasLastResort: false, bytes: 0 } : this.#side.stats(box)
  }

  /** One turn of dropping what has expired and returning lapsed leases. */
  sweep(now: Millis): SweepTurn {
    const rows = this.#sql.expired.all(now, sweepTurn) as unknown as SeenRow[]
    const dropped = rows.filter((row) => this.#isOver(row, now) && this.#remove(row.mailbox, row.rank, row.seq)).length
    for (const no of new Set(rows.map((row) => row.mailbox))) this.#dropIfEmpty(no)
    const lapsed = this.#leases.lapsed(now)
    for (const { no, seq, rank } of lapsed) this.#endLease(no, rank, seq)
    const returned = [...new Set(lapsed.map(({ no }) => no))].map((no) => this.#boxes.addressOf(no))
    return { dropped, more: rows.length === sweepTurn, returned }
  }

  /**
   * Forgets what a mailbox has accepted and tells whether the message itself is over too. Its time stands in both tables;
   * where they differ one is damaged, which is named, and that of the message counts, since opening it proves that one.
   */
  #isOver({ mailbox, tag, rank, seq, expires }: SeenRow, now: Millis): boolean {
    const actual = this.#sql.expiry.get(mailbox, rank, seq)?.['expires'] as number | undefined
    if (actual !== undefined && actual !== expires) this.#damaged.push({ what: 'message', seq })
    const isOver = actual === undefined || actual <= now
    if (isOver) this.#sql.dropSeen.run(mailbox, tag)
    else this.#sql.keepSeen.run(actual, mailbox, tag)
    return isOver
  }

  /** How much there is. Reads the whole inbox index. */
  stats(): MailboxStats {
    return { ...(this.#sql.stats.get() as unknown as MailboxStats) }
  }
}

function sizeOf({ size }: InboxRow): number {
  return size
}
