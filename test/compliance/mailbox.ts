/** What every mailbox store does. Called with a function that opens an empty store. */
import { expect } from 'chai'
import type { MailboxId, MessageId } from '../../src/core/ids.ts'
import type { Priority } from '../../src/core/priority.ts'
import type { AppendItem, AppendOutcome, MailboxStore } from '../../src/relay/mailbox/port.ts'
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

function lease(store: MailboxStore, change: { consumer?: string; count?: number; now?: number } = {}) {
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
      expect(second).to.deep.equal({ duplicateOf: seqOf(first) })
      expect(third).to.deep.equal(second)
      expect(await lease(store())).to.have.length(1)
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
      expect(await store().append([one], start)).to.deep.equal([{ duplicateOf: seq }])
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
      expect(await store().append([big], start, quota)).to.deep.equal([{ duplicateOf: seqOf(one) }])
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
