import { expect } from 'chai'
import { concatBytes, toHex, utf8 } from '../../../src/core/bytes.ts'
import { asConversationId, asMessageId, type CardId } from '../../../src/core/ids.ts'
import { maxClockSkewMillis } from '../../../src/core/limits.ts'
import { setupBaseSender } from '../../../src/crypto/hpke.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { createReceiver, type Received, type ReceiverOptions } from '../../../src/messaging/inbox/receiver.ts'
import { decodeMessageRecord, messageKey } from '../../../src/messaging/message-record.ts'
import { hpkeInfo } from '../../../src/messaging/sealed/hpke-info.ts'
import { type Draft, sealMessage } from '../../../src/messaging/sealed/seal-message.ts'
import { StoreFullError } from '../../../src/store/errors.ts'
import { memoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/port.ts'
import { decodeEnvelope, encodeEnvelope, encodeHeader } from '../../../src/wire/envelope.ts'
import { memoryDirectory, type TestAgent } from '../../support/memory-directory.ts'
import { rejection, rejectionCode } from '../../support/refusal.ts'
import { failingStore, snapshot } from '../../support/tables.ts'

const now = 1_800_000_000_000
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const draft: Draft = {
  kind: 'message',
  contentType: 'text/plain;charset=utf-8',
  body: utf8('the quote is 42'),
  messageId: asMessageId(`0x${'a1'.repeat(16)}`),
  conversation: asConversationId(`0x${'c0'.repeat(16)}`),
  seq: 0,
  created: now - 1000,
  expires: now + 60_000,
  inReplyTo: undefined,
  priority: 'normal',
}
const full = new StoreFullError({ path: 'disk' })

describe('messaging/inbox/receiver', () => {
  const directory = memoryDirectory()
  const alice = directory.publish(0xa11ce)
  const bob = directory.publish(0xb0b)
  const from = (agent: TestAgent) => ({ agent: agent.agent, cardId: agent.cardId, keyring: agent.keyring })
  const seal = (change: Partial<Draft> = {}, sender = alice, recipient = bob) =>
    sealMessage(nodeBackend, random, from(sender), recipient, { ...draft, ...change })
  const key = messageKey(draft.messageId, alice.cardId)

  let store: Store
  beforeEach(() => {
    store = memoryStore()
  })

  /** A receiver of bob's on the store, as a run of the program makes one. */
  const receiver = (change: Partial<ReceiverOptions> = {}) =>
    createReceiver({
      backend: nodeBackend,
      self: bob.agent,
      keyringOf: (cardId: CardId) => (cardId === bob.cardId ? bob.keyring : undefined),
      directory,
      now: () => now,
      store,
      ...change,
    })

  describe('receive', () => {
    it('gives the message, keeps it, and remembers that it is not handled yet', async () => {
      const { envelope, headerBytes, innerBytes } = seal()
      const received = await receiver().receive(envelope)
      expect(received.repeated).to.equal(false)
      expect(received.message.body).to.deep.equal(draft.body)
      const kept = decodeMessageRecord((await store.get('messages', key)) as Uint8Array)
      expect(kept).to.deep.equal({ direction: 'received', recipient: bob.agent, headerBytes, innerBytes })
      const row = await store.get('replay', key)
      expect(row).to.deep.equal(concatBytes(Uint8Array.of(0), nodeBackend.sha256(envelope)))
    })

    it('keeps other rows in one step with the message', async () => {
      const alsoKeep: ReceiverOptions['alsoKeep'] = ({ message }) => [
        { table: 'batches', put: { key: 'leaf', value: utf8(message.senderCard) } },
      ]
      await receiver({ alsoKeep }).receive(seal().envelope)
      expect((await snapshot(store)).batches).to.deep.equal({ leaf: toHex(utf8(alice.cardId)) })
    })

    it('takes the same message id from two senders for two messages', async () => {
      const carol = directory.publish(0xca401)
      const bobs = receiver()
      await (await bobs.receive(seal().envelope)).done()
      await (await bobs.receive(seal({}, carol).envelope)).done()
      expect(Object.keys((await snapshot(store)).messages)).to.have.length(2)
    })
  })

  describe('promise: a relay cannot replay', () => {
    it('refuses what was handled, in the same run and in every later one', async () => {
      const { envelope } = seal()
      const first = receiver()
      await (await first.receive(envelope)).done()
      for (const run of [first, receiver()]) {
        const error = await rejection(run.receive(envelope))
        expect(error.code).to.equal('sealed.replayed')
        const { messageId } = draft
        expect(error.facts).to.deep.equal({ messageId, senderCard: alice.cardId, handled: true })
      }
    })

    it('hands a message out again when an earlier run crashed before it was handled', async () => {
      const { envelope } = seal()
      expect((await receiver().receive(envelope)).repeated).to.equal(false)
      const again = await receiver().receive(envelope)
      expect(again.repeated).to.equal(true)
      expect(again.message.body).to.deep.equal(draft.body)
      await again.done()
      expect(await rejectionCode(receiver().receive(envelope))).to.equal('sealed.replayed')
    })

    it('refuses another envelope under an id that came before, handled or not', async () => {
      await receiver().receive(seal().envelope)
      const before = await snapshot(store)
      const other = seal({ body: utf8('the quote is 43') }).envelope
      const error = await rejection(receiver().receive(other))
      expect(error.code).to.equal('sealed.replayed')
      expect(error.facts).to.include({ handled: true })
      expect(await snapshot(store)).to.deep.equal(before)
    })

    it('remembers for as long as any clock in the allowed window takes the message', async () => {
      const { envelope } = seal()
      await (await receiver().receive(envelope)).done()
      await store.sweep(draft.expires + maxClockSkewMillis - 1)
      const late = receiver({ now: () => draft.expires - 1 })
      expect(await rejectionCode(late.receive(envelope))).to.equal('sealed.replayed')
      await store.sweep(draft.expires + maxClockSkewMillis)
      expect((await snapshot(store)).replay).to.deep.equal({})
      const later = receiver({ now: () => draft.expires + maxClockSkewMillis })
      expect(await rejectionCode(later.receive(envelope))).to.equal('sealed.expired')
    })
  })

  describe('a memory without room', () => {
    it('leaves a new message for later, forgets none, and keeps nothing of it', async () => {
      const bobs = receiver({ replayLimit: 1 })
      const { envelope } = seal()
      await (await bobs.receive(envelope)).done()
      const before = await snapshot(store)
      const second = seal({ messageId: asMessageId(`0x${'b2'.repeat(16)}`) }).envelope
      const error = await rejection(bobs.receive(second))
      expect(error).to.include({ code: 'messaging.replay_memory_full', retry: 'later' })
      expect(await snapshot(store)).to.deep.equal(before)
      expect(await rejectionCode(bobs.receive(envelope))).to.equal('sealed.replayed')
    })

    it('takes the message once another one has expired', async () => {
      let time = now
      const bobs = receiver({ replayLimit: 1, now: () => time })
      await (await bobs.receive(seal().envelope)).done()
      const second = seal({ messageId: asMessageId(`0x${'b2'.repeat(16)}`), expires: now + 600_000 }).envelope
      expect(await rejectionCode(bobs.receive(second))).to.equal('messaging.replay_memory_full')
      time = draft.expires + maxClockSkewMillis
      expect((await bobs.receive(second)).repeated).to.equal(false)
    })

    it('hands out again what it knows and an earlier run did not finish', async () => {
      const { envelope } = seal()
      await receiver().receive(envelope)
      expect((await receiver({ replayLimit: 1 }).receive(envelope)).repeated).to.equal(true)
    })
  })

  describe('one message in two hands', () => {
    it('goes to exactly one of many concurrent receives', async () => {
      const { envelope } = seal()
      const bobs = receiver()
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => bobs.receive(envelope)))
      const won = outcomes.filter(({ status }) => status === 'fulfilled')
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(won).to.have.length(1)
      expect(reasons.map(({ code, facts }) => [code, facts.handled])).to.deep.equal(
        Array.from({ length: 7 }, () => ['sealed.replayed', false]),
      )
      await (won[0] as PromiseFulfilledResult<Received>).value.done()
      const error = await rejection(bobs.receive(envelope))
      expect(error.facts).to.include({ handled: true })
    })

    it('comes again after abandon, marked as repeated, and not before', async () => {
      const { envelope } = seal()
      const bobs = receiver()
      const received = await bobs.receive(envelope)
      expect(await rejectionCode(bobs.receive(envelope))).to.equal('sealed.replayed')
      received.abandon()
      const again = await bobs.receive(envelope)
      expect(again.repeated).to.equal(true)
      await again.done()
      expect(await rejectionCode(bobs.receive(envelope))).to.equal('sealed.replayed')
    })
  })

  describe('bad input never half-writes', () => {
    const { header, headerBytes, ciphertext } = decodeEnvelope(seal().envelope)
    const flipped = Uint8Array.from(ciphertext)
    flipped[0]! ^= 1
    const stolen = directory.publish(0x57013)
    const stolenMail = seal({}, stolen).envelope
    directory.amend(stolen.cardId, { revokedAt: 1, reason: 'key_compromise' })

    /** Alice's message with a signature that is not hers. */
    function badlySigned(): Uint8Array {
      const mallory = { ...alice, keyring: directory.publish(0x3a1).keyring }
      return seal({}, mallory).envelope
    }

    /** What opens, but is no message. */
    function nonsense(): Uint8Array {
      const info = hpkeInfo(header.suite, bob.agent, bob.cardId)
      const context = setupBaseSender(nodeBackend, header.suite, bob.card.sealingKey, info, random)!
      const bytes = encodeHeader({ ...header, enc: context.enc })
      return encodeEnvelope(bytes, context.seal(bytes, new Uint8Array(400).fill(1)))
    }

    const refused: [string, () => Uint8Array, string][] = [
      ['empty bytes', () => new Uint8Array(0), 'wire.truncated'],
      ['a cut envelope', () => seal().envelope.subarray(0, -1), 'wire.truncated'],
      ['an oversized envelope', () => new Uint8Array(1_310_721), 'wire.too_large'],
      ['a flipped bit', () => encodeEnvelope(headerBytes, flipped), 'sealed.open_failed'],
      ['an expired message', () => seal({ expires: now }).envelope, 'sealed.expired'],
      ['a message for somebody else', () => seal({}, bob, alice).envelope, 'sealed.not_for_me'],
      ['sealed nonsense', nonsense, 'wire.malformed_field'],
      ['a message by a revoked card', () => stolenMail, 'identity.card_revoked'],
      ['a forged signature', badlySigned, 'sealed.signature_invalid'],
      [
        'a message from the future',
        () => seal({ created: now + maxClockSkewMillis + 1, expires: now + 2 * maxClockSkewMillis }).envelope,
        'sealed.clock_window',
      ],
      [
        'a sender of another registry',
        () => seal({}, directory.publish(0xf0, { chainId: 10 })).envelope,
        'sealed.foreign_sender',
      ],
    ]
    for (const [name, envelope, code] of refused)
      it(`leaves every table as it was after ${name}`, async () => {
        const bobs = receiver()
        await bobs.receive(seal({ messageId: asMessageId(`0x${'b2'.repeat(16)}`) }).envelope)
        const before = await snapshot(store)
        expect(await rejectionCode(bobs.receive(envelope()))).to.equal(code)
        expect(await snapshot(store)).to.deep.equal(before)
      })

    it('leaves every table as it was after a replay', async () => {
      const { envelope } = seal()
      await (await receiver().receive(envelope)).done()
      const before = await snapshot(store)
      expect(await rejectionCode(receiver().receive(envelope))).to.equal('sealed.replayed')
      expect(await snapshot(store)).to.deep.equal(before)
    })
  })

  describe('a store that fails', () => {
    for (const call of ['putIfAbsent', 'batch'] as const)
      it(`loses nothing: the next delivery after a failed ${call} is handled`, async () => {
        const failing = failingStore(store)
        const bobs = receiver({ store: failing })
        const { envelope } = seal()
        failing.failNext(call, full)
        expect(await rejection(bobs.receive(envelope))).to.equal(full)
        const received = await bobs.receive(envelope)
        expect(received.repeated).to.equal(call === 'batch')
        await received.done()
        expect(Object.keys((await snapshot(store)).messages)).to.deep.equal([key])
      })

    it('loses nothing when it cannot tell whether the message came before', async () => {
      const failing = failingStore(store)
      const { envelope } = seal()
      await receiver().receive(envelope)
      const bobs = receiver({ store: failing })
      failing.failNext('get', full)
      expect(await rejection(bobs.receive(envelope))).to.equal(full)
      expect((await bobs.receive(envelope)).repeated).to.equal(true)
    })

    it('hands the message out again when done could not be written', async () => {
      const failing = failingStore(store)
      const bobs = receiver({ store: failing })
      const { envelope } = seal()
      const received = await bobs.receive(envelope)
      failing.failNext('put', full)
      expect(await rejection(received.done())).to.equal(full)
      expect((await bobs.receive(envelope)).repeated).to.equal(true)
    })

    it('names the table of a replay row that cannot be read, and changes nothing', async () => {
      for (const row of [new Uint8Array(0), new Uint8Array(32), new Uint8Array(33).fill(7)]) {
        await store.put('replay', key, row)
        const before = await snapshot(store)
        const error = await rejection(receiver().receive(seal().envelope))
        expect(error.code).to.equal('messaging.corrupt_record')
        expect(error.facts).to.deep.equal({ table: 'replay' })
        expect(await snapshot(store)).to.deep.equal(before)
      }
    })
  })
})
