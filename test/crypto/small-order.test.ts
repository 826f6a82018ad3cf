import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { isSmallOrder } from '../../src/crypto/small-order.ts'
import { bytesOf } from '../support/arbitraries.ts'

const prime = 2n ** 255n - 19n

/** 32 bytes, little-endian. */
function littleEndian(y: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 255n))
}

function withSign(bytes: Uint8Array): Uint8Array {
  const signed = Uint8Array.from(bytes)
  signed[31]! |= 0x80
  return signed
}

/** The y of all eight points of small order, found by the curve's own arithmetic. */
function torsion(): Set<string> {
  const { Point } = ed25519
  const order = Point.Fn.ORDER
  for (let y = 2n; ; y++)
    try {
      // A point times the prime order is of small order; one of order 8 makes all eight.
      const eighth = Point.fromBytes(littleEndian(y), true)
        .multiplyUnsafe(order - 1n)
        .add(Point.fromBytes(littleEndian(y), true))
      const points = Array.from({ length: 8 }, (_, i) => eighth.multiplyUnsafe(BigInt(i)).toBytes())
      const distinct = new Set(points.map(toHex))
      if (distinct.size === 8) return distinct
    } catch {
      // That y is not on the curve.
    }
}

describe('crypto/small-order', () => {
  describe('isSmallOrder', () => {
    it('knows all eight points of small order, with either sign bit', () => {
      const points = [...torsion()].map((text) => fromHex(text, 32))
      expect(points).to.have.length(8)
      for (const point of points) {
        expect(isSmallOrder(point), toHex(point)).to.equal(true)
        expect(isSmallOrder(withSign(point)), toHex(point)).to.equal(true)
      }
    })

    it('knows their encodings that are not reduced modulo p', () => {
      for (const y of [prime, prime + 1n]) {
        expect(isSmallOrder(littleEndian(y))).to.equal(true)
        expect(isSmallOrder(withSign(littleEndian(y)))).to.equal(true)
      }
    })

    it('takes neighbours of these encodings for what they are: other keys', () => {
      for (const y of [2n, prime - 2n, prime + 2n]) expect(isSmallOrder(littleEndian(y))).to.equal(false)
      for (const text of torsion()) {
        const near = fromHex(text, 32)
        near[7]! ^= 4
        expect(isSmallOrder(near)).to.equal(false)
      }
    })

    it('lets every honest key pass', () => {
      fc.assert(
        fc.property(bytesOf(32), (seed) => void expect(isSmallOrder(ed25519.getPublicKey(seed))).to.equal(false)),
        { seed: 20261123, numRuns: 50 },
      )
    })
  })
})
