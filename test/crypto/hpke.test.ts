import { expect } from 'chai'
import { utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { openBase, openBaseLater, setupBaseSender } from '../../src/crypto/hpke.ts'
import { setupRecipient } from '../../src/crypto/hpke-setup.ts'
import { aes256Gcm, hpkeSuite } from '../../src/crypto/hpke-suite.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { referenceKeySchedule } from '../reference/hpke.ts'
import { cryptoBackends } from '../support/crypto-backends.ts'
import { codeOf, rejection } from '../support/refusal.ts'
import { seededRandom } from '../support/seeded-random.ts'

const { bytes: random } = seededRandom(20261123)
const info = utf8('info')
const aad = utf8('header')
const plaintext = utf8('attack at dawn')

describe('crypto/hpke', () => {
  describe('the key schedule', () => {
    const secret = new Secret(new Uint8Array(32).fill(5))
    function agreesWithTwin(suite: Suite, bound: Uint8Array): void {
      const kem = kemOf(suite)
      const made = setupBaseSender(nodeBackend, suite, kem.publicKey(nodeBackend, secret), bound, random)!
      const shared = kem.decapsulate(nodeBackend, secret, made.enc)!
      const { key, nonce } = referenceKeySchedule(suite, shared, bound)
      expect(nobleBackend.aes256GcmOpen(key, nonce, aad, made.seal(aad, plaintext))).to.deep.equal(plaintext)
      const sealed = nobleBackend.aes256GcmSeal(key, nonce, aad, plaintext)
      expect(openBase(nodeBackend, suite, secret, made.enc, bound, aad, sealed)).to.deep.equal(plaintext)
    }

    it('is that of the readable twin for every suite, also when one info array serves several in turn', () => {
      const infos = [utf8('one'), utf8('two'), utf8('one')]
      for (const bound of [...infos, ...infos])
        for (const suite of [suiteX25519, suiteXWing, suiteX25519] satisfies Suite[]) agreesWithTwin(suite, bound)
    })
  })

  describe('sealLater and openBaseLater', () => {
    it('use the cipher for large bodies from 16,384 bytes on, tag included, and only where there is one', async () => {
      const used: string[] = []
      const cipher = nobleBackend.largeBodies!
      const backend: CryptoBackend = {
        ...nodeBackend,
        largeBodies: {
          seal(...given) {
            used.push(`seal ${given[3].length}`)
            return cipher.seal(...given)
          },
          open(...given) {
            used.push(`open ${given[3].length}`)
            return cipher.open(...given)
          },
        },
      }
      const secret = new Secret(random(32))
      const publicKey = kemOf(suiteX25519).publicKey(backend, secret)
      for (const length of [16_367, 16_368, 16_383, 16_384]) {
        const made = setupBaseSender(backend, suiteX25519, publicKey, info, random)!
        const sealed = await made.sealLater(aad, random(length))
        await openBaseLater(backend, suiteX25519, secret, made.enc, info, aad, sealed)
      }
      expect(used).to.deep.equal(['open 16384', 'open 16399', 'seal 16384', 'open 16400'])
    })
  })

  for (const { name, backend } of cryptoBackends)
    for (const suite of [suiteXWing, suiteX25519] satisfies Suite[])
      describe(`with ${suite === suiteXWing ? 'X-Wing' : 'X25519'} on ${name}`, () => {
        const secret = new Secret(random(32))
        const kem = kemOf(suite)
        const publicKey = kem.publicKey(backend, secret)

        it('opens what was sealed for this key, info and header, and nothing else', () => {
          const made = setupBaseSender(backend, suite, publicKey, info, random)!
          const sealed = made.seal(aad, plaintext)
          const [other, damaged] = [new Secret(random(32)), Uint8Array.from(sealed)]
          damaged[0]! ^= 1
          expect(openBase(backend, suite, secret, made.enc, info, aad, sealed)).to.deep.equal(plaintext)
          expect(openBase(backend, suite, other, made.enc, info, aad, sealed)).to.equal(undefined)
          expect(openBase(backend, suite, secret, made.enc, utf8('other'), aad, sealed)).to.equal(undefined)
          expect(openBase(backend, suite, secret, made.enc, info, utf8('other'), sealed)).to.equal(undefined)
          expect(openBase(backend, suite, secret, made.enc, info, aad, damaged)).to.equal(undefined)
          expect(openBase(backend, suite, secret, made.enc.slice(1), info, aad, sealed)).to.equal(undefined)
        })

        it('seals one message and no second under the same nonce', () => {
          const made = setupBaseSender(backend, suite, publicKey, info, random)!
          made.seal(aad, plaintext)
          expect(codeOf(() => made.seal(aad, plaintext))).to.equal('core.secret_destroyed')
        })

        it('seals and opens later what it seals and opens at once, of any size', async () => {
          for (const length of [0, 16_383, 16_384, 100_000]) {
            const large = random(length)
            const made = setupBaseSender(backend, suite, publicKey, info, random)!
            const sealed = await made.sealLater(aad, large)
            expect(openBase(backend, suite, secret, made.enc, info, aad, sealed)).to.deep.equal(large)
            expect(await openBaseLater(backend, suite, secret, made.enc, info, aad, sealed)).to.deep.equal(large)
            sealed[length >> 1]! ^= 1
            expect(await openBaseLater(backend, suite, secret, made.enc, info, aad, sealed)).to.equal(undefined)
            expect((await rejection(made.sealLater(aad, large))).code).to.equal('core.secret_destroyed')
            const short = made.enc.slice(1)
            expect(await openBaseLater(backend, suite, secret, short, info, aad, sealed)).to.equal(undefined)
          }
        })

        it('sets nothing up for what is no public key', () => {
          for (const wrong of [publicKey.slice(1), new Uint8Array(publicKey.length)])
            expect(setupBaseSender(backend, suite, wrong, info, random)).to.equal(undefined)
        })

        it('is the first message of a context of the same suite', () => {
          const made = setupBaseSender(backend, suite, publicKey, info, random)!
          const context = setupRecipient(backend, { suite: hpkeSuite(suite, aes256Gcm), info }, secret, made.enc)!
          expect(context.open(aad, made.seal(aad, plaintext))).to.deep.equal(plaintext)
        })
      })
})
