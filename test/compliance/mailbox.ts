/** What every mailbox store does. Called with a function that opens an empty store. */
import { expect } from 'chai'
import type { MailboxId, MessageId } from '../../src/core/ids.ts'
import type { Priority } from '../../src/core/priority.ts'
import type { AppendItem, AppendOutcome, MailboxStore, ShelfPackage } from '../../src/relay/mailbox/port.ts'
import { mailboxBehavesLikeItsModel } from './mailbox-model.ts'

/** Mailboxes used in the tests. */
export const alice = `0x${'a1'.repeat(32)}` as MailboxId
/** Another one. */
export const bob = `0x${'b0'.repeat(32)}` as MailboxId

const start = 1_000_000
let ids = 0

/** A message for one mailbox or several, expiring an hour after the tests' start. */
export function item(change: Partial<AppendItem> = {}): AppendItem {
  const messageId = `0x${(++ids).toString(16).padStart(32, '0')}` as MessageId
  const body = new TextEncoder().encode(`body of ${messageId}`)
  return { mailboxes: [alice], messageId, priority: 'normal', expires: start + 3_600_000, body, ...change }
}

function seqOf(outcome: AppendOutcome | undefined): number {
  if (outcome === undefined || !('seq' in outcome)) throw new Error('the item was not kept')
  return outcome.seq
}

async function append(store: MailboxStore, ...items: readonly AppendItem[]): Promise<number[]> {
  return (await store.append(items, start)).map(seqOf)
}

function lease(
  store: MailboxStore,
  change: { consumer?: string; count?: number; maxBytes?: number; now?: number } = {},
) {
  return store.lease(alice, { consumer: 'one', count: 100, leaseMillis: 1000, now: start, ...change })
}

/** Runs the suite against one implementation. */
export function behavesLikeMailbox(name: string, open: () => Promise<MailboxStore>): void {
  describe(`${name} behaves like a mailbox`, () => {
    let store: MailboxStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store[Symbol.asyncDispose]())

    appending(() => store)
    leasing(() => store)
    turnTaking(() => store)
    settings(() => store)
    shelf(() => store)
    forgetting(() => store)
    waking(() => store)

    describe('any sequence of calls', () => {
      it('gives what the reference model gives', () => mailboxBehavesLikeItsModel(open)).timeout(60_000)
    })
  })
}

function appending(store: () => MailboxStore): void {
  describe('append', () => {
    it('gives ascending arrival numbers across mailboxes', async () => {
      const seqs = await append(store(), item(), item({ mailboxes: [bob] }), item())
      expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b))
      expect(new Set(seqs).size).to.equal(3)
    })

    it('gives back the bytes', async () => {
      const body = Uint8Array.from({ length: 70_000 }, (_, i) => i)
      await append(store(), item({ body }))
      const [found] = await store().read(alice, { limit: 1, now: start })
      expect(found?.body).to.deep.equal(body)
    })

    it('reports the same bytes under the same id as a duplicate, also inside one call', async () => {
      const one = item()
      const [first, second] = await store().append([one, one], start)
      const [third] = await store().append([one], start)
      expect(second).to.deep.equal({ duplicateOf: seqOf(first), expires: one.expires })
      expect(third).to.deep.equal(second)
      expect(await lease(store())).to.have.length(1)
    })

    it('knows the same bytes by when they end, however long they are to be kept', async () => {
      const one = item({ endsAt: start + 7_200_000 })
      const [seq] = await append(store(), one)
      const longer = { ...one, expires: one.expires + 1 }
      expect(await store().append([longer], start)).to.deep.equal([{ duplicateOf: seq, expires: one.expires }])
      await store().sweep(one.expires)
      expect(await append(store(), longer)).to.deep.equal([seq! + 1])
    })

    it('keeps other bytes under the same id', async () => {
      const one = item()
      await append(store(), one, { ...one, body: Uint8Array.of(1) })
      expect(await lease(store())).to.have.length(2)
    })

    it('remembers an acknowledged message until it expires', async () => {
      const one = item()
      const [seq] = await append(store(), one)
      await lease(store())
      await store().ack(alice, 'one', [seq!])
      await store().sweep(one.expires - 1)
      expect(await store().append([one], start)).to.deep.equal([{ duplicateOf: seq, expires: one.expires }])
      await store().sweep(one.expires)
      const [again] = await store().append([one], start)
      expect(seqOf(again)).to.be.greaterThan(seq!)
    })

    it('shares one body among mailboxes, each with its own lease', async () => {
      const body = new Uint8Array(1000).fill(7)
      const [seq] = await append(store(), item({ mailboxes: [alice, bob], body }))
      expect(await store().stats()).to.deep.equal({ mailboxes: 2, messages: 2, bytes: 1000 })
      await lease(store())
      expect(await store().ack(alice, 'one', [seq!])).to.equal(1)
      const [left] = await store().lease(bob, { consumer: 'one', count: 1, leaseMillis: 1, now: start })
      expect(left?.body).to.deep.equal(body)
      expect(await store().stats()).to.deep.equal({ mailboxes: 1, messages: 1, bytes: 1000 })
    })

    it('brings a shared message only to the mailboxes that lack it', async () => {
      const one = item()
      await append(store(), one, { ...one, mailboxes: [alice, bob] })
      expect(await store().read(alice, { limit: 9, now: start })).to.have.length(1)
      expect(await store().read(bob, { limit: 9, now: start })).to.have.length(1)
    })

    it('keeps nothing of an item when a mailbox of it is full, by messages or by bytes', async () => {
      const quota = { maxMessages: 2, maxBytes: 100 }
      const big = item({ body: new Uint8Array(60) })
      const [one, two] = await store().append([big, item({ body: new Uint8Array(41) })], start, quota)
      expect(seqOf(one)).to.be.greaterThan(0)
      expect(two).to.deep.equal({ full: true })
      const small = { body: new Uint8Array(1) }
      const more = await store().append([item(small), item({ ...small, mailboxes: [bob, alice] })], start, quota)
      expect(more[1]).to.deep.equal({ full: true })
      expect(await store().append([big], start, quota)).to.deep.equal([
        { duplicateOf: seqOf(one), expires: big.expires },
      ])
      expect(await store().stats()).to.deep.equal({ mailboxes: 1, messages: 2, bytes: 61 })
    })
  })
}

