import { expect } from 'chai'
import { Secret } from '../../src/core/secret.ts'
import { createSecretCache } from '../../src/crypto/secret-cache.ts'

const secretOf = (value: number) => new Secret(new Uint8Array(32).fill(value))

/** A cache of what stands for native keys, and what became of them. */
function keyCache(capacity: number) {
  const made: number[] = []
  const wiped: Uint8Array[] = []
  const cache = createSecretCache<Uint8Array>((key) => wiped.push(key.fill(0)), capacity)
  const keyOf = (secret: Secret) =>
    cache(secret, (of) => {
      made.push(of.reveal()[0]!)
      return Uint8Array.from(of.reveal())
    })
  return { keyOf, made, wiped }
}

describe('crypto/secret-cache', () => {
  describe('createSecretCache', () => {
    it('makes a value once for each secret, also for two of the same bytes', () => {
      const { keyOf, made } = keyCache(4)
      const [one, same] = [secretOf(1), secretOf(1)]
      expect(keyOf(one)).to.equal(keyOf(one))
      expect(keyOf(same)).to.not.equal(keyOf(one))
      expect(made).to.deep.equal([1, 1])
    })

    it('keeps no more than its capacity, and wipes what was used longest ago', () => {
      const { keyOf, made, wiped } = keyCache(2)
      const [a, b, c] = [secretOf(1), secretOf(2), secretOf(3)] as const
      const ofB = [keyOf(a), keyOf(b), keyOf(a), keyOf(c)][1]
      expect(wiped).to.deep.equal([ofB])
      expect(ofB).to.deep.equal(new Uint8Array(32))
      expect(keyOf(b)).to.deep.equal(b.reveal())
      expect(made).to.deep.equal([1, 2, 3, 2])
    })

    it('wipes what it made of a secret when that is destroyed, and makes nothing of it again', () => {
      const { keyOf, wiped } = keyCache(2)
      const secret = secretOf(1)
      const key = keyOf(secret)
      secret.destroy()
      expect(wiped).to.deep.equal([key])
      expect(key).to.deep.equal(new Uint8Array(32))
      expect(() => keyOf(secret)).to.throw('destroyed')
    })

    it('wipes nothing twice when a secret was pushed out before it is destroyed', () => {
      const { keyOf, wiped } = keyCache(1)
      const [a, b] = [secretOf(1), secretOf(2)]
      for (const secret of [a, b, a, b]) keyOf(secret)
      expect(wiped).to.have.length(3)
      a.destroy()
      expect(wiped).to.have.length(3)
      b.destroy()
      expect(wiped).to.have.length(4)
    })
  })
})
