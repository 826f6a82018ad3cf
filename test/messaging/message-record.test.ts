import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes } from '../../src/core/bytes.ts'
import { HeraldError } from '../../src/core/errors.ts'
import { maxEnvelopeBytes } from '../../src/core/limits.ts'
import {
  decodeMessageRecord,
  encodeMessageRecord,
  type MessageRecord,
  messageKey,
} from '../../src/messaging/message-record.ts'
import { bytesOf, cardId, messageId } from '../support/arbitraries.ts'
import { codeOf, refusal } from '../support/refusal.ts'
import { messageRecord as record } from '../support/values.ts'

const seed = 20261123
const [one] = fc.sample(record, { seed, numRuns: 1 }) as [MessageRecord]

describe('messaging/message-record', () => {
  describe('encodeMessageRecord and decodeMessageRecord', () => {
    it('give back every record', () => {
      fc.assert(
        fc.property(record, (of) => void expect(decodeMessageRecord(encodeMessageRecord(of))).to.deep.equal(of)),
        { seed, numRuns: 200 },
      )
    })

    it('take bytes for a record with exactly these bytes, or refuse them with a typed error', () => {
      const changed = fc.tuple(record.map(encodeMessageRecord), fc.nat(60), fc.nat(255)).map(([bytes, at, byte]) => {
        bytes[at % bytes.length] = byte
        return bytes
      })
      fc.assert(
        fc.property(fc.oneof(changed, bytesOf(0, 120)), (bytes) => {
          let decoded: MessageRecord
          try {
            decoded = decodeMessageRecord(bytes)
          } catch (error) {
            expect(error).to.be.instanceOf(HeraldError)
            return
          }
          expect(encodeMessageRecord(decoded)).to.deep.equal(bytes)
        }),
        { seed, numRuns: 2000 },
      )
    })

    it('refuse what is cut before the inner message, of another version or direction', () => {
      const bytes = encodeMessageRecord(one)
      for (let length = 0; length < bytes.length - one.innerBytes.length; length++)
        expect(codeOf(() => decodeMessageRecord(bytes.subarray(0, length)))).to.equal('wire.truncated')
      const changed = (at: number, byte: number) => bytes.map((old, place) => (place === at ? byte : old))
      expect(codeOf(() => decodeMessageRecord(changed(0, 2)))).to.equal('wire.unknown_version')
      for (const direction of [0, 3])
        expect(refusal(() => decodeMessageRecord(changed(1, direction))).facts).to.include({ field: 'direction' })
    })

    it('refuse parts over the limit of an envelope', () => {
      const large = new Uint8Array(maxEnvelopeBytes + 1)
      expect(codeOf(() => encodeMessageRecord({ ...one, innerBytes: large }))).to.equal('wire.too_large')
      expect(codeOf(() => encodeMessageRecord({ ...one, headerBytes: large }))).to.equal('wire.too_large')
      const start = encodeMessageRecord({ ...one, innerBytes: new Uint8Array(0) })
      expect(codeOf(() => decodeMessageRecord(concatBytes(start, large)))).to.equal('wire.too_large')
    })
  })

  describe('messageKey', () => {
    it('tells messages apart that two senders gave the same id', () => {
      fc.assert(
        fc.property(messageId, cardId, cardId, (id, a, b) => {
          expect(messageKey(id, a) === messageKey(id, b)).to.equal(a === b)
          expect(messageKey(id, a).startsWith(`${id}/`)).to.equal(true)
        }),
        { seed, numRuns: 50 },
      )
    })
  })
})