function leasing(store: () => MailboxStore): void {
  describe('lease', () => {
    it('gives the highest class first, and within a class what arrived first', async () => {
      const order: Priority[] = ['normal', 'low', 'urgent', 'normal', 'high', 'urgent']
      const [n1, l1, u1, n2, h1, u2] = await append(store(), ...order.map((priority) => item({ priority })))
      const seqs = (await lease(store())).map((message) => message.seq)
      expect(seqs).to.deep.equal([u1, u2, h1, n1, n2, l1])
    })

    it('stops before the bodies exceed maxBytes, and gives one at least', async () => {
      const [big, small, last] = await append(
        store(),
        ...[60, 30, 30].map((length) => item({ body: new Uint8Array(length) })),
      )
      const leasedWith = async (maxBytes: number) => (await lease(store(), { maxBytes })).map((message) => message.seq)
      expect(await leasedWith(1)).to.deep.equal([big])
      expect(await leasedWith(59)).to.deep.equal([small])
      expect(await leasedWith(30)).to.deep.equal([last])
    })

    it('gives at most as many as asked for', async () => {
      await append(store(), item(), item(), item())
      expect(await lease(store(), { count: 2 })).to.have.length(2)
    })

    it('never gives one message to two consumers at a time', async () => {
      await append(store(), ...Array.from({ length: 40 }, () => item()))
      const consumers = ['one', 'two', 'three', 'four']
      const leases = await Promise.all(consumers.map((consumer) => lease(store(), { consumer, count: 15 })))
      const seqs = leases.flat().map((message) => message.seq)
      expect(seqs).to.have.length(40)
      expect(new Set(seqs).size).to.equal(40)
    })

    it('gives a message again when its lease has run out, and counts the attempts', async () => {
      await append(store(), item())
      const [first] = await lease(store())
      expect(first).to.include({ attempt: 1, leasedUntil: start + 1000 })
      expect(await lease(store(), { now: start + 999 })).to.deep.equal([])
      const [second] = await lease(store(), { consumer: 'two', now: start + 1000 })
      expect(second).to.include({ attempt: 2, seq: first?.seq })
    })

    it('gives no expired message', async () => {
      await append(store(), item({ expires: start + 5 }))
      expect(await lease(store(), { now: start + 5 })).to.deep.equal([])
    })
  })

  describe('read', () => {
    it('looks without leasing, by class and after an arrival number', async () => {
      const [n1, u1, n2] = await append(store(), item(), item({ priority: 'urgent' }), item())
      const seqs = async (options: object) =>
        (await store().read(alice, { limit: 9, now: start, ...options })).map((message) => message.seq)
      expect(await seqs({})).to.deep.equal([u1, n1, n2])
      expect(await seqs({ priority: 'normal' })).to.deep.equal([n1, n2])
      expect(await seqs({ afterSeq: n1 })).to.deep.equal([u1, n2])
      expect(await seqs({ limit: 1 })).to.deep.equal([u1])
      expect(await lease(store())).to.have.length(3)
    })
  })

  describe('read in order of arrival', () => {
    it('pages through a whole mailbox by the last arrival number, whatever the classes', async () => {
      const order: Priority[] = ['low', 'urgent', 'normal', 'low', 'high', 'urgent', 'normal']
      const all = await append(store(), ...order.map((priority) => item({ priority, body: new Uint8Array(10) })))
      await append(store(), item({ mailboxes: [bob] }))
      await lease(store(), { count: 2 })
      for (const bounds of [{ limit: 2 }, { limit: 99, maxBytes: 25 }]) {
        const pages: number[][] = []
        for (let page: number[] = []; pages.length === 0 || page.length > 0; pages.push(page)) {
          const afterSeq = page.at(-1) ?? 0
          const messages = await store().read(alice, { ...bounds, afterSeq, order: 'arrival', now: start })
          page = messages.map((message) => message.seq)
        }
        expect(pages.flat()).to.deep.equal(all)
        expect(pages.map((page) => page.length)).to.deep.equal([2, 2, 2, 1, 0])
      }
    })

    it('gives one class when asked for one', async () => {
      const [, high] = await append(store(), item(), item({ priority: 'high' }))
      const found = await store().read(alice, { priority: 'high', order: 'arrival', limit: 9, now: start })
      expect(found.map((message) => message.seq)).to.deep.equal([high])
    })
  })

  describe('extend', () => {
    it('prolongs leases that the consumer holds, and tells how many', async () => {
      const [mine, theirs, free] = await append(store(), item(), item(), item())
      await lease(store(), { count: 1 })
      await lease(store(), { consumer: 'two', count: 1 })
      const seqs = [mine!, mine!, theirs!, free!, 999_999]
      expect(await store().extend(alice, 'one', seqs, start + 5000)).to.equal(1)
      expect(await store().extend(bob, 'one', seqs, start + 5000)).to.equal(0)
      const leased = await lease(store(), { consumer: 'three', now: start + 4999 })
      expect(leased.map((message) => message.seq)).to.have.members([theirs, free])
      expect(await lease(store(), { consumer: 'three', now: start + 5000 })).to.have.length(1)
    })

    it('never makes a lease shorter', async () => {
      const [seq] = await append(store(), item())
      await lease(store())
      expect(await store().extend(alice, 'one', [seq!], start + 10)).to.equal(1)
      expect(await lease(store(), { consumer: 'two', now: start + 999 })).to.deep.equal([])
    })

    it('keeps a message from a sweep that would have ended its lease', async () => {
      const [seq] = await append(store(), item())
      await lease(store())
      await store().extend(alice, 'one', [seq!], start + 5000)
      await store().sweep(start + 4999)
      expect(await store().ack(alice, 'one', [seq!])).to.equal(1)
    })
  })

  describe('ack', () => {
    it('removes what the consumer holds, and nothing else', async () => {
      const [mine, theirs, free] = await append(store(), item(), item(), item())
      await lease(store(), { count: 1 })
      await lease(store(), { consumer: 'two', count: 1 })
      expect(await store().ack(alice, 'one', [mine!, theirs!, free!, 999_999, mine!])).to.equal(1)
      expect(await store().ack(bob, 'two', [theirs!])).to.equal(0)
      expect((await store().stats()).messages).to.equal(2)
    })

    it('is refused to a consumer whose lease went to another', async () => {
      const [seq] = await append(store(), item())
      await lease(store())
      await lease(store(), { consumer: 'two', now: start + 1000 })
      expect(await store().ack(alice, 'one', [seq!])).to.equal(0)
      expect(await store().ack(alice, 'two', [seq!])).to.equal(1)
    })
  })

  describe('release', () => {
    it('gives a message back at once', async () => {
      const [seq] = await append(store(), item())
      await lease(store())
      expect(await store().release(alice, 'two', [seq!])).to.equal(0)
      expect(await store().release(alice, 'one', [seq!])).to.equal(1)
      expect(await lease(store(), { consumer: 'two' })).to.have.length(1)
    })
  })
}

