import { expect } from 'chai'
import fc from 'fast-check'
import { packSegment, unpackSegment } from '../../../src/relay/mailbox/segment.ts'

describe('relay/mailbox/segment', () => {
  const entry = fc.record({
    seq: fc.maxSafeNat(),
    expires: fc.maxSafeNat(),
    rank: fc.integer({ min: 0, max: 3 }),
    plain: fc.uint8Array({ maxLength: 100 }),
  })

  describe('unpackSegment', () => {
    it('gives back what was encoded', () => {
      const property = fc.property(fc.array(entry, { maxLength: 16 }), (entries) => {
        expect(unpackSegment(packSegment(entries))).to.deep.equal(entries)
      })
      fc.assert(property, { seed: 20_261_129, numRuns: 200 })
    })
  })

  describe('packSegment', () => {
    it('writes number, expiry, class and length before each message', () => {
      const bytes = packSegment([{ seq: 5, expires: 258, rank: 2, plain: Uint8Array.of(7, 8, 9) }])
      expect(Buffer.from(bytes).toString('hex')).to.equal('0000000000000005000000000000010202000000' + '03070809')
    })
  })
})
