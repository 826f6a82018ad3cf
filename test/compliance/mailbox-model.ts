/** Random sequences of calls, answered by a store and by the plainest model of it: one flat list of rows. */
import { expect } from 'chai'
import fc from 'fast-check'
import type { MailboxId, MessageId } from '../../src/core/ids.ts'
import { priorities, priorityByte } from '../../src/core/priority.ts'
import type { AppendItem, AppendOutcome, MailboxStore, ShelfPackage } from '../../src/relay/mailbox/port.ts'

interface Row {
  readonly mailbox: MailboxId
  readonly item: AppendItem
  readonly seq: number
  consumer?: string | undefined
  until: number
  attempt: number
}

interface Memory {
  readonly mailbox: MailboxId
  readonly tag: string
  readonly seq: number
  readonly expires: number
}

class Model {
  rows: Row[] = []
  memories: Memory[] = []
  seq = 0
  readonly leases = new Map<MailboxId, number>()
  readonly settings = new Map<MailboxId, readonly number[]>()
  shelves: { readonly mailbox: MailboxId; readonly one: ShelfPackage; gone: boolean }[] = []

  append(item: AppendItem): AppendOutcome {
    const tag = `${item.messageId} ${item.body}`
    const known = (mailbox: MailboxId) => this.memories.find((m) => m.mailbox === mailbox && m.tag === tag)
    const fresh = item.mailboxes.filter((mailbox) => known(mailbox) === undefined)
    if (fresh.length === 0) {
      const { seq, expires } = known(item.mailboxes[0]!)!
      return { duplicateOf: seq, expires }
    }
    const seq = ++this.seq
    for (const mailbox of fresh) {
      this.rows.push({ mailbox, item, seq, until: 0, attempt: 0 })
      this.memories.push({ mailbox, tag, seq, expires: item.expires })
    }
    return { seq }
  }

  inOrder(mailbox: MailboxId): Row[] {
    const rank = (row: Row) => priorityByte(row.item.priority)
    return this.rows.filter((row) => row.mailbox === mailbox).sort((a, b) => rank(b) - rank(a) || a.seq - b.seq)
  }

  lease(mailbox: MailboxId, consumer: string, count: number, millis: number, now: number) {
    const leased: Row[] = []
    while (leased.length < count) {
      const free = this.inOrder(mailbox).filter((row) => row.until <= now && row.item.expires > now)
      if (free.length === 0) break
      const turn = (this.leases.get(mailbox) ?? 0) + 1
      this.leases.set(mailbox, turn)
      const oldest = free.reduce((a, b) => (a.seq < b.seq ? a : b))
      const row = turn % 8 === 0 ? oldest : free[0]!
      leased.push(Object.assign(row, { consumer, until: now + millis, attempt: row.attempt + 1 }))
    }
    return leased.map(({ seq, attempt, until, item: { body } }) => ({
      seq,
      attempt,
      leasedUntil: until,
      body: [...body],
    }))
  }

  extend(rows: readonly Row[], until: number): number {
    for (const row of rows) row.until = Math.max(row.until, until)
    return rows.length
  }

  shelve(mailbox: MailboxId, packages: readonly ShelfPackage[]) {
    let shelved = 0
    for (const one of packages) {
      const own = this.shelves.filter((other) => other.mailbox === mailbox)
      if (own.some((other) => other.one.id === one.id)) continue
      if (one.lastResort) for (const other of own) other.gone ||= other.one.lastResort
      this.shelves.push({ mailbox, one, gone: false })
      shelved += 1
    }
    return { shelved }
  }

  take(mailbox: MailboxId): string | undefined {
    const lying = this.shelves.filter((other) => other.mailbox === mailbox && !other.gone)
    const taken = lying.find((other) => !other.one.lastResort) ?? lying[0]
    if (taken !== undefined) taken.gone = !taken.one.lastResort
    return taken?.one.id
  }

