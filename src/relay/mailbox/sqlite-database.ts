/**
 * A mailbox store over one SQLite database, synchronous: what the worker thread runs. Each call happens inside a
 * transaction that the worker opens and commits, so many calls share one fsync.
 *
 * Leases are also kept in memory: acknowledging then needs no look-up. `rollback` drops that memory.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { MailboxId, Millis } from '../../core/ids.ts'
import { priorityByte } from '../../core/priority.ts'
import { BodyTable } from './body-table.ts'
import { type Box, BoxTable } from './box-table.ts'
import { Intake } from './intake.ts'
import type { KeyFile } from './key-file.ts'
import { type Lease, LeaseTable } from './lease-table.ts'
import { fitting, inTurn, LeaseTurns } from './lease-turns.ts'
import type { StoreItem, StoreMessage } from './packing.ts'
import type {
  AppendOutcome,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
} from './port.ts'
import { SideTables } from './side-tables.ts'
import type { Damage, SweepTurn } from './sqlite-protocol.ts'
import {
  highestRank,
  type InboxRow,
  inboxRow,
  type MailboxStatements,
  mailboxStatements,
  neverReturns,
  type SeenRow,
} from './sqlite-statements.ts'

/** How many messages one turn of the sweep drops. */
const sweepTurn = 500

interface LeasedRow extends Omit<Lease, 'until' | 'shared'> {
  readonly mailbox: number
  readonly leased_until: Millis
  readonly shared: number
}

type Removed = Pick<InboxRow, 'rank' | 'seq' | 'size' | 'segment'> & { readonly shared: boolean }

/** Rows that are to be leased; whether they are the first that wait, in the order of the table. */
interface Choice {
  readonly rows: readonly InboxRow[]
  readonly areFirst: boolean
}

/** The store's calls, each to be made inside a transaction. */
export class MailboxDatabase {
  readonly #sql: MailboxStatements
  readonly #boxes: BoxTable
  readonly #bodies: BodyTable
  readonly #intake: Intake
  readonly #leases = new LeaseTable()
  readonly #turns = new LeaseTurns<number>()
  readonly #side: SideTables
  #savedSeq = 0
  #damaged: Damage[] = []

  /** @param db opened by `openDatabase` @param keys opened by `openKeys` */
  constructor(db: DatabaseSync, keys: KeyFile) {
    this.#sql = mailboxStatements(db)
    this.#boxes = new BoxTable(db, keys)
    this.#bodies = new BodyTable(db)
    this.#intake = new Intake(this.#sql, this.#boxes, this.#bodies)
    this.#side = new SideTables(db, (place) => this.#damaged.push({ what: 'package', seq: place }))
    this.rollback()
  }

  /** Reads anew what is kept in memory: after opening, and after a rollback. */
  rollback(): void {
    this.#boxes.rollback()
    this.#bodies.forget()
    this.#leases.clear()
    this.#damaged = []
    this.#intake.seq = this.#savedSeq = Number(this.#sql.lastSeq.get()?.['seq'])
    for (const row of this.#sql.leased.iterate()) {
      const { mailbox, leased_until: until, shared, ...lease } = row as unknown as LeasedRow
      this.#leases.set(mailbox, { ...lease, until, shared: shared === 1 })
    }
  }

  /** Last call of a transaction. Numbers given out are never given out again, even when all their rows are gone. */
  beforeCommit(): void {
    this.#boxes.beforeCommit()
    if (this.#intake.seq !== this.#savedSeq) this.#sql.saveSeq.run(this.#intake.seq)
  }

  /** To be called once the transaction is on disk. */
  afterCommit(): void {
    this.#savedSeq = this.#intake.seq
    this.#boxes.afterCommit()
  }

  /** What was found damaged since the last time this was asked. */
  takeDamaged(): Damage[] {
    return this.#damaged.splice(0)
  }

  /** Keeps messages. */
  append(items: readonly StoreItem[], quota: MailboxQuota | undefined): AppendOutcome[] {
    return this.#intake.append(items, quota)
  }

  /** Message id and body of a row; what is damaged is set aside and named, never served. */
  #open(box: Box, row: InboxRow): Uint8Array | undefined {
    const plain = this.#bodies.open(box, row)
    if (plain !== undefined) return plain
    this.#sql.lease.run(neverReturns, null, 0, box.no, row.rank, row.seq)
    this.#leases.delete(box.no, row.seq)
    this.#damaged.push({ what: 'message', seq: row.seq })
    return undefined
  }

