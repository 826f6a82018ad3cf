/**
 * A mailbox store that forgets with the process: for tests and for relays whose senders keep their outbox. Same
 * behaviour as the durable stores (test/compliance/mailbox.ts), simplest structure.
 */
import { hash } from 'node:crypto'
import type { MailboxId, Millis } from '../../core/ids.ts'
import { priorities, priorityByte } from '../../core/priority.ts'
import { assertPackages, assertSettings } from './arguments.ts'
import { StoreClosedError } from './errors.ts'
import { hasLapsed } from './lease-table.ts'
import { fitting, inTurn, LeaseTurns } from './lease-turns.ts'
import { MemoryShelf } from './memory-shelf.ts'
import type {
  AppendItem,
  AppendOutcome,
  LeasedMessage,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  MailboxStore,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
  StoredMessage,
} from './port.ts'
import { WakeBus } from './wake-bus.ts'

interface Entry {
  readonly message: StoredMessage
  /** How many mailboxes the body is shared with; counted down as they let go of it. */
  readonly shared: { holders: number }
  consumer: string | undefined
  leasedUntil: Millis
  attempt: number
}

interface Seen {
  readonly seq: number
  readonly expires: Millis
}

class Box {
  /** By class, lowest first; each in order of arrival, since seqs ascend and a Map keeps insertion order. */
  readonly classes: readonly Map<number, Entry>[] = priorities.map(() => new Map())
  readonly seen = new Map<string, Seen>()
  readonly shelf = new MemoryShelf()
  settings: Uint8Array | undefined
  messages = 0
  bytes = 0

  get isEmpty(): boolean {
    return this.messages + this.seen.size === 0 && this.settings === undefined && this.shelf.isEmpty
  }

  find(seq: number): Entry | undefined {
    return this.classes.map((entries) => entries.get(seq)).find((entry) => entry !== undefined)
  }

  /** Highest class first, then in order of arrival. */
  *entries(): Generator<Entry> {
    for (const entries of this.classes.toReversed()) yield* entries.values()
  }

  *entriesByArrival(): Generator<Entry> {
    yield* [...this.entries()].sort((a, b) => a.message.seq - b.message.seq)
  }

  add(entry: Entry): void {
    this.classes[priorityByte(entry.message.priority)]?.set(entry.message.seq, entry)
    this.messages += 1
    this.bytes += entry.message.body.length
  }

  remove(entry: Entry): void {
    this.classes[priorityByte(entry.message.priority)]?.delete(entry.message.seq)
    this.messages -= 1
    this.bytes -= entry.message.body.length
    entry.shared.holders -= 1
  }
}

class MemoryMailbox implements MailboxStore {
  readonly #boxes = new Map<MailboxId, Box>()
  readonly #wakes = new WakeBus()
  readonly #turns = new LeaseTurns<MailboxId>()
  #seq = 0
  #bytes = 0
  #closed = false

  #box(mailbox: MailboxId): Box | undefined {
    if (this.#closed) throw new StoreClosedError()
    return this.#boxes.get(mailbox)
  }

