import { expect } from 'chai'
import { padmeLength } from '../../src/wire/padme.ts'

/** The paper's own formula (PoPETs 2019, algorithm 1), by exact logarithms. */
function readableTwin(length: number): number {
  if (length < 2) return length
  let exponent = 0
  while (2 ** (exponent + 1) <= length) exponent += 1
  let mantissaBits = 0
  while (2 ** mantissaBits <= exponent) mantissaBits += 1
  const step = 2 ** Math.max(0, exponent - mantissaBits)
  return Math.ceil(length / step) * step
}

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

    it('agrees with the paper’s formula, also around powers of two up to 2^31', () => {
      for (let length = 0; length <= 5000; length++) expect(padmeLength(length)).to.equal(readableTwin(length))
      for (let bits = 3; bits < 31; bits++)
        for (const length of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1, 2 ** bits + 2 ** (bits - 1) + 1])
          expect(padmeLength(length), String(length)).to.equal(readableTwin(length))
    })

    it('leaks no more than the bucket: few lengths for many', () => {
      const buckets = new Set<number>()
      for (let length = 0; length <= 100_000; length++) buckets.add(padmeLength(length))
      // log2 log2 of the largest length tells how many steps each power of two is cut into.
      expect(buckets.size).to.be.at.most(17 * 16)
    })
  })
})
