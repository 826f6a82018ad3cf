import { inspect } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import { toBase64, toHex } from '../../src/core/bytes.ts'
import { suiteSizes, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createKeyring, deserializeKeyring, serializeKeyring } from '../../src/identity/keyring.ts'
import { bytesOf, suite } from '../support/arbitraries.ts'
import { codeOf, refusal } from '../support/refusal.ts'

/** Hands out the same bytes in one order. */
const drawing = (bytes: Uint8Array) => {
  let offset = 0
  return (length: number) => {
    offset += length
    return bytes.slice(offset - length, offset)
  }
}
const systemRandom = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe('identity/keyring', () => {
  describe('createKeyring', () => {
    it('draws post-quantum keys unless told otherwise', () => {
      expect(createKeyring(nodeBackend, systemRandom).suite).to.equal(suiteXWing)
      expect(createKeyring(nodeBackend, systemRandom, suiteX25519).suite).to.equal(suiteX25519)
    })

    it('gives other keys each time', () => {
      const [a, b] = [createKeyring(nodeBackend, systemRandom), createKeyring(nodeBackend, systemRandom)]
      expect(toHex(a.signingKey)).to.not.equal(toHex(b.signingKey))
      expect(toHex(a.sealingKey)).to.not.equal(toHex(b.sealingKey))
    })

    it('makes the same keys from the same randomness by both backends, of the lengths the suite says', () => {
      fc.assert(
        fc.property(bytesOf(64), suite, (seeds, of) => {
          const [byNode, byNoble] = [nodeBackend, nobleBackend].map((backend) =>
            createKeyring(backend, drawing(seeds), of),
          )
          expect(byNode!.signingKey).to.deep.equal(byNoble!.signingKey)
          expect(byNode!.sealingKey).to.deep.equal(byNoble!.sealingKey)
          expect(byNode!.sealingKey.length).to.equal(suiteSizes(of).publicKeyBytes)
          expect(byNode!.signing.reveal()).to.deep.equal(seeds.slice(0, 32))
        }),
        { seed: 20261123, numRuns: 15 },
      )
    })
  })

  describe('serializeKeyring and deserializeKeyring', () => {
    it('give back every keyring, public halves and all, in 66 bytes', () => {
      fc.assert(
        fc.property(bytesOf(64), suite, (seeds, of) => {
          const keyring = createKeyring(nodeBackend, drawing(seeds), of)
          const bytes = serializeKeyring(keyring)
          expect(bytes.length).to.equal(66)
          const again = deserializeKeyring(nodeBackend, bytes)
          expect(again.suite).to.equal(of)
          expect([again.signingKey, again.sealingKey]).to.deep.equal([keyring.signingKey, keyring.sealingKey])
          expect(serializeKeyring(again)).to.deep.equal(bytes)
        }),
        { seed: 20261123, numRuns: 25 },
      )
    })

    it('keep the keyring apart from the bytes, which may be overwritten afterwards', () => {
      const bytes = serializeKeyring(createKeyring(nodeBackend, systemRandom))
      const copy = Uint8Array.from(bytes)
      const keyring = deserializeKeyring(nodeBackend, bytes)
      bytes.fill(0)
      expect(serializeKeyring(keyring)).to.deep.equal(copy)
      serializeKeyring(keyring).fill(0)
      expect(serializeKeyring(keyring)).to.deep.equal(copy)
    })

    it('refuse every other length and suite, and show no byte of it', () => {
      const bytes = serializeKeyring(createKeyring(nodeBackend, systemRandom))
      for (const wrong of [new Uint8Array(0), bytes.subarray(0, 65), Uint8Array.of(...bytes, 0)])
        expect(codeOf(() => deserializeKeyring(nodeBackend, wrong))).to.equal('core.invalid_argument')
      bytes[0]! ^= 0xff
      const error = refusal(() => deserializeKeyring(nodeBackend, bytes))
      expect(error.code).to.equal('wire.unknown_suite')
      expect(inspect(error, { depth: 10 })).to.not.contain(toHex(bytes.subarray(2, 34)).slice(2))
    })
  })

  describe('promise: keys never leak', () => {
    it('shows no byte of a secret when a keyring is printed, inspected or written as JSON', () => {
      const keyring = createKeyring(nodeBackend, systemRandom)
      const holder = { agent: { keys: new Map([['card', keyring]]) }, keyring }
      const shown = [
        String(keyring),
        JSON.stringify(holder),
        inspect(holder, { depth: 10 }),
        inspect(holder, { depth: 10, showHidden: true, customInspect: false, maxArrayLength: null }),
        inspect(new Error('no', { cause: holder }), { depth: 10 }),
      ].join('\n')
      for (const secret of [keyring.signing, keyring.sealing]) {
        const bytes = secret.reveal()
        const start = bytes.slice(0, 6)
        for (const leak of [toHex(bytes).slice(2), toBase64(bytes).slice(0, 20), start.join(','), start.join(', ')])
          expect(shown).to.not.contain(leak)
      }
      expect(shown)
        .to.contain(`${keyring.signing}`)
        .and.to.match(/Secret\([0-9a-f]{8}\)/)
    })
  })
})
