import { expect } from 'chai'
import { Secret } from '../../src/core/secret.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { xWingDecapsulate, xWingEncapsulate, xWingPublicKey } from '../../src/crypto/x-wing.ts'
import { hex, publicVectors } from '../support/public-vectors.ts'

interface XWingVector {
  seed: string
  eseed: string
  pk: string
  ct: string
  ss: string
}

/** Hands out the parts of `eseed` in the order the KEM draws them. */
function drawing(seed: Uint8Array) {
  let offset = 0
  return (length: number) => {
    offset += length
    return seed.slice(offset - length, offset)
  }
}

describe('crypto/x-wing', () => {
  const vectors = publicVectors<XWingVector[]>('xwing/draft-connolly-cfrg-xwing-kem.json')

  for (const backend of [nodeBackend, nobleBackend]) {
    describe(`on ${backend.name}`, () => {
      it('derives the public keys and opens the encapsulations of the draft', function () {
        if (vectors === undefined) return this.skip()
        expect(vectors).to.have.length(3)
        for (const vector of vectors) {
          const secret = new Secret(hex(vector.seed))
          expect(xWingPublicKey(backend, secret)).to.deep.equal(hex(vector.pk))
          expect(xWingDecapsulate(backend, secret, hex(vector.ct))).to.deep.equal(hex(vector.ss))
        }
      })

      it('gives both sides the same secret, and another one for every flipped bit of enc that X25519 takes', () => {
        const secret = new Secret(new Uint8Array(32).fill(7))
        const made = xWingEncapsulate(backend, xWingPublicKey(backend, secret), (length) =>
          crypto.getRandomValues(new Uint8Array(length)),
        )
        expect(made).to.not.equal(undefined)
        const { enc, sharedSecret } = made!
        expect(xWingDecapsulate(backend, secret, enc)).to.deep.equal(sharedSecret)
        for (const at of [0, 544, 1087, 1088, 1100]) {
          const damaged = Uint8Array.from(enc)
          damaged[at]! ^= 1
          expect(xWingDecapsulate(backend, secret, damaged)).to.not.deep.equal(sharedSecret)
        }
      })

      it('refuses an ML-KEM key with a coefficient out of range and an X25519 key of small order', () => {
        const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
        const good = xWingPublicKey(backend, new Secret(random(32)))
        const outOfRange = Uint8Array.from(good).fill(0xff, 0, 3)
        const smallOrder = Uint8Array.from(good).fill(0, 1184)
        expect(xWingEncapsulate(backend, outOfRange, random)).to.equal(undefined)
        expect(xWingEncapsulate(backend, smallOrder, random)).to.equal(undefined)
      })
    })
  }

  it('encapsulates as the draft does when the randomness is given (noble; node:crypto draws its own)', function () {
    if (vectors === undefined) return this.skip()
    for (const vector of vectors) {
      const made = xWingEncapsulate(nobleBackend, hex(vector.pk), drawing(hex(vector.eseed)))
      expect(made?.enc).to.deep.equal(hex(vector.ct))
      expect(made?.sharedSecret).to.deep.equal(hex(vector.ss))
    }
  })
})