/** SPEC §8.6. */
function turnTaking(store: () => MailboxStore): void {
  describe('promise: no message waits for ever', () => {
    it('gives the oldest at every eighth turn, leased one by one or together', async () => {
      for (const count of [1, 3, 20]) {
        await store().eraseMailbox(alice)
        const [low1, low2, low3] = await append(
          store(),
          ...Array(3)
            .fill(0)
            .map(() => item({ priority: 'low' })),
        )
        await append(
          store(),
          ...Array(30)
            .fill(0)
            .map(() => item({ priority: 'urgent' })),
        )
        const order: number[] = []
        while (order.length < 33) order.push(...(await lease(store(), { count })).map((message) => message.seq))
        const places = [low1, low2, low3].map((seq) => order.indexOf(seq!) + 1)
        expect(places, `${count} at a time`).to.deep.equal([8, 16, 24])
        const urgent = order.filter((seq) => seq > low3!)
        expect(urgent).to.deep.equal([...urgent].sort((a, b) => a - b))
      }
    })

    it('leases a low message within eight turns for each older one, however many urgent ones keep coming', async () => {
      const low = await append(
        store(),
        ...Array(5)
          .fill(0)
          .map(() => item({ priority: 'low' })),
      )
      const turnOf = new Map<number, number>()
      for (let turn = 1; turn <= 48; turn++) {
        await append(store(), item({ priority: 'urgent' }), item({ priority: 'high' }))
        const [message] = await lease(store(), { count: 1 })
        turnOf.set(message!.seq, turn)
        await store().ack(alice, 'one', [message!.seq])
      }
      expect(low.map((seq) => turnOf.get(seq))).to.deep.equal([8, 16, 24, 32, 40])
    })

    it('counts turns by mailbox', async () => {
      await append(
        store(),
        ...Array(7)
          .fill(0)
          .map(() => item({ mailboxes: [bob] })),
      )
      await store().lease(bob, { consumer: 'one', count: 7, leaseMillis: 1000, now: start })
      const [, urgent] = await append(store(), item({ priority: 'low' }), item({ priority: 'urgent' }))
      expect((await lease(store(), { count: 1 })).map((message) => message.seq)).to.deep.equal([urgent])
    })
  })
}

