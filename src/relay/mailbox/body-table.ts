/**
 * The bodies of a mailbox database, encrypted. A message lies alone, in a segment with others of its mailbox that came
 * with it, or in a row that several mailboxes share; of the last two, `share` counts the messages that still need them.
 * Called inside the transactions of `MailboxDatabase`.
 */
import type { DatabaseSync } from 'node:sqlite'
import { utf8 } from '../../core/bytes.ts'
import { loadDataKey, newDataKey, openAtRest, sealAtRest } from './body-cipher.ts'
import type { Box } from './box-table.ts'
import { messageIdBytes } from './packing.ts'
import { RecentBodies } from './recent-bodies.ts'
import { keyPlace, rowPlace, seqPlace } from './row-place.ts'
import { type Entry, packSegment, unpackSegment } from './segment.ts'
import type { InboxRow } from './sqlite-statements.ts'

/** Where the body of a message lies that was removed from its mailbox. */
export interface Removed {
  readonly seq: number
  readonly segment: number | null
  /** Whether other mailboxes may have it too. */
  readonly shared: boolean
}

function statements(db: DatabaseSync) {
  return {
    add: db.prepare('INSERT INTO body (seq, sealed) VALUES (?, ?)'),
    find: db.prepare('SELECT sealed FROM body WHERE seq = ?'),
    reseal: db.prepare('UPDATE body SET sealed = ? WHERE seq = ?'),
    drop: db.prepare('DELETE FROM body WHERE seq = ?'),
    rewrapKey: db.prepare('UPDATE inbox SET wrapped_key = ? WHERE mailbox = ? AND rank = ? AND seq = ?'),
    addShare: db.prepare('INSERT INTO share (seq, holders, size) VALUES (?, ?, ?)'),
    leaveShare: db.prepare('UPDATE share SET holders = holders - ? WHERE seq = ? RETURNING holders'),
    dropShare: db.prepare('DELETE FROM share WHERE seq = ?'),
  }
}

/** All bodies. */
export class BodyTable {
  readonly #sql: ReturnType<typeof statements>
  readonly #recent = new RecentBodies()

  constructor(db: DatabaseSync) {
    this.#sql = statements(db)
  }

  /** Drops what is kept in memory. */
  forget(): void {
    this.#recent.clear()
  }

  /** Stores messages of one mailbox, and gives the number of their segment; nothing for one that lies alone. */
  add(box: Box, entries: readonly Entry[]): number | null {
    const [first, another] = entries
    if (first === undefined) return null
    const { seq } = first
    if (another === undefined) {
      this.#addAlone(first, box.no, sealAtRest(box.bodyKey, rowPlace({ ...first, form: 1 }), first.plain))
      return null
    }
    const segment = packSegment(entries)
    this.#sql.add.run(seq, sealAtRest(box.bodyKey, segmentPlace(seq), segment))
    this.#sql.addShare.run(seq, entries.length, 0)
    this.#recent.add(seq, box.no, unpackSegment(segment))
    return seq
  }

