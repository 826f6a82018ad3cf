/** draft-connolly-cfrg-xwing-kem on every backend. */
import { expect } from 'chai'
import { concatBytes } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { xWingDecapsulate, xWingDeriveSecret, xWingEncapsulate, xWingPublicKey } from '../../src/crypto/x-wing.ts'
import { type NamedBackend, vectorBackends } from '../support/crypto-backends.ts'
import { drawing } from '../support/drawing.ts'
import { hex, needed, publicVectors } from '../support/public-vectors.ts'
import { codeOf } from '../support/refusal.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { printCount } from '../support/vector-count.ts'

interface XWingVector {
  readonly seed: string
  readonly eseed: string
  readonly pk: string
  readonly ct: string
  readonly ss: string
}

function checkDraft({ backend, drawsForMlKem }: NamedBackend, vector: XWingVector): void {
  const secret = new Secret(hex(vector.seed))
  const [publicKey, enc, sharedSecret] = [hex(vector.pk), hex(vector.ct), hex(vector.ss)]
  expect(xWingPublicKey(backend, secret)).to.deep.equal(publicKey)
  expect(xWingDecapsulate(backend, secret, enc)).to.deep.equal(sharedSecret)
  const made = xWingEncapsulate(backend, publicKey, drawing(hex(vector.eseed).slice(drawsForMlKem ? 32 : 0)))!
  // The X25519 half of the encapsulation is the draft's all the same.
  expect(made.enc.slice(1088)).to.deep.equal(enc.slice(1088))
  if (drawsForMlKem) expect(xWingDecapsulate(nobleBackend, secret, made.enc)).to.deep.equal(made.sharedSecret)
  else expect(made).to.deep.equal({ enc, sharedSecret })
}

describe('crypto/x-wing', () => {
  const found = publicVectors<XWingVector[]>('xwing/draft-connolly-cfrg-xwing-kem.json')

  for (const named of vectorBackends) {
    const { name, backend, drawsForMlKem } = named
    describe(`on ${name}`, () => {
      const { bytes: random } = seededRandom(20261123)

      it('makes the keys, encapsulations and secrets of the draft', function () {
        const vectors = needed(this, found)
        for (const vector of vectors) checkDraft(named, vector)
        expect(vectors).to.have.length(3)
        const repeated = 'keys, encapsulations, decapsulations'
        const opened = 'keys, decapsulations; encapsulations opened by noble, since ML-KEM draws its own randomness'
        printCount(`X-Wing draft on ${name}`, vectors.length, 3, [drawsForMlKem ? opened : repeated])
      })

      it('gives both sides the same secret, and another one for every flipped bit of enc that X25519 takes', () => {
        const secret = new Secret(random(32))
        const { enc, sharedSecret } = xWingEncapsulate(backend, xWingPublicKey(backend, secret), random)!
        expect(xWingDecapsulate(backend, secret, enc)).to.deep.equal(sharedSecret)
        for (const at of [0, 544, 1087, 1088, 1100]) {
          const damaged = Uint8Array.from(enc)
          damaged[at]! ^= 1
          expect(xWingDecapsulate(backend, secret, damaged)).to.not.deep.equal(sharedSecret)
        }
      })

      it('refuses an ML-KEM key with a coefficient out of range and an X25519 key of small order', () => {
        const good = xWingPublicKey(backend, new Secret(random(32)))
        const outOfRange = Uint8Array.from(good).fill(0xff, 0, 3)
        const smallOrder = Uint8Array.from(good).fill(0, 1184)
        expect(xWingEncapsulate(backend, outOfRange, random)).to.equal(undefined)
        expect(xWingEncapsulate(backend, smallOrder, random)).to.equal(undefined)
      })

      it('refuses public keys and encapsulations that are cut or have a byte more', () => {
        const secret = new Secret(random(32))
        const publicKey = xWingPublicKey(backend, secret)
        const { enc } = xWingEncapsulate(backend, publicKey, random)!
        const wrong = (bytes: Uint8Array) => [
          new Uint8Array(0),
          bytes.slice(0, 32),
          bytes.slice(0, -1),
          concatBytes(bytes, Uint8Array.of(0)),
        ]
        for (const key of wrong(publicKey)) expect(xWingEncapsulate(backend, key, random)).to.equal(undefined)
        for (const given of wrong(enc)) expect(xWingDecapsulate(backend, secret, given)).to.equal(undefined)
      })

      it('opens nothing with a destroyed secret, though its parts were expanded before', () => {
        const secret = new Secret(random(32))
        const { enc } = xWingEncapsulate(backend, xWingPublicKey(backend, secret), random)!
        expect(xWingDecapsulate(backend, secret, enc)).to.have.length(32)
        secret.destroy()
        expect(codeOf(() => xWingDecapsulate(backend, secret, enc))).to.equal('core.secret_destroyed')
        expect(codeOf(() => xWingPublicKey(backend, secret))).to.equal('core.secret_destroyed')
      })

      it('derives the same secret from the same key material, which it leaves as it is', () => {
        const material = random(64)
        const copy = Uint8Array.from(material)
        const derived = xWingDeriveSecret(backend, material).reveal()
        expect(derived).to.have.length(32)
        expect(xWingDeriveSecret(backend, copy).reveal()).to.deep.equal(derived)
        expect(material).to.deep.equal(copy)
        copy[0]! ^= 1
        expect(xWingDeriveSecret(backend, copy).reveal()).to.not.deep.equal(derived)
      })
    })
  }
})
