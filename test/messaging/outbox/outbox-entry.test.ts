import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, utf8 } from '../../../src/core/bytes.ts'
import { HeraldError } from '../../../src/core/errors.ts'
import { maxEnvelopeBytes, maxRelays } from '../../../src/core/limits.ts'
import { priorities } from '../../../src/core/priority.ts'
import {
  decodeOutboxEntry,
  encodeOutboxEntry,
  type OutboxEntry,
  outboxKey,
  outboxOrder,
} from '../../../src/messaging/outbox/outbox-entry.ts'
import { bytesOf, priority } from '../../support/arbitraries.ts'
import { codeOf, refusal } from '../../support/refusal.ts'
import { outboxEntry as entry } from '../../support/values.ts'

const seed = 20261123
const [one] = fc.sample(entry, { seed, numRuns: 1 }) as [OutboxEntry]

describe('messaging/outbox/outbox-entry', () => {
  describe('encodeOutboxEntry and decodeOutboxEntry', () => {
    it('give back every entry', () => {
      fc.assert(
        fc.property(entry, (of) => void expect(decodeOutboxEntry(encodeOutboxEntry(of))).to.deep.equal(of)),
        { seed, numRuns: 200 },
      )
    })

    it('take bytes for an entry with exactly these bytes, or refuse them with a typed error', () => {
      const changed = fc.tuple(entry.map(encodeOutboxEntry), fc.nat(60), fc.nat(255)).map(([bytes, at, byte]) => {
        bytes[at % bytes.length] = byte
        return bytes
      })
      fc.assert(
        fc.property(fc.oneof(changed, bytesOf(0, 100)), (bytes) => {
          let decoded: OutboxEntry
          try {
            decoded = decodeOutboxEntry(bytes)
          } catch (error) {
            expect(error).to.be.instanceOf(HeraldError)
            return
          }
          expect(encodeOutboxEntry(decoded)).to.deep.equal(bytes)
        }),
        { seed, numRuns: 2000 },
      )
    })

    it('refuse what is cut before the envelope, of another version, priority or number of relays', () => {
      const bytes = encodeOutboxEntry(one)
      for (let length = 0; length < bytes.length - one.envelope.length; length++)
        expect(codeOf(() => decodeOutboxEntry(bytes.subarray(0, length)))).to.equal('wire.truncated')
      const changed = (at: number, byte: number) => bytes.map((old, place) => (place === at ? byte : old))
      expect(codeOf(() => decodeOutboxEntry(changed(0, 2)))).to.equal('wire.unknown_version')
      expect(refusal(() => decodeOutboxEntry(changed(17, 4))).facts).to.include({ field: 'priority' })
      expect(refusal(() => decodeOutboxEntry(changed(26, maxRelays + 1))).facts).to.include({ field: 'relay count' })
    })

    it('refuse to write what they would not read', () => {
      const relays = Array.from({ length: maxRelays + 1 }, () => 'http://a')
      expect(refusal(() => encodeOutboxEntry({ ...one, relays })).facts).to.include({ field: 'relay count' })
      expect(codeOf(() => encodeOutboxEntry({ ...one, relays: ['a'.repeat(256)] }))).to.equal('wire.malformed_field')
      const envelope = new Uint8Array(maxEnvelopeBytes + 1)
      expect(codeOf(() => encodeOutboxEntry({ ...one, envelope }))).to.equal('wire.too_large')
      const start = encodeOutboxEntry({ ...one, envelope: new Uint8Array(0) })
      expect(codeOf(() => decodeOutboxEntry(concatBytes(start, envelope)))).to.equal('wire.too_large')
    })
  })

  describe('outboxOrder', () => {
    it('reads the order back from a key', () => {
      for (const order of [0, 1, 1_800_000_000_000_000, Number.MAX_SAFE_INTEGER])
        expect(outboxOrder(outboxKey(one, order))).to.equal(order)
    })
  })

  describe('outboxKey', () => {
    it('sorts urgent first, then in order of queueing, by plain text comparison', () => {
      const order = fc.nat({ max: Number.MAX_SAFE_INTEGER })
      fc.assert(
        fc.property(priority, order, priority, order, (a, first, b, second) => {
          const keys = [outboxKey({ ...one, priority: a }, first), outboxKey({ ...one, priority: b }, second)] as const
          const before = priorities.indexOf(b) - priorities.indexOf(a) || first - second
          expect(Math.sign(before)).to.equal(keys[0] < keys[1] ? -1 : keys[0] > keys[1] ? 1 : 0)
        }),
        { seed, numRuns: 500 },
      )
    })

    it('is a key that every store takes', () => {
      const key = outboxKey(one, Number.MAX_SAFE_INTEGER)
      expect(key).to.match(/^[!-~]+$/)
      expect(utf8(key).length).to.be.at.most(256)
    })
  })
})