  /** The turns of a mailbox that holds and remembers nothing are counted anew. */
  forgetTurns(): void {
    const known = new Set([...this.memories, ...this.shelves].map((one) => one.mailbox))
    for (const mailbox of this.leases.keys())
      if (!known.has(mailbox) && !this.settings.has(mailbox)) this.leases.delete(mailbox)
  }

  held(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Row[] {
    return this.rows.filter((row) => row.mailbox === mailbox && row.consumer === consumer && seqs.includes(row.seq))
  }

  drop(gone: readonly Row[]): number {
    this.rows = this.rows.filter((row) => !gone.includes(row))
    return gone.length
  }

  release(rows: readonly Row[]): number {
    for (const row of rows) Object.assign(row, { consumer: undefined, until: 0 })
    return rows.length
  }

  sweep(now: number): number {
    this.memories = this.memories.filter((memory) => memory.expires > now)
    const dropped = this.drop(this.rows.filter((row) => row.item.expires <= now))
    this.release(this.rows.filter((row) => row.consumer !== undefined && row.until <= now))
    return dropped
  }

  stats() {
    const bodies = new Map(this.rows.map((row) => [row.seq, row.item.body.length]))
    const bytes = [...bodies.values()].reduce((sum, length) => sum + length, 0)
    return { mailboxes: new Set(this.rows.map((row) => row.mailbox)).size, messages: this.rows.length, bytes }
  }
}

const mailboxes = ['01', '02', '03'].map((byte) => `0x${byte.repeat(32)}` as MailboxId)
const start = 1000

// Most calls go to one mailbox, so that it leases often enough for its turns to count.
const mailbox = fc.constantFrom(mailboxes[0]!, mailboxes[0]!, ...mailboxes)
const consumer = fc.constantFrom('one', 'two')
const seqs = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 })
const appendItem: fc.Arbitrary<AppendItem> = fc.record({
  mailboxes: fc.uniqueArray(mailbox, { minLength: 1, maxLength: 3 }),
  messageId: fc.integer({ min: 0, max: 5 }).map((n) => `0x${n.toString(16).padStart(32, '0')}` as MessageId),
  priority: fc.constantFrom(...priorities),
  expires: fc.integer({ min: start + 1, max: start + 60 }),
  body: fc.constantFrom(Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3, 3, 3)),
})

/** For one mailbox alone: a store may keep them together. */
const together: fc.Arbitrary<AppendItem[]> = fc
  .tuple(mailbox, fc.array(appendItem, { minLength: 2, maxLength: 5 }))
  .map(([one, items]) => items.map((each) => ({ ...each, mailboxes: [one] })))

const shelfPackage: fc.Arbitrary<ShelfPackage> = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  bytes: fc.constant(Uint8Array.of(1)),
  lastResort: fc.boolean(),
})

const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      items: fc.oneof(fc.array(appendItem, { minLength: 1, maxLength: 3 }), together),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('lease' as const),
      mailbox,
      consumer,
      count: fc.integer({ min: 1, max: 6 }),
      millis: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const), mailbox, consumer, seqs }) },
  fc.record({ do: fc.constant('release' as const), mailbox, consumer, seqs }),
  fc.record({
    do: fc.constant('extend' as const),
    mailbox,
    consumer,
    seqs,
    until: fc.integer({ min: start, max: start + 80 }),
  }),
  fc.record({
    do: fc.constant('configure' as const),
    mailbox,
    settings: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constant('settings' as const), mailbox }),
  fc.record({ do: fc.constant('shelve' as const), mailbox, packages: fc.array(shelfPackage, { maxLength: 4 }) }),
  fc.record({ do: fc.constant('takePackage' as const), mailbox }),
  fc.record({ do: fc.constant('eraseMessage' as const), mailbox, seq: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: fc.constant('eraseMailbox' as const), mailbox }),
  fc.record({
    do: fc.constant('read' as const),
    mailbox,
    afterSeq: fc.integer({ min: 0, max: 8 }),
    order: fc.constantFrom('delivery' as const, 'arrival' as const),
    limit: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ do: fc.constant('pass' as const), millis: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ do: fc.constant('sweep' as const) }),
  fc.record({ do: fc.constant('stats' as const) }),
)
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