function settings(store: () => MailboxStore): void {
  describe('settings', () => {
    it('are what was configured last for this mailbox, or nothing', async () => {
      expect(await store().settings(alice)).to.equal(undefined)
      await store().configure(alice, Uint8Array.of(1, 2))
      expect(await store().settings(alice)).to.deep.equal(Uint8Array.of(1, 2))
      expect(await store().settings(bob)).to.equal(undefined)
      await store().configure(alice, new Uint8Array(4096).fill(9))
      expect(await store().settings(alice)).to.deep.equal(new Uint8Array(4096).fill(9))
      await store().configure(alice, undefined)
      expect(await store().settings(alice)).to.equal(undefined)
    })

    it('are kept as given, whatever the caller does with its bytes later', async () => {
      const given = Uint8Array.of(1)
      await store().configure(alice, given)
      given[0] = 2
      const found = await store().settings(alice)
      expect(found).to.deep.equal(Uint8Array.of(1))
      found![0] = 3
      expect(await store().settings(alice)).to.deep.equal(Uint8Array.of(1))
    })

    it('above 4,096 bytes are refused, and the old ones stay', async () => {
      await store().configure(alice, Uint8Array.of(1))
      const failure = await store()
        .configure(alice, new Uint8Array(4097))
        .catch((error: unknown) => error)
      expect(failure).to.have.property('code', 'core.invalid_argument')
      expect(await store().settings(alice)).to.deep.equal(Uint8Array.of(1))
    })

    it('outlive messages and sweeps, count as no mail, and go with the mailbox', async () => {
      await store().configure(alice, Uint8Array.of(1))
      const [seq] = await append(store(), item({ expires: start + 1 }))
      await store().sweep(start + 1)
      expect(await store().stats()).to.deep.equal({ mailboxes: 0, messages: 0, bytes: 0 })
      expect(await store().eraseMessage(alice, seq!)).to.equal(false)
      expect(await store().settings(alice)).to.deep.equal(Uint8Array.of(1))
      expect(await store().eraseMailbox(alice)).to.equal(0)
      expect(await store().settings(alice)).to.equal(undefined)
    })
  })
}

function packageOf(id: string, change: Partial<ShelfPackage> = {}): ShelfPackage {
  return { id, bytes: new TextEncoder().encode(`bytes of ${id}`), lastResort: false, ...change }
}