  /** A choice and what its rows hold. One with damaged ones in it is made again without them, so that none is short. */
  #openIntact(box: Box, choose: () => Choice): Choice & { readonly bodies: readonly Uint8Array[] } {
    for (;;) {
      const choice = choose()
      const bodies = choice.rows.map((row) => this.#open(box, row)).filter((plain) => plain !== undefined)
      if (bodies.length === choice.rows.length) return { ...choice, bodies }
    }
  }

  /** Looks at messages. */
  read(address: MailboxId, options: ReadOptions): StoreMessage[] {
    const { priority, afterSeq = 0, order = 'delivery', limit, maxBytes, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const bounds = [box.no, afterSeq, neverReturns - 1, now, limit] as const
    const choose = () => {
      if (order === 'arrival' && priority === undefined) return this.#sql.byArrival.all(...bounds)
      const rank = priority === undefined ? undefined : highestRank - priorityByte(priority)
      return this.#sql.byClass.all(...bounds, rank ?? 0, rank ?? highestRank)
    }
    const fits = () => fitting(choose().map(inboxRow), sizeOf, { count: limit, maxBytes })
    const { rows, bodies } = this.#openIntact(box, () => ({ rows: fits(), areFirst: false }))
    return rows.map((row, i) => messageOf(row, bodies[i] as Uint8Array))
  }

  /** Leases messages. */
  lease(address: MailboxId, options: LeaseOptions): StoreMessage[] {
    const { consumer, leaseMillis, now } = options
    const box = this.#boxes.find(address)
    if (box === undefined) return []
    const until = now + leaseMillis
    const { rows, areFirst, bodies } = this.#openIntact(box, () => this.#inTurn(box.no, options))
    if (areFirst) this.#leaseFirst(box.no, rows, { consumer, until, now })
    else for (const { rank, seq } of rows) this.#sql.lease.run(until, consumer, 1, box.no, rank, seq)
    for (const { rank, seq, size, segment, wrapped_key } of rows)
      this.#leases.set(box.no, { rank, seq, size, segment, shared: wrapped_key !== null, until, consumer })
    this.#turns.add(box.no, rows.length)
    return rows.map((row, i) => ({
      ...messageOf(row, bodies[i] as Uint8Array),
      attempt: row.attempt + 1,
      leasedUntil: until,
    }))
  }

  /** Notes the lease of the rows that wait first, a class at a time. */
  #leaseFirst(no: number, rows: readonly InboxRow[], lease: { consumer: string; until: Millis; now: Millis }): void {
    const { consumer, until, now } = lease
    const lastOf = new Map(rows.map(({ rank, seq }) => [rank, seq]))
    for (const [rank, seq] of lastOf) this.#sql.leaseWaiting.run(no, 0, now, now, until, consumer, rank, seq)
  }

  /** The rows that are to be leased next. */
  #inTurn(no: number, { count, maxBytes, now }: LeaseOptions): Choice {
    const bounds = [no, 0, now, now, count] as const
    const byClass = this.#sql.byClass.all(...bounds, 0, highestRank).map(inboxRow)
    const [first] = byClass
    if (first === undefined) return { rows: [], areFirst: true }
    const { hasLower, byArrival } = this.#sql
    function* inArrival(): Generator<InboxRow> {
      yield* hasLower.get(no, first?.rank ?? 0) === undefined ? byClass : byArrival.all(...bounds).map(inboxRow)
    }
    const turns = inTurn({ byClass, byArrival: inArrival() }, this.#turns.given(no))
    const rows = fitting(turns, sizeOf, { count, maxBytes })
    return { rows, areFirst: rows.every((row, i) => row === byClass[i]) }
  }