async function onStore(store: MailboxStore, call: Call, now: number): Promise<unknown> {
  switch (call.do) {
    case 'append':
      return store.append(call.items, now)
    case 'lease': {
      const leased = await store.lease(call.mailbox, { ...call, leaseMillis: call.millis, now })
      return leased.map(({ seq, attempt, leasedUntil, body }) => ({ seq, attempt, leasedUntil, body: [...body] }))
    }
    case 'ack':
    case 'release':
      return store[call.do](call.mailbox, call.consumer, call.seqs)
    case 'extend':
      return store.extend(call.mailbox, call.consumer, call.seqs, call.until)
    case 'configure':
      return store.configure(call.mailbox, call.settings)
    case 'settings': {
      const settings = await store.settings(call.mailbox)
      return settings && [...settings]
    }
    case 'shelve':
      return store.shelve(call.mailbox, call.packages)
    case 'takePackage':
      return (await store.takePackage(call.mailbox))?.id
    case 'eraseMessage':
      return store.eraseMessage(call.mailbox, call.seq)
    case 'eraseMailbox':
      return store.eraseMailbox(call.mailbox)
    case 'read':
      return (await store.read(call.mailbox, { ...call, now })).map((message) => message.seq)
    case 'pass':
      return undefined
    case 'sweep':
      return store.sweep(now)
    case 'stats':
      return store.stats()
  }
}

function onModel(model: Model, call: Call, now: number): unknown {
  switch (call.do) {
    case 'append':
      return call.items.map((item) => model.append(item))
    case 'lease':
      return model.lease(call.mailbox, call.consumer, call.count, call.millis, now)
    case 'ack':
      return model.drop(model.held(call.mailbox, call.consumer, call.seqs))
    case 'release':
      return model.release(model.held(call.mailbox, call.consumer, call.seqs))
    case 'extend':
      return model.extend(model.held(call.mailbox, call.consumer, call.seqs), call.until)
    case 'configure':
      if (call.settings === undefined) model.settings.delete(call.mailbox)
      else model.settings.set(call.mailbox, [...call.settings])
      return undefined
    case 'settings':
      return model.settings.get(call.mailbox)
    case 'shelve':
      return model.shelve(call.mailbox, call.packages)
    case 'takePackage':
      return model.take(call.mailbox)
    case 'eraseMessage':
      return model.drop(model.rows.filter((row) => row.mailbox === call.mailbox && row.seq === call.seq)) === 1
    case 'eraseMailbox':
      model.memories = model.memories.filter((memory) => memory.mailbox !== call.mailbox)
      model.shelves = model.shelves.filter((other) => other.mailbox !== call.mailbox)
      model.settings.delete(call.mailbox)
      model.leases.delete(call.mailbox)
      return model.drop(model.rows.filter((row) => row.mailbox === call.mailbox))
    case 'read':
      return model
        .inOrder(call.mailbox)
        .filter((row) => row.seq > call.afterSeq && row.item.expires > now)
        .sort((a, b) => (call.order === 'arrival' ? a.seq - b.seq : 0))
        .slice(0, call.limit)
        .map((row) => row.seq)
    case 'pass':
      return undefined
    case 'sweep':
      return model.sweep(now)
    case 'stats':
      return model.stats()
  }
}

/** Compares a store with the model over random sequences of calls; the seed is pinned. */
export async function mailboxBehavesLikeItsModel(open: () => Promise<MailboxStore>): Promise<void> {
  const property = fc.asyncProperty(fc.array(call, { minLength: 20, maxLength: 50 }), async (calls) => {
    await using store = await open()
    const model = new Model()
    let now = start
    for (const [i, next] of calls.entries()) {
      if (next.do === 'pass') now += next.millis
      expect(await onStore(store, next, now), `call ${i}`).to.deep.equal(onModel(model, next, now))
      model.forgetTurns()
    }
  })
  await fc.assert(property, { seed: 20_260_901, numRuns: 30 })
}
