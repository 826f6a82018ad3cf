/**
 * Where the data keys of mailboxes lie: a file of fixed slots beside the database, overwritten in place. SQLite moves
 * rows between pages and leaves copies in their unused parts, even with `secure_delete`, so a key that was ever in a
 * table cannot be destroyed for certain; a slot can.
 *
 * ```
 * struct { opaque magic[32] = "herald/v1 mailbox keys\0…";  opaque lookupKey[32];  opaque unused[32]; } Slot0;
 * struct { opaque mailbox[32];  opaque bodyKey[32];  opaque tagKey[32]; } Slot;      // all zero: free
 * ```
 */
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { concatBytes, equalBytes, toHex, utf8 } from '../../core/bytes.ts'
import { idBytes, type MailboxId } from '../../core/ids.ts'
import { newDataKey } from './body-cipher.ts'

/** The keys of one mailbox. */
export interface MailboxKeys {
  readonly mailbox: MailboxId
  /** Encrypts bodies, 32 bytes. */
  readonly bodyKey: Uint8Array
  /** Blinds the digests by which duplicates are known, 32 bytes. */
  readonly tagKey: Uint8Array
}

const slotBytes = 96
const chunkSlots = 1024
const magic = new Uint8Array(32)
magic.set(utf8('herald/v1 mailbox keys'))
const empty = new Uint8Array(slotBytes)

/** An open key file. The database beside it is locked first, so there is one at a time. */
export class KeyFile {
  // Private, and so is what inspection shows of it: nothing.
  readonly #lookupKey: Uint8Array
  readonly #fd: number
  readonly #free: number[] = []
  #slots: number
  #dirty = false

  /** Opens the file, or makes it. @throws an error of node:fs, or an Error when it is not a key file */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o600)
    closeSync(this.#fd)
    this.#fd = openSync(path, 'r+')
    if (fstatSync(this.#fd).size === 0) this.#create(path)
    this.#slots = Math.ceil(fstatSync(this.#fd).size / slotBytes)
    const first = this.#readSlots(0, 1)
    if (!equalBytes(first.subarray(0, 32), magic)) throw new Error('not a key file')
    this.#lookupKey = first.slice(32, 64)
  }

  /** Blinds the addresses of mailboxes in the database, 32 bytes. */
  get lookupKey(): Uint8Array {
    return this.#lookupKey
  }

  #create(path: string): void {
    writeSync(this.#fd, concatBytes(magic, newDataKey(), new Uint8Array(32)), 0, slotBytes, 0)
    fsyncSync(this.#fd)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  }

  #readSlots(from: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count * slotBytes)
    readSync(this.#fd, bytes, 0, bytes.length, from * slotBytes)
    return bytes
  }

  /** Erases every slot that the database does not name: left by a crash between a commit and its erasures. */
  keepOnly(used: ReadonlySet<number>): void {
    for (let from = 0; from < this.#slots; from += chunkSlots) {
      const chunk = this.#readSlots(from, Math.min(chunkSlots, this.#slots - from))
      for (let slot = Math.max(from, 1); slot < Math.min(from + chunkSlots, this.#slots); slot++) {
        if (used.has(slot)) continue
        const at = (slot - from) * slotBytes
        if (equalBytes(chunk.subarray(at, at + slotBytes), empty)) this.#free.push(slot)
        else this.erase(slot)
      }
    }
    this.sync()
  }

  /** The keys in a slot. */
  read(slot: number): MailboxKeys {
    const bytes = this.#readSlots(slot, 1)
    return {
      mailbox: toHex(bytes.subarray(0, 32)) as MailboxId,
      bodyKey: bytes.slice(32, 64),
      tagKey: bytes.slice(64, 96),
    }
  }

  /** Writes keys into a free slot and names it; durable after `sync`. */
  add(keys: MailboxKeys): number {
    const slot = this.#free.pop() ?? this.#slots++
    this.#write(slot, concatBytes(idBytes(keys.mailbox), keys.bodyKey, keys.tagKey))
    return slot
  }

  /** Overwrites a slot with zeros; durable after `sync`. */
  erase(slot: number): void {
    this.#write(slot, empty)
    this.#free.push(slot)
  }

  #write(slot: number, bytes: Uint8Array): void {
    this.#dirty = true
    // A disk that is nearly full takes a part of a write without a word, and refuses the rest.
    for (let written = 0; written < slotBytes; )
      written += writeSync(this.#fd, bytes, written, slotBytes - written, slot * slotBytes + written)
  }

  /** Brings what was written to the disk. */
  sync(): void {
    if (!this.#dirty) return
    fdatasyncSync(this.#fd)
    this.#dirty = false
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd)
  }
}