  /** What the consumer holds of these. */
  #held(no: number, consumer: string, seqs: readonly number[]): Lease[] {
    const leases = [...new Set(seqs)].map((seq) => this.#leases.get(no, seq))
    return leases.filter((lease) => lease?.consumer === consumer) as Lease[]
  }

  /** Removes what the consumer holds. */
  ack(address: MailboxId, consumer: string, seqs: readonly number[]): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const held = this.#held(no, consumer, seqs)
    for (const ofClass of Map.groupBy(held, ({ rank }) => rank).values()) this.#dropHeld(no, ofClass)
    this.#removed(no, held)
    return held.length
  }

  /** Deletes rows of a class that one consumer holds: at once where it holds nothing between them. */
  #dropHeld(no: number, held: readonly Lease[]): void {
    const [{ rank, consumer }] = held as [Lease]
    const seqs = held.map(({ seq }) => seq)
    const range = [no, rank, Math.min(...seqs), Math.max(...seqs), consumer] as const
    const [between] = this.#sql.countHeld.get(...range) as unknown as [number]
    if (between === held.length) this.#sql.dropHeld.run(...range)
    else for (const seq of seqs) this.#sql.drop.run(no, rank, seq)
  }

  /** Gives back what the consumer holds. */
  release(address: MailboxId, consumer: string, seqs: readonly number[]): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const held = this.#held(no, consumer, seqs)
    for (const { rank, seq } of held) this.#endLease(no, rank, seq)
    return held.length
  }

  /** Prolongs what the consumer holds. */
  extend(address: MailboxId, consumer: string, seqs: readonly number[], leasedUntil: Millis): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const held = this.#held(no, consumer, seqs)
    for (const lease of held) {
      if (lease.until >= leasedUntil) continue
      this.#sql.prolong.run(leasedUntil, no, lease.rank, lease.seq)
      this.#leases.set(no, { ...lease, until: leasedUntil })
    }
    return held.length
  }

  #endLease(no: number, rank: number, seq: number): void {
    this.#sql.lease.run(0, null, 0, no, rank, seq)
    this.#leases.delete(no, seq)
  }

  #remove(no: number, rank: number, seq: number): boolean {
    const found = this.#sql.find.get(no, rank, seq)
    if (found === undefined) return false
    const row = inboxRow(found)
    this.#sql.drop.run(no, rank, seq)
    this.#removed(no, [{ ...row, shared: row.wrapped_key !== null }])
    return true
  }

  /** Forgets what else there is of rows that are gone. */
  #removed(no: number, rows: readonly Removed[]): void {
    for (const { seq, size } of rows) {
      this.#leases.delete(no, seq)
      this.#boxes.count(no, -1, -size)
    }
    this.#bodies.drop(rows)
  }

  /** Erases one message, and the key it lay under: the others of the mailbox are encrypted anew. */
  eraseMessage(address: MailboxId, seq: number): boolean {
    const box = this.#boxes.find(address)
    const rank = box && (this.#sql.findRank.get(box.no, seq)?.['rank'] as number | undefined)
    if (box === undefined || rank === undefined || !this.#remove(box.no, rank, seq)) return false
    const renewed = this.#boxes.renewKey(box)
    this.#bodies.reseal(box, renewed, this.#sql.ofBox.all(box.no).map(inboxRow))
    this.#side.reseal(box, renewed)
    return true
  }

  /** Erases a mailbox with its keys. */
  eraseMailbox(address: MailboxId): number {
    const no = this.#boxes.find(address)?.no
    if (no === undefined) return 0
    const rows = this.#sql.ofBox.all(no).map(inboxRow)
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

function messageOf({ rank, seq, expires }: InboxRow, plain: Uint8Array): StoreMessage {
  return { seq, priority: highestRank - rank, expires, attempt: 0, leasedUntil: 0, plain }
}
