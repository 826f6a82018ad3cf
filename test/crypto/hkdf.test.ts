/** RFC 5869 on every backend. */
import { expect } from 'chai'
import { hkdfExpand, hkdfExtract } from '../../src/crypto/hkdf.ts'
import { cryptoBackends } from '../support/crypto-backends.ts'
import { hex } from '../support/public-vectors.ts'
import { codeOf } from '../support/refusal.ts'

// RFC 5869 appendix A.1 and A.3: with salt and info, and without.
const published = [
  {
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    salt: '',
    info: '',
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
] as const
const input = hex('0b'.repeat(22))

describe('crypto/hkdf', () => {
  for (const { name, backend } of cryptoBackends)
    describe(`on ${name}`, () => {
      it('extracts and expands as RFC 5869 appendix A does', () => {
        for (const { salt, info, prk, okm } of published) {
          expect(hkdfExtract(backend, hex(salt), input)).to.deep.equal(hex(prk))
          expect(hkdfExpand(backend, hex(prk), [hex(info)], 42)).to.deep.equal(hex(okm))
        }
      })

      it('joins the parts of the info, and gives a beginning of the same output for every length', () => {
        const [{ prk, info }] = published
        const whole = hkdfExpand(backend, hex(prk), [hex(info)], 300)
        for (const length of [0, 1, 31, 32, 33, 64, 65, 299])
          expect(hkdfExpand(backend, hex(prk), [hex(info).slice(0, 3), hex(info).slice(3)], length)).to.deep.equal(
            whole.slice(0, length),
          )
      })

      it('gives 8,160 bytes at most (RFC 5869 §2.3)', () => {
        const prk = hex(published[0].prk)
        expect(hkdfExpand(backend, prk, [], 8160)).to.have.length(8160)
        expect(codeOf(() => hkdfExpand(backend, prk, [], 8161))).to.equal('core.invalid_argument')
      })
    })
})
