import { expect } from 'chai'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteSizes, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import { cryptoBackends } from '../support/crypto-backends.ts'
import { seededRandom } from '../support/seeded-random.ts'

describe('crypto/kem', () => {
  describe('kemOf', () => {
    for (const { name, backend } of cryptoBackends)
      for (const suite of [suiteXWing, suiteX25519] satisfies Suite[])
        it(`makes keys and encapsulations as long as suite 0x${suite.toString(16)} says, on ${name}`, () => {
          const { bytes: random } = seededRandom(20261123)
          const kem = kemOf(suite)
          const secret = kem.deriveSecret(backend, random(64))
          const publicKey = kem.publicKey(backend, secret)
          const { enc, sharedSecret } = kem.encapsulate(backend, publicKey, random)!
          expect({
            secretKeyBytes: secret.length,
            publicKeyBytes: publicKey.length,
            encBytes: enc.length,
          }).to.deep.equal({ ...suiteSizes(suite) })
          expect(sharedSecret).to.have.length(32)
          expect(kem.decapsulate(backend, secret, enc)).to.deep.equal(sharedSecret)
          expect(kem.decapsulate(backend, new Secret(random(32)), enc)).to.not.deep.equal(sharedSecret)
        })
  })
})