function shelf(store: () => MailboxStore): void {
  const taken = async (count: number, mailbox = alice) => {
    const ids: (string | undefined)[] = []
    for (let i = 0; i < count; i++) ids.push((await store().takePackage(mailbox))?.id)
    return ids
  }

  describe('the shelf', () => {
    it('gives one-time packages once each in their order, then the last-resort one for ever', async () => {
      const last = packageOf('last', { lastResort: true })
      expect(await store().shelve(alice, [packageOf('a'), last, packageOf('b')])).to.deep.equal({ shelved: 3 })
      expect(await store().shelve(alice, [packageOf('c')])).to.deep.equal({ shelved: 1 })
      expect(await store().shelfStats(alice)).to.deep.equal({ oneTime: 3, hasLastResort: true, bytes: 10 * 3 + 13 })
      expect(await taken(3)).to.deep.equal(['a', 'b', 'c'])
      expect(await store().takePackage(alice)).to.deep.equal(last)
      expect(await taken(2)).to.deep.equal(['last', 'last'])
      expect(await store().shelfStats(alice)).to.deep.equal({ oneTime: 0, hasLastResort: true, bytes: 13 })
    })

    it('is empty where nothing was laid out', async () => {
      expect(await store().takePackage(alice)).to.equal(undefined)
      expect(await store().shelfStats(alice)).to.deep.equal({ oneTime: 0, hasLastResort: false, bytes: 0 })
      expect(await store().shelve(alice, [])).to.deep.equal({ shelved: 0 })
      await store().shelve(alice, [packageOf('a')])
      expect(await taken(2)).to.deep.equal(['a', undefined])
      expect(await taken(1, bob)).to.deep.equal([undefined])
    })

    it('gives each one-time package to one of many who ask at once', async () => {
      await store().shelve(
        alice,
        Array.from({ length: 40 }, (_, i) => packageOf(`p${i}`)),
      )
      const ids = await Promise.all(Array.from({ length: 60 }, () => store().takePackage(alice)))
      const given = ids.flatMap((one) => (one === undefined ? [] : [one.id]))
      expect(given).to.have.length(40)
      expect(new Set(given).size).to.equal(40)
    })

    it('replaces the last-resort package by a newer one', async () => {
      await store().shelve(alice, [packageOf('old', { lastResort: true })])
      await store().shelve(alice, [packageOf('new', { lastResort: true, bytes: Uint8Array.of(1) })])
      expect(await taken(2)).to.deep.equal(['new', 'new'])
      expect(await store().shelfStats(alice)).to.deep.equal({ oneTime: 0, hasLastResort: true, bytes: 1 })
      expect(await store().shelve(alice, [packageOf('old', { lastResort: true })])).to.deep.equal({ shelved: 0 })
    })

    it('takes no package in twice, also after it was given out, for 256 of them', async () => {
      const ids = Array.from({ length: 257 }, (_, i) => `p${i}`)
      await store().shelve(
        alice,
        ids.map((id) => packageOf(id)),
      )
      expect(await store().shelve(alice, [packageOf('p3'), packageOf('x'), packageOf('x')])).to.deep.equal({
        shelved: 1,
      })
      await taken(257)
      expect(await store().shelve(alice, [packageOf('p1')])).to.deep.equal({ shelved: 0 })
      expect(await store().shelve(alice, [packageOf('p0')])).to.deep.equal({ shelved: 1 })
      expect(await store().shelve(bob, [packageOf('p1')])).to.deep.equal({ shelved: 1 })
    })

    it('takes nothing of a call that would exceed its quota, by packages or by bytes', async () => {
      const quota = { maxPackages: 2, maxBytes: 100 }
      const sized = (id: string, length: number, lastResort = false) =>
        packageOf(id, { bytes: new Uint8Array(length), lastResort })
      expect(await store().shelve(alice, [sized('a', 1), sized('b', 1), sized('c', 1)], quota)).to.have.property('full')
      expect(await store().shelve(alice, [sized('a', 101)], quota)).to.have.property('full')
      expect(await store().shelfStats(alice)).to.deep.equal({ oneTime: 0, hasLastResort: false, bytes: 0 })
      expect(await store().shelve(alice, [sized('a', 40), sized('l', 60, true)], quota)).to.deep.equal({ shelved: 2 })
      expect(await store().shelve(alice, [sized('m', 60, true)], quota)).to.deep.equal({ shelved: 1 })
      expect(await store().shelve(alice, [sized('n', 61, true)], quota)).to.have.property('full')
      expect(await taken(2)).to.deep.equal(['a', 'm'])
    })

    it('refuses names that are empty, too long or not printable', async () => {
      for (const id of ['', 'a b', 'é', 'x'.repeat(129)]) {
        const failure = await store()
          .shelve(alice, [packageOf(id)])
          .catch((error: unknown) => error)
        expect(failure, id).to.have.property('code', 'core.invalid_argument')
      }
      expect(await store().shelve(alice, [packageOf('x'.repeat(128))])).to.deep.equal({ shelved: 1 })
    })

    it('outlives messages and sweeps, and goes with the mailbox', async () => {
      await store().shelve(alice, [packageOf('a'), packageOf('b')])
      await append(store(), item({ expires: start + 1 }))
      await store().sweep(start + 1)
      expect(await taken(1)).to.deep.equal(['a'])
      await store().eraseMailbox(alice)
      expect(await taken(1)).to.deep.equal([undefined])
      expect(await store().shelve(alice, [packageOf('a')])).to.deep.equal({ shelved: 1 })
    })
  })
}

