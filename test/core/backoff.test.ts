import { expect } from 'chai'
import fc from 'fast-check'
import { backoffMillis } from '../../src/core/backoff.ts'

const ambientDrawing = (...bytes: number[]) => ({ now: () => 0, random: () => Uint8Array.from(bytes) })
const pauses = { baseMillis: 500, capMillis: 30_000 }

describe('core/backoff', () => {
  describe('backoffMillis', () => {
    it('lies between half and all of base × 2^(attempt - 1), and never above the cap', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(255), fc.nat(255), (attempt, high, low) => {
          const ceiling = Math.min(pauses.capMillis, pauses.baseMillis * 2 ** (attempt - 1))
          const millis = backoffMillis(ambientDrawing(high, low), attempt, pauses)
          expect(millis).to.satisfy(Number.isInteger)
          expect(millis).to.be.within(ceiling / 2, ceiling)
        }),
        { seed: 20261123, numRuns: 500 },
      )
    })

    it('reaches both ends', () => {
      expect(backoffMillis(ambientDrawing(0, 0), 1, pauses)).to.equal(250)
      expect(backoffMillis(ambientDrawing(255, 255), 1, pauses)).to.equal(500)
      expect(backoffMillis(ambientDrawing(0, 0), 100, pauses)).to.equal(15_000)
      expect(backoffMillis(ambientDrawing(255, 255), 100, pauses)).to.equal(30_000)
    })

    it('spreads clients that failed together', () => {
      const drawn = Array.from({ length: 256 }, (_, byte) => backoffMillis(ambientDrawing(byte, 0), 1, pauses))
      expect(new Set(drawn).size).to.be.greaterThan(200)
    })
  })
})