  #addAlone(entry: Entry, mailbox: number | undefined, sealed: Uint8Array): void {
    this.#sql.add.run(entry.seq, sealed)
    // Copied: what came with it would stay in memory as long as it does.
    this.#recent.add(entry.seq, mailbox, [{ ...entry, plain: entry.plain.slice() }])
  }

  /** Stores a message of several mailboxes under a key of its own, and gives that key wrapped for each of them. */
  addShared(boxes: readonly Box[], entry: Entry): Uint8Array[] {
    const { seq, plain } = entry
    const ownKey = newDataKey()
    this.#addAlone(entry, undefined, sealAtRest(loadDataKey(ownKey), seqPlace(seq), plain))
    this.#sql.addShare.run(seq, boxes.length, plain.length - messageIdBytes)
    return boxes.map((box) => sealAtRest(box.bodyKey, keyPlace({ ...entry, form: 1 }, box.address), ownKey))
  }

  /** Message id and body of a row; nothing when it is damaged. */
  open(box: Box, row: InboxRow): Uint8Array | undefined {
    const { seq, rank, expires, segment } = row
    const entries = this.#recent.find(segment ?? seq, box.no) ?? this.#readSegment(box, segment)
    if (entries === undefined) return segment === null ? this.#openAlone(box, row) : undefined
    const entry = entries.find((each) => each.seq === seq)
    return entry?.rank === rank && entry.expires === expires ? entry.plain : undefined
  }

  #sealed(number: number): Uint8Array | undefined {
    return this.#sql.find.get(number)?.['sealed'] as Uint8Array | undefined
  }

  #openAlone(box: Box, row: InboxRow): Uint8Array | undefined {
    const sealed = this.#sealed(row.seq)
    if (sealed === undefined) return undefined
    if (row.wrapped_key === null) return openAtRest(box.bodyKey, rowPlace(row), sealed)
    const ownKey = openAtRest(box.bodyKey, keyPlace(row, box.address), row.wrapped_key)
    return ownKey && openAtRest(loadDataKey(ownKey), seqPlace(row.seq), sealed)
  }

  /** A segment from disk. It stays in memory: its other messages are likely to be next. */
  #readSegment(box: Box, segment: number | null): Entry[] | undefined {
    const sealed = segment === null ? undefined : this.#sealed(segment)
    if (segment === null || sealed === undefined) return undefined
    const plain = openAtRest(box.bodyKey, segmentPlace(segment), sealed)
    const entries = plain && unpackSegment(plain)
    if (entries !== undefined) this.#recent.add(segment, box.no, entries)
    return entries
  }

  /** Deletes the bodies of removed messages that nobody needs any more. */
  drop(removed: readonly Removed[]): void {
    const counted = new Map<number, number>()
    for (const { seq, segment, shared } of removed) {
      const number = segment ?? seq
      if (shared || segment !== null) counted.set(number, (counted.get(number) ?? 0) + 1)
      else this.#dropRow(number)
    }
    for (const [number, count] of counted) {
      if (this.#sql.leaveShare.get(count, number)?.['holders'] !== 0) continue
      this.#sql.dropShare.run(number)
      this.#dropRow(number)
    }
  }

  #dropRow(number: number): void {
    this.#recent.drop(number)
    this.#sql.drop.run(number)
  }

  /** Moves the bodies of a mailbox's rows from one key to another. Of a segment, only these rows are left. */
  reseal(old: Box, renewed: Box, rows: readonly InboxRow[]): void {
    for (const row of rows) if (row.segment === null) this.#resealAlone(old, renewed, row)
    const left = new Set(rows.map(({ seq }) => seq))
    for (const segment of new Set(rows.map((row) => row.segment))) {
      this.#recent.drop(segment ?? 0)
      const entries = this.#readSegment(old, segment)?.filter(({ seq }) => left.has(seq))
      if (segment === null || entries === undefined) continue
      this.#recent.drop(segment)
      this.#sql.reseal.run(sealAtRest(renewed.bodyKey, segmentPlace(segment), packSegment(entries)), segment)
    }
  }

  /** Moves a body, or the key of a shared one. A damaged one stays as it is. */
  #resealAlone(old: Box, renewed: Box, row: InboxRow): void {
    const { seq, rank, wrapped_key: wrappedKey } = row
    const place = wrappedKey === null ? rowPlace(row) : keyPlace(row, old.address)
    const sealed = wrappedKey ?? this.#sealed(seq)
    const plain = sealed && openAtRest(old.bodyKey, place, sealed)
    if (plain === undefined) return
    const resealed = sealAtRest(renewed.bodyKey, place, plain)
    if (wrappedKey === null) this.#sql.reseal.run(resealed, seq)
    else this.#sql.rewrapKey.run(resealed, old.no, rank, seq)
  }
}

/** What the encryption of a segment binds: its number. What its messages say stands in it. */
function segmentPlace(segment: number): Uint8Array {
  return utf8(`segment ${segment}`)
}