function forgetting(store: () => MailboxStore): void {
  describe('sweep', () => {
    it('drops what has expired, leased or not, and tells how many', async () => {
      await append(store(), item({ expires: start + 5 }), item({ expires: start + 6 }), item())
      await lease(store(), { count: 1 })
      expect(await store().sweep(start + 5)).to.equal(1)
      expect(await store().sweep(start + 6)).to.equal(1)
      expect(await store().sweep(start + 6)).to.equal(0)
      expect(await store().stats()).to.include({ messages: 1 })
    })

    it('ends leases from before the clock was set back', async () => {
      await append(store(), item())
      await store().lease(alice, { consumer: 'one', count: 1, leaseMillis: 600_000, now: start + 5000 })
      await store().sweep(start + 5000)
      expect(await lease(store(), { now: start + 5000 })).to.deep.equal([])
      await store().sweep(start)
      expect(await lease(store(), { consumer: 'two' })).to.have.length(1)
    })

    it('ends lapsed leases', async () => {
      const [seq] = await append(store(), item())
      await lease(store())
      await store().sweep(start + 1000)
      expect(await store().ack(alice, 'one', [seq!])).to.equal(0)
    })
  })

  describe('eraseMessage', () => {
    it('erases one message from one mailbox', async () => {
      const [seq] = await append(store(), item({ mailboxes: [alice, bob] }))
      expect(await store().eraseMessage(alice, seq!)).to.equal(true)
      expect(await store().eraseMessage(alice, seq!)).to.equal(false)
      expect(await lease(store())).to.deep.equal([])
      expect(await store().read(bob, { limit: 1, now: start })).to.have.length(1)
    })
  })

  describe('eraseMailbox', () => {
    it('erases all of a mailbox and nothing of another, and keeps no memory of what was there', async () => {
      const one = item({ mailboxes: [alice, bob] })
      await append(store(), one, item(), item({ mailboxes: [bob] }))
      expect(await store().eraseMailbox(alice)).to.equal(2)
      expect(await store().eraseMailbox(alice)).to.equal(0)
      expect(await store().stats()).to.include({ mailboxes: 1, messages: 2 })
      expect(await append(store(), { ...one, mailboxes: [alice] })).to.have.length(1)
    })
  })

  describe('Symbol.asyncDispose', () => {
    it('makes every later call fail by name', async () => {
      await store()[Symbol.asyncDispose]()
      const failure = await store()
        .append([item()], start)
        .catch((error: unknown) => error)
      expect(failure).to.have.property('code', 'relay.store_closed')
    })
  })
}

function waking(store: () => MailboxStore): void {
  describe('wake', () => {
    it('calls back on arrival, release and a lapsed lease, for that mailbox only, until it is ended', async () => {
      let calls = 0
      const called = async (act: () => Promise<unknown>) => {
        calls = 0
        await act()
        return calls > 0
      }
      const end = store().wake(alice, () => calls++)
      expect(await called(() => append(store(), item({ mailboxes: [bob] })))).to.equal(false)
      const [seq] = await append(store(), item())
      expect(await called(() => append(store(), item()))).to.equal(true)
      await lease(store())
      expect(await called(() => store().release(alice, 'one', [seq!]))).to.equal(true)
      expect(await called(() => store().sweep(start + 1000))).to.equal(true)
      end()
      expect(await called(() => append(store(), item()))).to.equal(false)
    })
  })
}
