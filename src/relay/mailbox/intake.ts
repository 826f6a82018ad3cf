/**
 * How a mailbox database takes messages in: known again, counted against a quota, numbered, and written with those that
 * came for the same mailbox. Called inside the transactions of `MailboxDatabase`.
 */
import type { MailboxId, Millis } from '../../core/ids.ts'
import type { BodyTable } from './body-table.ts'
import type { Box, BoxTable } from './box-table.ts'
import { messageIdBytes, type StoreItem } from './packing.ts'
import type { AppendOutcome, MailboxQuota } from './port.ts'
import { olderTags, seenTag } from './seen-tag.ts'
import { type Entry, maxSegmentBytes, maxSegmentEntries } from './segment.ts'
import { highestRank, type MailboxStatements, type SeenRow } from './sqlite-statements.ts'

type Seen = Pick<SeenRow, 'seq' | 'expires'>

/** What lies together ends within this time. */
const maxApartMillis: Millis = 3_600_000

/** Items for one mailbox that stand together, and what is new among them. */
class Run {
  readonly address: MailboxId
  box: Box | undefined
  readonly entries: Entry[] = []
  readonly tags: Uint8Array[] = []
  readonly #seen = new Map<string, Seen>()

  constructor(address: MailboxId, box: Box | undefined) {
    this.address = address
    this.box = box
  }

  add(entry: Entry, tag: Uint8Array): void {
    this.entries.push(entry)
    this.tags.push(tag)
    this.#seen.set(keyOf(tag), entry)
  }

  find(tag: Uint8Array): Seen | undefined {
    return this.entries.length === 0 ? undefined : this.#seen.get(keyOf(tag))
  }
}

/** Takes messages in. */
export class Intake {
  readonly #sql: MailboxStatements
  readonly #boxes: BoxTable
  readonly #bodies: BodyTable
  /** Whether there may be tags of older schemas. */
  readonly #hasOldTags: boolean
  /** The last arrival number that was given out. */
  seq = 0

  constructor(sql: MailboxStatements, boxes: BoxTable, bodies: BodyTable) {
    this.#sql = sql
    this.#boxes = boxes
    this.#bodies = bodies
    this.#hasOldTags = sql.oldTags.get()?.['old_tags'] === 1
  }

