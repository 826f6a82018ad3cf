import { expect } from 'chai'
import { Secret } from '../../src/core/secret.ts'
import { isSuite, suiteSizes, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { setupBaseSender } from '../../src/crypto/hpke.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createKeyring } from '../../src/identity/keyring.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe('core/suite', () => {
  it('names suites by their HPKE KEM ids', () => {
    expect([suiteXWing, suiteX25519]).to.deep.equal([0x647a, 0x0020])
  })

  describe('isSuite', () => {
    it('knows these two of all 65,536', () => {
      const known = Array.from({ length: 65_536 }, (_, suite) => suite).filter(isSuite)
      expect(known).to.deep.equal([suiteX25519, suiteXWing])
      expect([-1, 0.5, Number.NaN, 65_536 + suiteX25519].some(isSuite)).to.equal(false)
    })
  })

  describe('suiteSizes', () => {
    for (const suite of [suiteXWing, suiteX25519] as const)
      it(`gives the lengths that suite 0x${suite.toString(16)} really has`, () => {
        const { sealingKey, sealing } = createKeyring(nodeBackend, random, suite)
        const { enc } = setupBaseSender(nodeBackend, suite, sealingKey, new Uint8Array(0), random)!
        const sizes = { publicKeyBytes: sealingKey.length, encBytes: enc.length, secretKeyBytes: sealing.length }
        expect(suiteSizes(suite)).to.deep.equal(sizes)
        expect(sealing).to.be.instanceOf(Secret)
      })
  })
})
