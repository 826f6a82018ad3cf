import { expect } from 'chai'
import { toHex } from '../../src/core/bytes.ts'
import { encodeStamp, leadingZeroBits } from '../../src/wire/stamp.ts'

describe('wire/stamp', () => {
  describe('encodeStamp', () => {
    it('gives the bytes of SPEC §8.8', () => {
      const stamp = encodeStamp(new Uint8Array(32).fill(0xaa), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
      const label = Buffer.from('herald/v1 stamp').toString('hex')
      expect(toHex(stamp)).to.equal(`0x${label}${'00'.repeat(5)}${'aa'.repeat(32)}0102030405060708`)
    })

    it('refuses a digest or nonce of another length', () => {
      expect(() => encodeStamp(new Uint8Array(31), new Uint8Array(8)))
        .to.throw()
        .with.property('code', 'wire.malformed_field')
      expect(() => encodeStamp(new Uint8Array(32), new Uint8Array(9)))
        .to.throw()
        .with.property('code', 'wire.malformed_field')
    })
  })

  describe('leadingZeroBits', () => {
    it('counts as far as the first one bit', () => {
      const cases: readonly [number[], number][] = [
        [[0x80, 0], 0],
        [[0x7f], 1],
        [[0x01, 0xff], 7],
        [[0, 0x80], 8],
        [[0, 0x10], 11],
        [[0, 0, 1], 23],
        [[0, 0], 16],
      ]
      for (const [bytes, bits] of cases) expect(leadingZeroBits(Uint8Array.from(bytes)), bytes.join()).to.equal(bits)
    })
  })
})
