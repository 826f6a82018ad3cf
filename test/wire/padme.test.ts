import { expect } from 'chai'
import { padmeLength } from '../../src/wire/padme.ts'
import { padmeByThePaper } from '../reference/padme.ts'

describe('wire/padme', () => {
  describe('padmeLength', () => {
    it('keeps the promises of the paper for every length up to 100,000', () => {
      let previous = 0
      for (let length = 0; length <= 100_000; length++) {
        const padded = padmeLength(length)
        const kept = padded >= length && padded <= length * 1.12 && padded >= previous && padmeLength(padded) === padded
        if (!kept) expect.fail(`${length} is padded to ${padded}, the one before to ${previous}`)
        previous = padded
      }
    })

    it('agrees with the paper’s formula for every length up to 100,000, and around powers of two up to 2^31', () => {
      const lengths = Array.from({ length: 100_001 }, (_, length) => length)
      expect(lengths.filter((length) => padmeLength(length) !== padmeByThePaper(length))).to.deep.equal([])
      for (let bits = 3; bits < 31; bits++)
        for (const length of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1, 2 ** bits + 2 ** (bits - 1) + 1])
          expect(padmeLength(length), String(length)).to.equal(padmeByThePaper(length))
    })

    it('leaks no more than the bucket: few lengths for many', () => {
      const buckets = new Set<number>()
      for (let length = 0; length <= 100_000; length++) buckets.add(padmeLength(length))
      // log2 log2 of the largest length tells how many steps each power of two is cut into.
      expect(buckets.size).to.be.at.most(17 * 16)
    })
  })
})
