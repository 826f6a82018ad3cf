import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { toHex } from '../../../src/core/bytes.ts'
import type { MailboxId, MessageId } from '../../../src/core/ids.ts'
import { priorities } from '../../../src/core/priority.ts'
import {
  packItems,
  packMessages,
  packOutcomes,
  type StoreMessage,
  unpackItems,
  unpackMessages,
  unpackOutcomes,
} from '../../../src/relay/mailbox/packing.ts'
import type { AppendItem, AppendOutcome } from '../../../src/relay/mailbox/port.ts'

describe('relay/mailbox/packing', () => {
  const seed = 20_261_129
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const mailbox = bytes(32).map((id) => toHex(id) as MailboxId)
  const messageId = bytes(16).map((id) => toHex(id) as MessageId)
  const body = fc.uint8Array({ maxLength: 60 })
  const item: fc.Arbitrary<AppendItem> = fc.record(
    {
      mailboxes: fc.array(mailbox, { minLength: 1, maxLength: 3 }),
      messageId,
      priority: fc.constantFrom(...priorities),
      expires: fc.maxSafeNat(),
      endsAt: fc.maxSafeNat(),
      body,
      digest: bytes(32),
    },
    { requiredKeys: ['mailboxes', 'messageId', 'priority', 'expires', 'body'] },
  )

  describe('unpackItems', () => {
    it('gives back what was packed, with a digest where there was none', () => {
      const property = fc.property(fc.array(item, { maxLength: 8 }), (items) => {
        const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest())
        const expected = items.map((one) => ({
          mailboxes: one.mailboxes,
          priority: priorities.indexOf(one.priority),
          expires: one.expires,
          endsAt: one.endsAt,
          digest: one.digest ?? sha256(one.body),
          plain: Uint8Array.from([...Buffer.from(one.messageId.slice(2), 'hex'), ...one.body]),
        }))
        expect(unpackItems(packItems(items))).to.deep.equal(expected)
      })
      fc.assert(property, { seed, numRuns: 200 })
    })
  })

  describe('unpackMessages', () => {
    it('gives back what was packed', () => {
      const message = fc.record({
        seq: fc.maxSafeNat(),
        priority: fc.integer({ min: 0, max: 3 }),
        expires: fc.maxSafeNat(),
        attempt: fc.nat(),
        leasedUntil: fc.maxSafeNat(),
        messageId,
        body,
      })
      const property = fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const packed = packMessages(
          messages.map(({ messageId: id, body: bytesOfBody, ...rest }): StoreMessage => {
            const plain = Uint8Array.from([...Buffer.from(id.slice(2), 'hex'), ...bytesOfBody])
            return { ...rest, plain }
          }),
        )
        const expected = messages.map((one) => ({ ...one, priority: priorities[one.priority] }))
        expect(unpackMessages(packed)).to.deep.equal(expected)
      })
      fc.assert(property, { seed, numRuns: 200 })
    })
  })

  describe('unpackOutcomes', () => {
    it('gives back what was packed', () => {
      const outcome: fc.Arbitrary<AppendOutcome> = fc.oneof(
        fc.record({ seq: fc.maxSafeNat() }),
        fc.record({ duplicateOf: fc.maxSafeNat(), expires: fc.maxSafeNat() }),
        fc.constant({ full: true as const }),
      )
      const property = fc.property(fc.array(outcome, { maxLength: 8 }), (outcomes) => {
        expect(unpackOutcomes(packOutcomes(outcomes))).to.deep.equal(outcomes)
      })
      fc.assert(property, { seed, numRuns: 200 })
    })
  })
})
