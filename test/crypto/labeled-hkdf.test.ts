import { createHmac, hkdfSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, utf8 } from '../../src/core/bytes.ts'
import { labeledExpand, labeledExtract, uint16 } from '../../src/crypto/labeled-hkdf.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { bytesOf } from '../support/arbitraries.ts'

const suiteId = concatBytes(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 2))
const empty = new Uint8Array(0)
const label = fc.stringMatching(/^[a-z_]{1,12}$/)

describe('crypto/labeled-hkdf', () => {
  it('gives, extracted and expanded, what the HKDF of RFC 5869 gives for the labelled input', () => {
    fc.assert(
      fc.property(
        bytesOf(1, 64),
        bytesOf(0, 64),
        label,
        bytesOf(0, 64),
        fc.integer({ min: 1, max: 200 }),
        (...given) => {
          const [salt, input, name, info, length] = given
          const labeledInput = concatBytes(utf8('HPKE-v1'), suiteId, utf8(name), input)
          const labeledInfo = concatBytes(uint16(length), utf8('HPKE-v1'), suiteId, utf8(name), info)
          const expected = new Uint8Array(hkdfSync('sha256', labeledInput, salt, labeledInfo, length))
          for (const backend of [nodeBackend, nobleBackend]) {
            const prk = labeledExtract(backend, suiteId, salt, name, input)
            expect(labeledExpand(backend, suiteId, prk, name, info, length)).to.deep.equal(expected)
          }
        },
      ),
      { seed: 20261123, numRuns: 200 },
    )
  })

  describe('labeledExtract', () => {
    it('takes an empty salt for 32 zero bytes (RFC 5869 §2.2)', () => {
      const plain = createHmac('sha256', new Uint8Array(32)).update('HPKE-v1').update(suiteId).update('psk_id_hash')
      const expected = Uint8Array.from(plain.digest())
      expect(labeledExtract(nodeBackend, suiteId, empty, 'psk_id_hash', empty)).to.deep.equal(expected)
      expect(labeledExtract(nobleBackend, suiteId, empty, 'psk_id_hash', empty)).to.deep.equal(expected)
    })
  })

  describe('uint16', () => {
    it('is big-endian', () => {
      expect(uint16(0x647a)).to.deep.equal(Uint8Array.of(0x64, 0x7a))
      expect(uint16(0)).to.deep.equal(Uint8Array.of(0, 0))
      expect(uint16(0xffff)).to.deep.equal(Uint8Array.of(255, 255))
    })
  })
})
