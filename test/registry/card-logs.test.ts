import { expect } from 'chai'
import { hintedBlock } from '../../src/registry/card-logs.ts'

describe('registry/card-logs', () => {
  describe('hintedBlock', () => {
    const around = 2n ** 32n
    const cases: readonly [number, bigint, bigint | undefined][] = [
      [5, 5n, 5n],
      [5, 9n, 5n],
      [9, 5n, undefined],
      [7, around + 7n, around + 7n],
      [7, around + 6n, 7n],
      [0xffff_ffff, around + 6n, around - 1n],
      [0, around, around],
    ]
    for (const [hint, head, block] of cases) {
      it(`takes hint ${hint} at block ${head} for block ${block ?? 'none'}`, () => {
        expect(hintedBlock(hint, head)).to.equal(block)
      })
    }
  })
})