  async append(items: readonly AppendItem[], _now: Millis, quota?: MailboxQuota): Promise<readonly AppendOutcome[]> {
    const outcomes = items.map((item) => this.#appendOne(item, quota))
    this.#wakes.ring(items.flatMap((item) => item.mailboxes))
    return outcomes
  }

  #appendOne(item: AppendItem, quota: MailboxQuota | undefined): AppendOutcome {
    const tag = `${item.messageId}${hash('sha256', item.body)}`
    const boxes = item.mailboxes.map((mailbox) => this.#box(mailbox) ?? new Box())
    const fresh = boxes.filter((box) => !box.seen.has(tag))
    const [known] = boxes.map((box) => box.seen.get(tag))
    if (fresh.length === 0 && known !== undefined) return { duplicateOf: known.seq, expires: known.expires }
    if (quota !== undefined && fresh.some((box) => isFull(box, item, quota))) return { full: true }
    const { messageId, priority, expires } = item
    const message = { seq: ++this.#seq, messageId, priority, expires, body: Uint8Array.from(item.body) }
    const shared = { holders: fresh.length }
    this.#bytes += message.body.length
    for (const [i, box] of boxes.entries()) {
      if (!fresh.includes(box)) continue
      this.#boxes.set(item.mailboxes[i] as MailboxId, box)
      box.seen.set(tag, { seq: message.seq, expires })
      box.add({ message, shared, consumer: undefined, leasedUntil: 0, attempt: 0 })
    }
    return { seq: message.seq }
  }

  async read(mailbox: MailboxId, options: ReadOptions): Promise<readonly StoredMessage[]> {
    const { priority, afterSeq = 0, order = 'delivery', limit, maxBytes, now } = options
    const wanted = ({ message }: Entry) =>
      message.seq > afterSeq && message.expires > now && (priority === undefined || message.priority === priority)
    const box = this.#box(mailbox) ?? new Box()
    const entries = order === 'arrival' ? box.entriesByArrival() : box.entries()
    const found = fitting(rowsOf(entries, wanted), sizeOf, { count: limit, maxBytes })
    return found.map(({ entry }) => entry.message)
  }

  async lease(mailbox: MailboxId, options: LeaseOptions): Promise<readonly LeasedMessage[]> {
    const { consumer, count, maxBytes, leaseMillis, now } = options
    const box = this.#box(mailbox) ?? new Box()
    const waits = (entry: Entry) => entry.leasedUntil <= now && entry.message.expires > now
    const waiting = { byClass: rowsOf(box.entries(), waits), byArrival: rowsOf(box.entriesByArrival(), waits) }
    const chosen = fitting(inTurn(waiting, this.#turns.given(mailbox)), sizeOf, { count, maxBytes })
    this.#turns.add(mailbox, chosen.length)
    const leasedUntil = now + leaseMillis
    return chosen.map(({ entry }) => {
      Object.assign(entry, { consumer, leasedUntil, attempt: entry.attempt + 1 })
      return { ...entry.message, attempt: entry.attempt, leasedUntil }
    })
  }

  #held(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Entry[] {
    const box = this.#box(mailbox)
    const entries = [...new Set(seqs)].map((seq) => box?.find(seq))
    return entries.filter((entry) => entry?.consumer === consumer) as Entry[]
  }

  async ack(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number> {
    const held = this.#held(mailbox, consumer, seqs)
    for (const entry of held) this.#remove(mailbox, entry)
    return held.length
  }

  async extend(mailbox: MailboxId, consumer: string, seqs: readonly number[], leasedUntil: Millis): Promise<number> {
    const held = this.#held(mailbox, consumer, seqs)
    for (const entry of held) entry.leasedUntil = Math.max(entry.leasedUntil, leasedUntil)
    return held.length
  }

  async release(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number> {
    const held = this.#held(mailbox, consumer, seqs)
    for (const entry of held) endLease(entry)
    if (held.length > 0) this.#wakes.ring([mailbox])
    return held.length
  }

  #remove(mailbox: MailboxId, entry: Entry): void {
    const box = this.#boxes.get(mailbox)
    box?.remove(entry)
    if (entry.shared.holders === 0) this.#bytes -= entry.message.body.length
    this.#forgetIfEmpty(mailbox)
  }

  #forgetIfEmpty(mailbox: MailboxId): void {
    if (!this.#boxes.get(mailbox)?.isEmpty) return
    this.#boxes.delete(mailbox)
    this.#turns.forget(mailbox)
  }

  async eraseMessage(mailbox: MailboxId, seq: number): Promise<boolean> {
    const entry = this.#box(mailbox)?.find(seq)
    if (entry !== undefined) this.#remove(mailbox, entry)
    return entry !== undefined
  }

  async eraseMailbox(mailbox: MailboxId): Promise<number> {
    const entries = [...(this.#box(mailbox)?.entries() ?? [])]
    for (const entry of entries) this.#remove(mailbox, entry)
    this.#boxes.delete(mailbox)
    this.#turns.forget(mailbox)
    return entries.length
  }

  /** The box of a mailbox, made if it is not there. */
  #madeBox(mailbox: MailboxId): Box {
    const box = this.#box(mailbox) ?? new Box()
    this.#boxes.set(mailbox, box)
    return box
  }

  async settings(mailbox: MailboxId): Promise<Uint8Array | undefined> {
    const settings = this.#box(mailbox)?.settings
    return settings && Uint8Array.from(settings)
  }

  async configure(mailbox: MailboxId, settings: Uint8Array | undefined): Promise<void> {
    assertSettings(settings)
    this.#madeBox(mailbox).settings = settings && Uint8Array.from(settings)
    this.#forgetIfEmpty(mailbox)
  }

  async shelve(mailbox: MailboxId, packages: readonly ShelfPackage[], quota?: ShelfQuota): Promise<ShelveOutcome> {
    assertPackages(packages)
    const outcome = this.#madeBox(mailbox).shelf.shelve(packages, quota)
    this.#forgetIfEmpty(mailbox)
    return outcome
  }

  async takePackage(mailbox: MailboxId): Promise<ShelfPackage | undefined> {
    return this.#box(mailbox)?.shelf.take()
  }

  async shelfStats(mailbox: MailboxId): Promise<ShelfStats> {
    return (this.#box(mailbox)?.shelf ?? new MemoryShelf()).stats()
  }

  async sweep(now: Millis): Promise<number> {
    if (this.#closed) throw new StoreClosedError()
    let dropped = 0
    for (const [mailbox, box] of this.#boxes) dropped += this.#sweepOne(mailbox, box, now)
    return dropped
  }

  #sweepOne(mailbox: MailboxId, box: Box, now: Millis): number {
    const entries = [...box.entries()]
    const expired = entries.filter((entry) => entry.message.expires <= now)
    for (const [tag, seen] of box.seen) if (seen.expires <= now) box.seen.delete(tag)
    for (const entry of expired) this.#remove(mailbox, entry)
    const lapsed = entries.filter((entry) => entry.consumer !== undefined && hasLapsed(entry.leasedUntil, now))
    lapsed.forEach(endLease)
    if (lapsed.length > 0) this.#wakes.ring([mailbox])
    this.#forgetIfEmpty(mailbox)
    return expired.length
  }

  async stats(): Promise<MailboxStats> {
    if (this.#closed) throw new StoreClosedError()
    const boxes = [...this.#boxes.values()].filter((box) => box.messages > 0)
    return {
      mailboxes: boxes.length,
      messages: boxes.reduce((sum, box) => sum + box.messages, 0),
      bytes: this.#bytes,
    }
  }

  wake(mailbox: MailboxId, listener: () => void): () => void {
    return this.#wakes.listen(mailbox, listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#boxes.clear()
  }
}

function isFull(box: Box, item: AppendItem, quota: MailboxQuota): boolean {
  return box.messages + 1 > quota.maxMessages || box.bytes + item.body.length > quota.maxBytes
}

interface Row {
  readonly seq: number
  readonly entry: Entry
}

function* rowsOf(entries: Iterable<Entry>, wanted: (entry: Entry) => boolean): Generator<Row> {
  for (const entry of entries) if (wanted(entry)) yield { seq: entry.message.seq, entry }
}

function sizeOf({ entry }: Row): number {
  return entry.message.body.length
}

function endLease(entry: Entry): void {
  entry.consumer = undefined
  entry.leasedUntil = 0
}

/** Opens an empty mailbox store in memory. */
export function memoryMailbox(): MailboxStore {
  return new MemoryMailbox()
}