  /** Takes items in, in their order. */
  append(items: readonly StoreItem[], quota: MailboxQuota | undefined): AppendOutcome[] {
    const outcomes: AppendOutcome[] = []
    while (outcomes.length < items.length) {
      const [address, ...others] = items[outcomes.length]?.mailboxes ?? []
      if (address === undefined) throw new Error('an item has no mailbox')
      if (others.length > 0) outcomes.push(this.#takeShared(items[outcomes.length] as StoreItem, quota))
      else outcomes.push(...this.#takeRun(address, runFrom(items, outcomes.length), quota))
    }
    return outcomes
  }

  #takeRun(address: MailboxId, items: readonly StoreItem[], quota: MailboxQuota | undefined): AppendOutcome[] {
    const run = new Run(address, this.#boxes.find(address))
    const outcomes = items.map((item) => this.#take(run, item, quota))
    if (run.box !== undefined && run.entries.length > 0) this.#write(run.box, run)
    return outcomes
  }

  #take(run: Run, item: StoreItem, quota: MailboxQuota | undefined): AppendOutcome {
    const known = run.box && seenTag(run.box.tagKey, item)
    const seen = known && (run.find(known) ?? this.#find(run.box as Box, item, known))
    if (seen !== undefined) return { duplicateOf: seen.seq, expires: seen.expires }
    if (quota !== undefined && this.#isFull(run.box, item, quota)) return { full: true }
    run.box ??= this.#boxes.make(run.address)
    const { no, tagKey } = run.box
    // Looked up before it is counted: what is not in the table yet is counted in memory only.
    if (quota !== undefined) this.#boxes.usageOf(no)
    const entry = this.#entryOf(item)
    run.add(entry, known ?? seenTag(tagKey, item))
    this.#boxes.count(no, 1, sizeOf(entry))
    return { seq: entry.seq }
  }

  #entryOf({ priority, expires, plain }: StoreItem): Entry {
    return { seq: ++this.seq, rank: highestRank - priority, expires, plain }
  }

  #write(box: Box, { entries, tags }: Run): void {
    const { no } = box
    const segment = this.#bodies.add(box, entries)
    const rows = entries.map((entry) => [no, entry.rank, entry.seq, entry.expires, sizeOf(entry), 1, null, segment])
    this.#sql.addInbox.insert(rows)
    this.#sql.addSeen.insert(entries.map(({ rank, seq, expires }, i) => [no, tags[i] ?? null, rank, seq, expires]))
  }

  #find({ no, tagKey }: Box, item: StoreItem, tag: Uint8Array): Seen | undefined {
    const seen = this.#sql.findSeen.get(no, tag) as Seen | undefined
    if (seen !== undefined || !this.#hasOldTags) return seen
    const older = olderTags(tagKey, item).map((each) => this.#sql.findSeen.get(no, each) as Seen | undefined)
    return older.find((each) => each !== undefined)
  }

  #isFull(box: Box | undefined, { plain }: StoreItem, quota: MailboxQuota): boolean {
    const { messages, bytes } = box === undefined ? { messages: 0, bytes: 0 } : this.#boxes.usageOf(box.no)
    return messages + 1 > quota.maxMessages || bytes + plain.length - messageIdBytes > quota.maxBytes
  }

  /** Takes an item of several mailboxes in: into those that did not know it, or into none of them. */
  #takeShared(item: StoreItem, quota: MailboxQuota | undefined): AppendOutcome {
    const known = item.mailboxes.map((address) => {
      const box = this.#boxes.find(address)
      return box && this.#find(box, item, seenTag(box.tagKey, item))
    })
    const fresh = item.mailboxes.filter((_, i) => known[i] === undefined)
    const [first] = known
    if (fresh.length === 0 && first !== undefined) return { duplicateOf: first.seq, expires: first.expires }
    if (quota !== undefined && fresh.some((address) => this.#isFull(this.#boxes.find(address), item, quota)))
      return { full: true }
    const entry = this.#entryOf(item)
    const boxes = fresh.map((address) => this.#boxes.make(address))
    const [only, another] = boxes
    if (only !== undefined && another === undefined) this.#bodies.add(only, [entry])
    const wrappedKeys = another === undefined ? [] : this.#bodies.addShared(boxes, entry)
    const { rank, seq, expires } = entry
    for (const [i, { no, tagKey }] of boxes.entries()) {
      this.#sql.addInbox.insert([[no, rank, seq, expires, sizeOf(entry), 1, wrappedKeys[i] ?? null, null]])
      this.#sql.addSeen.insert([[no, seenTag(tagKey, item), rank, seq, expires]])
      this.#boxes.count(no, 1, sizeOf(entry))
    }
    return { seq }
  }
}

/** Length of a message's body. */
function sizeOf({ plain }: Entry): number {
  return plain.length - messageIdBytes
}

function keyOf(tag: Uint8Array): string {
  return Buffer.from(tag.buffer, tag.byteOffset, tag.length).toString('latin1')
}

/**
 * The items from a place on that are for the same mailbox alone and end at about the same time, as many as fit into a segment:
 * what ends early would stay on disk as long as what lies together with it.
 */
function runFrom(items: readonly StoreItem[], from: number): readonly StoreItem[] {
  const first = items[from] as StoreItem
  let to = from + 1
  for (let bytes = first.plain.length; to < items.length && to - from < maxSegmentEntries; to++) {
    const { mailboxes, plain, expires } = items[to] as StoreItem
    bytes += plain.length
    if (mailboxes.length !== 1 || mailboxes[0] !== first.mailboxes[0] || bytes > maxSegmentBytes) break
    if (Math.abs(expires - first.expires) > maxApartMillis) break
  }
  return items.slice(from, to)
}
