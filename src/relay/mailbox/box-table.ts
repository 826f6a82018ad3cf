/**
 * Mailboxes of a database: their numbers, keys and sizes. Numbers stand in rows; addresses and keys are in the key
 * file only. Keys and sizes of those in use are kept in memory.
 */
import { hash, type KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { idBytes, type MailboxId } from '../../core/ids.ts'
import { loadDataKey, newDataKey } from './body-cipher.ts'
import type { KeyFile, MailboxKeys } from './key-file.ts'
import { StoreFailureSignal } from './sqlite-schema.ts'

/** One mailbox. */
export interface Box {
  readonly no: number
  readonly slot: number
  readonly address: MailboxId
  readonly bodyKey: KeyObject
  readonly tagKey: Uint8Array
}

/** How much a mailbox holds. */
export interface BoxUsage {
  readonly messages: number
  readonly bytes: number
}

/** How many mailboxes' keys and sizes are kept in memory. */
const maxCached = 50_000

function statements(db: DatabaseSync) {
  return {
    find: db.prepare('SELECT no, slot FROM mailbox WHERE lookup = ?'),
    slotOf: db.prepare('SELECT slot FROM mailbox WHERE no = ?'),
    add: db.prepare('INSERT INTO mailbox (lookup, slot) VALUES (?, ?)'),
    moveTo: db.prepare('UPDATE mailbox SET slot = ? WHERE no = ?'),
    drop: db.prepare('DELETE FROM mailbox WHERE no = ?'),
    slots: db.prepare('SELECT slot FROM mailbox'),
    usage: db.prepare('SELECT count(*) AS messages, total(size) AS bytes FROM inbox WHERE mailbox = ?'),
  }
}

/** All mailboxes. Keys are written before a commit and erased after it. */
export class BoxTable {
  readonly #sql: ReturnType<typeof statements>
  readonly #keys: KeyFile
  readonly #boxes = new Map<MailboxId, Box>()
  readonly #usage = new Map<number, BoxUsage>()
  #added: number[] = []
  #dropped: number[] = []

  constructor(db: DatabaseSync, keys: KeyFile) {
    this.#sql = statements(db)
    this.#keys = keys
    keys.keepOnly(new Set(this.#sql.slots.all().map((row) => row['slot'] as number)))
  }

  /** Drops what is kept in memory, and the keys of mailboxes that a rolled back transaction made. */
  rollback(): void {
    for (const slot of this.#added) this.#keys.erase(slot)
    this.#boxes.clear()
    this.#usage.clear()
    this.#added = []
    this.#dropped = []
  }

  /** A message must not be durable before its key is. */
  beforeCommit(): void {
    this.#keys.sync()
  }

  /** Destroys the keys that the transaction let go of. */
  afterCommit(): void {
    this.#added = []
    for (const slot of this.#dropped.splice(0)) this.#keys.erase(slot)
    this.#keys.sync()
  }

  #lookup(address: MailboxId): Uint8Array {
    return hash('sha256', Buffer.concat([this.#keys.lookupKey, idBytes(address)]), 'buffer')
  }

  #cache(no: number, slot: number, { mailbox, bodyKey, tagKey }: MailboxKeys): Box {
    if (this.#boxes.size >= maxCached) this.#boxes.clear()
    const box = { no, slot, address: mailbox, bodyKey: loadDataKey(bodyKey), tagKey }
    this.#boxes.set(mailbox, box)
    return box
  }

  #addKeys(keys: MailboxKeys): number {
    const slot = this.#keys.add(keys)
    this.#added.push(slot)
    return slot
  }

  /** A mailbox that was written to before. */
  find(address: MailboxId): Box | undefined {
    const cached = this.#boxes.get(address)
    if (cached !== undefined) return cached
    const row = this.#sql.find.get(this.#lookup(address)) as { no: number; slot: number } | undefined
    if (row === undefined) return undefined
    const keys = this.#keys.read(row.slot)
    if (keys.mailbox !== address) throw new StoreFailureSignal({ kind: 'failed', reason: 'its key file is damaged' })
    return this.#cache(row.no, row.slot, keys)
  }

  /** The address behind a number. */
  addressOf(no: number): MailboxId {
    return this.#keys.read(Number(this.#sql.slotOf.get(no)?.['slot'])).mailbox
  }

  /** A mailbox, made if it is not there. */
  make(address: MailboxId): Box {
    const known = this.find(address)
    if (known !== undefined) return known
    const keys = { mailbox: address, bodyKey: newDataKey(), tagKey: newDataKey() }
    const slot = this.#addKeys(keys)
    const { lastInsertRowid } = this.#sql.add.run(this.#lookup(address), slot)
    return this.#cache(Number(lastInsertRowid), slot, keys)
  }

  /** Gives a mailbox a new body key; the old one is destroyed after the commit. */
  renewKey(box: Box): Box {
    const keys = { mailbox: box.address, bodyKey: newDataKey(), tagKey: box.tagKey }
    const slot = this.#addKeys(keys)
    this.#sql.moveTo.run(slot, box.no)
    this.#dropped.push(box.slot)
    return this.#cache(box.no, slot, keys)
  }

  /** Forgets a mailbox; its keys are destroyed after the commit. */
  drop(no: number): void {
    const slot = Number(this.#sql.slotOf.get(no)?.['slot'])
    this.#boxes.delete(this.#keys.read(slot).mailbox)
    this.#usage.delete(no)
    this.#sql.drop.run(no)
    this.#dropped.push(slot)
  }

  /** How much a mailbox holds. */
  usageOf(no: number): BoxUsage {
    const cached = this.#usage.get(no)
    if (cached !== undefined) return cached
    if (this.#usage.size >= maxCached) this.#usage.clear()
    const usage = { ...(this.#sql.usage.get(no) as unknown as BoxUsage) }
    this.#usage.set(no, usage)
    return usage
  }

  /** Notes that a mailbox holds more or less than before. */
  count(no: number, messages: number, bytes: number): void {
    const usage = this.#usage.get(no)
    if (usage !== undefined) this.#usage.set(no, { messages: usage.messages + messages, bytes: usage.bytes + bytes })
  }
}
