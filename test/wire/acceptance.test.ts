import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, utf8 } from '../../src/core/bytes.ts'
import {
  acceptanceReceiptBytes,
  decodeAcceptanceReceipt,
  encodeAcceptanceReceipt,
  encodeAcceptanceStatement,
} from '../../src/wire/acceptance.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { acceptance } from '../support/values.ts'

describe('wire/acceptance', () => {
  behavesLikeStrictCodec({
    value: acceptance,
    encode: encodeAcceptanceReceipt,
    decode: decodeAcceptanceReceipt,
    limit: acceptanceReceiptBytes,
  })

  describe('encodeAcceptanceReceipt', () => {
    it('puts the signature behind the signed statement, 212 bytes', () => {
      fc.assert(
        fc.property(acceptance, (one) => {
          const bytes = encodeAcceptanceReceipt(one)
          expect(bytes).to.deep.equal(concatBytes(encodeAcceptanceStatement(one), one.signature))
          expect(bytes.length).to.equal(212)
        }),
        { seed: 20261123, numRuns: 20 },
      )
    })
  })

  describe('decodeAcceptanceReceipt', () => {
    it('refuses the label of another structure', () => {
      const error = refusal(() =>
        decodeAcceptanceReceipt(concatBytes(utf8('herald/v1 statement\0'), new Uint8Array(192))),
      )
      expect(error.facts).to.include({ structure: 'acceptance receipt', field: 'label' })
    })
  })
})
