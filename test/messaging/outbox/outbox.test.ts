import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { fromHex, toHex, utf8 } from '../../../src/core/bytes.ts'
import type { HeraldError } from '../../../src/core/errors.ts'
import { asMessageId, type MessageId } from '../../../src/core/ids.ts'
import type { Priority } from '../../../src/core/priority.ts'
import { createOutbox, type Outbox, receiptKey } from '../../../src/messaging/outbox/outbox.ts'
import { decodeOutboxEntry, type OutboxEntry, outboxKey } from '../../../src/messaging/outbox/outbox-entry.ts'
import { StoreClosedError, StoreFullError } from '../../../src/store/errors.ts'
import { memoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/port.ts'
import { ClosedError } from '../../../src/transport/errors.ts'
import { FakeTransportError, fakeTransport, type Submission } from '../../support/fake-transport.ts'
import { rejection, rejectionCode } from '../../support/refusal.ts'
import { failingStore, keysOf, snapshot } from '../../support/tables.ts'

const now = 1_800_000_000_000
const concurrency = 16
const later = new FakeTransportError('later')
const never = new FakeTransportError('never')

const idOf = (n: number): MessageId => asMessageId(`0x${n.toString(16).padStart(32, '0')}`)
const numberOf = ({ envelope }: Submission) => Number(toHex(envelope))
/** An entry whose envelope is its message id, so that a submission can be told. */
const entryOf = (n: number, change: Partial<OutboxEntry> = {}): OutboxEntry => ({
  messageId: idOf(n),
  priority: 'normal',
  expires: now + 60_000,
  relays: ['http://relay.example'],
  envelope: fromHex(idOf(n)),
  ...change,
})

describe('messaging/outbox/outbox', () => {
  const time = { now }
  // The least a random pause can be: half of 500 ms at first.
  const ambient = { now: () => time.now, random: (length: number) => new Uint8Array(length) }
  let store: Store
  let transport: ReturnType<typeof fakeTransport>
  let outbox: Outbox
  let failed: [MessageId, HeraldError][]

  function open(over: { store?: Store } = {}): Outbox {
    const onFailed = (entry: OutboxEntry, error: HeraldError) => void failed.push([entry.messageId, error])
    return createOutbox({ store, transport, ambient, onFailed, ...over })
  }

  /** Ends the outbox as a crash does, as far as the store is concerned, and starts another with a fresh transport. */
  async function restart(): Promise<void> {
    await outbox[Symbol.asyncDispose]()
    transport = fakeTransport()
    outbox = open()
  }

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    time.now = now
    store = memoryStore()
    transport = fakeTransport()
    failed = []
    outbox = open()
  })

  afterEach(async () => {
    await outbox[Symbol.asyncDispose]()
    mock.timers.reset()
  })

  describe('enqueue', () => {
    it('keeps the envelope before the network sees it, and forgets it once a relay has signed for it', async () => {
      const seen: string[][] = []
      transport = fakeTransport(async () => void seen.push(await keysOf(store, 'outbox')))
      outbox = open()
      const queued = await outbox.enqueue(entryOf(1))
      const submission = await transport.next()
      expect(seen).to.have.length(1)
      expect(seen[0]).to.have.length(1)
      expect(seen[0]?.[0]).to.contain(idOf(1))
      const acceptance = submission.accept()
      expect(await queued.accepted).to.equal(acceptance)
      expect(await queued.firstAttempt).to.deep.equal({ state: 'accepted', acceptance })
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
      await turn()
      expect(outbox.length).to.equal(0)
    })

    it('hands over envelope and relays as they were given', async () => {
      const relays = ['https://one.example', 'https://two.example/path']
      await outbox.enqueue(entryOf(1, { relays }))
      const submission = await transport.next()
      expect(submission.relays).to.deep.equal(relays)
      expect(submission.envelope).to.deep.equal(fromHex(idOf(1)))
    })

    it('keeps other rows together with the envelope', async () => {
      await outbox.enqueue(entryOf(1), [{ table: 'messages', put: { key: 'm', value: utf8('kept') } }])
      expect((await snapshot(store)).messages).to.deep.equal({ m: toHex(utf8('kept')) })
    })

    it('keeps none of them, and sends nothing, when the store does not take them all', async () => {
      const before = await snapshot(store)
      const refused = outbox.enqueue(entryOf(1), [{ table: 'messages', put: { key: '', value: utf8('kept') } }])
      expect(await rejectionCode(refused)).to.equal('store.invalid_key')
      const failing = failingStore(store)
      outbox = open({ store: failing })
      failing.failNext('batch', new StoreFullError({ path: 'disk' }))
      expect(await rejectionCode(outbox.enqueue(entryOf(2)))).to.equal('store.full')
      await turn()
      expect(await snapshot(store)).to.deep.equal(before)
      expect(transport.submissions).to.have.length(0)
      expect(outbox.length).to.equal(0)
    })

    it('refuses an entry that could not be read back, and keeps nothing of it', async () => {
      const relays = Array.from({ length: 5 }, () => 'http://a')
      expect(await rejectionCode(outbox.enqueue(entryOf(1, { relays })))).to.equal('wire.malformed_field')
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
    })

    it('sends what is urgent before what waited longer, and equals in order of queueing', async () => {
      for (let n = 0; n < concurrency; n++) await outbox.enqueue(entryOf(n))
      const classes: Priority[] = ['low', 'normal', 'urgent', 'high', 'normal', 'urgent']
      for (const [i, priority] of classes.entries()) await outbox.enqueue(entryOf(100 + i, { priority }))
      await turn()
      expect(transport.submissions).to.have.length(concurrency)
      for (const submission of [...transport.submissions]) submission.accept()
      await turn()
      expect(transport.submissions.slice(concurrency).map(numberOf)).to.deep.equal([102, 105, 103, 101, 104, 100])
    })

    it('numbers what is queued within one millisecond, and goes on when the clock steps back', async () => {
      for (let n = 0; n < concurrency; n++) await outbox.enqueue(entryOf(n))
      await outbox.enqueue(entryOf(20))
      time.now -= 10_000
      await outbox.enqueue(entryOf(21))
      await outbox.enqueue(entryOf(22))
      const order = (await store.scan('outbox', { limit: 100 })).map(({ value }) => decodeOutboxEntry(value).messageId)
      expect(order.slice(-3)).to.deep.equal([idOf(20), idOf(21), idOf(22)])
    })
  })

  describe('a relay that is down', () => {
    it('leaves the message queued and kept, and gets it again with growing pauses until it accepts', async () => {
      const queued = await outbox.enqueue(entryOf(1))
      for (const pause of [250, 500, 1000, 2000]) {
        const submission = await transport.next()
        submission.refuse(later)
        expect(await queued.firstAttempt).to.deep.equal({ state: 'queued' })
        await turn()
        expect(await keysOf(store, 'outbox')).to.have.length(1)
        expect(outbox.length).to.equal(1)
        const count = transport.submissions.length
        mock.timers.tick(pause - 1)
        await turn()
        expect(transport.submissions).to.have.length(count)
        mock.timers.tick(1)
      }
      const acceptance = (await transport.next()).accept()
      expect(await queued.accepted).to.equal(acceptance)
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
      expect(failed).to.deep.equal([])
    })

    for (const [name, error] of [
      ['a verdict of refresh', new FakeTransportError('refresh')],
      ['the word that the transport was closed under it', new ClosedError()],
      ['an error that is none of ours', new TypeError('fetch failed')],
    ] as const)
      it(`keeps the message after ${name}`, async () => {
        const queued = await outbox.enqueue(entryOf(1))
        ;(await transport.next()).refuse(error)
        expect(await queued.firstAttempt).to.deep.equal({ state: 'queued' })
        expect(await keysOf(store, 'outbox')).to.have.length(1)
      })

    it('does not hold up messages to others', async () => {
      await outbox.enqueue(entryOf(1))
      ;(await transport.next()).refuse(later)
      await outbox.enqueue(entryOf(2))
      expect(numberOf(await transport.next())).to.equal(2)
    })
  })

  describe('a failure for good', () => {
    it('rejects both promises, forgets the message and tells of it', async () => {
      const queued = await outbox.enqueue(entryOf(1))
      ;(await transport.next()).refuse(never)
      expect(await rejection(queued.firstAttempt)).to.equal(never)
      expect(await rejection(queued.accepted)).to.equal(never)
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
      expect(failed).to.deep.equal([[idOf(1), never]])
    })

    it('does not end the process when nobody looks at the promises', async () => {
      await outbox.enqueue(entryOf(1))
      ;(await transport.next()).refuse(never)
      await turn()
      await turn()
    })

    it('is expiry: from the millisecond on, the message is not sent any more', async () => {
      time.now = now + 59_999
      const inTime = await outbox.enqueue(entryOf(1))
      ;(await transport.next()).refuse(later)
      expect(await inTime.firstAttempt).to.deep.equal({ state: 'queued' })
      await turn()
      time.now = now + 60_000
      mock.timers.tick(250)
      const error = await rejection(inTime.accepted)
      expect(error.code).to.equal('sealed.expired')
      expect(error.facts).to.deep.equal({ messageId: idOf(1), expires: now + 60_000, now: now + 60_000 })
      expect(transport.submissions).to.have.length(1)
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
      const late = await outbox.enqueue(entryOf(2))
      expect(await rejectionCode(late.firstAttempt)).to.equal('sealed.expired')
      expect(failed.map(([id]) => id)).to.deep.equal([idOf(1), idOf(2)])
    })
  })

  describe('a store that fails after the relay accepted', () => {
    for (const error of [new StoreFullError({ path: 'disk' }), new StoreClosedError({ path: undefined })])
      it(`still tells of the acceptance, and leaves the row to the next run: ${error.code}`, async () => {
        const failing = failingStore(store)
        outbox = open({ store: failing })
        const queued = await outbox.enqueue(entryOf(1))
        failing.failNext('batch', error)
        const acceptance = (await transport.next()).accept()
        expect(await queued.firstAttempt).to.deep.equal({ state: 'accepted', acceptance })
        expect(await queued.accepted).to.equal(acceptance)
        expect(failed).to.deep.equal([])
        expect(await keysOf(store, 'outbox')).to.have.length(1)
      })
  })

  describe('the receipt of an accepted message', () => {
    it('takes the place of the queued row, until 30 days after the message expires', async () => {
      const queued = await outbox.enqueue(entryOf(1))
      const { receipt } = (await transport.next()).accept()
      await queued.accepted
      expect(await store.get('receipts', receiptKey(idOf(1)))).to.deep.equal(receipt)
      const kept = entryOf(1).expires + 30 * 86_400_000
      await store.sweep(kept - 1)
      expect(await keysOf(store, 'receipts')).to.deep.equal([receiptKey(idOf(1))])
      await store.sweep(kept)
      expect(await keysOf(store, 'receipts')).to.deep.equal([])
    })

    it('is not kept for a message that was refused', async () => {
      const queued = await outbox.enqueue(entryOf(1))
      ;(await transport.next()).refuse(never)
      await rejection(queued.accepted)
      expect(await keysOf(store, 'receipts')).to.deep.equal([])
    })
  })

  describe('resume', () => {
    it('sends what an earlier run left, in order; exactly what was accepted is gone', async () => {
      const classes: Priority[] = ['low', 'normal', 'urgent', 'high']
      for (const [n, priority] of classes.entries()) await outbox.enqueue(entryOf(n, { priority }))
      await turn()
      transport.submissions.find((submission) => numberOf(submission) === 1)?.accept()
      await turn()
      await restart()
      expect(await outbox.resume()).to.equal(3)
      await turn()
      expect(transport.submissions.map(numberOf)).to.deep.equal([2, 3, 0])
      for (const submission of transport.submissions) submission.accept()
      await turn()
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
    })

    it('finds nothing in an empty store', async () => {
      expect(await outbox.resume()).to.equal(0)
    })

    it('puts what is queued now behind what was left, even if the clock was set back', async () => {
      await outbox.enqueue(entryOf(1))
      await restart()
      time.now -= 60_000
      await outbox.resume()
      await outbox.enqueue(entryOf(2))
      const rows = await store.scan('outbox', { limit: 10 })
      expect(rows.map(({ value }) => decodeOutboxEntry(value).messageId)).to.deep.equal([idOf(1), idOf(2)])
    })

    it('takes up more rows than one scan gives', async () => {
      const changes = Array.from({ length: 1201 }, (_, n) => entryOf(n))
      await outbox[Symbol.asyncDispose]()
      for (const entry of changes) await outbox.enqueue(entry)
      await restart()
      expect(await outbox.resume()).to.equal(1201)
      expect(outbox.length).to.equal(1201)
      for (let next = 0; next < transport.submissions.length; next++) {
        transport.submissions[next]?.accept()
        await turn()
      }
      expect(new Set(transport.submissions.map(numberOf)).size).to.equal(1201)
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
    })

    it('forgets what expired while nobody ran', async () => {
      await outbox.enqueue(entryOf(1))
      await restart()
      time.now = now + 60_000
      expect(await outbox.resume()).to.equal(1)
      await turn()
      expect(transport.submissions).to.have.length(0)
      expect(failed.map(([id, { code }]) => [id, code])).to.deep.equal([[idOf(1), 'sealed.expired']])
      expect(await keysOf(store, 'outbox')).to.deep.equal([])
    })

    it('names the table of a row that cannot be read, sends nothing and loses nothing', async () => {
      await outbox.enqueue(entryOf(1))
      await restart()
      await store.put('outbox', outboxKey(entryOf(2), Number.MAX_SAFE_INTEGER), Uint8Array.of(1, 2, 3))
      const before = await snapshot(store)
      const error = await rejection(outbox.resume())
      expect(error.code).to.equal('messaging.corrupt_record')
      expect(error.facts).to.deep.equal({ table: 'outbox' })
      expect(error.cause).to.have.property('code', 'wire.truncated')
      await turn()
      expect(transport.submissions).to.have.length(0)
      expect(await snapshot(store)).to.deep.equal(before)
    })
  })

  describe('disposal', () => {
    it('keeps what is under way, waits or pauses, and tells each sender that it is queued', async () => {
      const paused = await outbox.enqueue(entryOf(0))
      ;(await transport.next()).refuse(later)
      await turn()
      const waiting = await Promise.all(
        Array.from({ length: concurrency + 3 }, (_, n) => outbox.enqueue(entryOf(1 + n))),
      )
      await turn()
      await outbox[Symbol.asyncDispose]()
      const first = await Promise.all([paused, ...waiting].map(({ firstAttempt }) => firstAttempt))
      expect(first.every(({ state }) => state === 'queued')).to.equal(true)
      expect(await keysOf(store, 'outbox')).to.have.length(concurrency + 4)
      const { length } = transport.submissions
      mock.timers.tick(60_000)
      await turn()
      expect(transport.submissions).to.have.length(length)
    })

    it('aborts attempts, and takes no refusal that this causes for the relay’s word', async () => {
      const queued = await outbox.enqueue(entryOf(1))
      const submission = await transport.next()
      const disposed = outbox[Symbol.asyncDispose]()
      expect(submission.settled).to.equal(true)
      await disposed
      expect(await queued.firstAttempt).to.deep.equal({ state: 'queued' })
      expect(await keysOf(store, 'outbox')).to.have.length(1)
      expect(failed).to.deep.equal([])
    })

    it('keeps what is enqueued afterwards for the next run', async () => {
      await outbox[Symbol.asyncDispose]()
      const queued = await outbox.enqueue(entryOf(1))
      expect(await queued.firstAttempt).to.deep.equal({ state: 'queued' })
      expect(transport.submissions).to.have.length(0)
      await restart()
      expect(await outbox.resume()).to.equal(1)
    })
  })
})
