import { expect } from 'chai'
import fc from 'fast-check'
import { utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import {
  type AcceptanceReceipt,
  type AcceptanceStatement,
  decodeAcceptanceReceipt,
  encodeAcceptanceReceipt,
  isReceiptSigned,
  makeReceipts,
  maxAcceptanceReceiptBytes,
} from '../../src/wire/acceptance.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { acceptance, acceptanceStatement } from '../support/values.ts'

const { sha256, ed25519Verify: verify } = nodeBackend
const seed = new Secret(new Uint8Array(32).fill(5))
const relayKey = nodeBackend.ed25519PublicKey(seed)
const sign = (bytes: Uint8Array) => nodeBackend.ed25519Sign(seed, bytes)

function statements(count: number): AcceptanceStatement[] {
  const [one] = fc.sample(acceptanceStatement, { seed: 20261123, numRuns: 1 }) as [AcceptanceStatement]
  return Array.from({ length: count }, (_, i) => ({ ...one, relayKey, seq: i + 1 }))
}

function receiptsOf(count: number): AcceptanceReceipt[] {
  return makeReceipts(statements(count), { sha256, sign }).map(decodeAcceptanceReceipt)
}

describe('wire/acceptance', () => {
  behavesLikeStrictCodec({
    value: acceptance,
    encode: encodeAcceptanceReceipt,
    decode: decodeAcceptanceReceipt,
    limit: maxAcceptanceReceiptBytes,
  })

  describe('encodeAcceptanceReceipt', () => {
    it('gives 224 bytes for a receipt signed alone, and 32 more a level of the tree', () => {
      const lengths = [1, 2, 3, 512, 1024].map((size) => {
        const [first] = makeReceipts(statements(size), { sha256, sign })
        return first!.length
      })
      expect(lengths).to.deep.equal([224, 256, 288, 512, 544])
    })

    it('refuses a path that is not that of the index, and a tree that is too large', () => {
      const [good] = receiptsOf(3) as [AcceptanceReceipt]
      const wrong = [{ path: [] }, { index: 3 }, { size: 2 }, { size: 1025, index: 1024, path: [new Uint8Array(32)] }]
      for (const change of wrong)
        expect(refusal(() => encodeAcceptanceReceipt({ ...good, ...change })).facts).to.include({ field: 'path' })
    })
  })

  describe('decodeAcceptanceReceipt', () => {
    it('refuses the label of another structure', () => {
      const bytes = new Uint8Array(224)
      bytes.set(utf8('herald/v1 statement\0'))
      const error = refusal(() => decodeAcceptanceReceipt(bytes))
      expect(error.facts).to.include({ structure: 'acceptance receipt', field: 'label' })
    })
  })

  describe('isReceiptSigned', () => {
    it('holds for every receipt of a batch of any size, made with one signature', () => {
      for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 33, 100]) {
        let signatures = 0
        const counting = (bytes: Uint8Array) => {
          signatures += 1
          return sign(bytes)
        }
        const receipts = makeReceipts(statements(size), { sha256, sign: counting })
        expect(signatures).to.equal(1)
        const checked = receipts.map((one) => isReceiptSigned(decodeAcceptanceReceipt(one), { sha256, verify }))
        expect(checked).to.deep.equal(new Array(size).fill(true))
      }
    })

    it('fails when any bit of a receipt is flipped', () => {
      const bytes = makeReceipts(statements(5), { sha256, sign })[2]!
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        let decoded: AcceptanceReceipt
        try {
          decoded = decodeAcceptanceReceipt(flipped)
        } catch {
          continue
        }
        expect(isReceiptSigned(decoded, { sha256, verify }), `bit ${bit}`).to.equal(false)
      }
    })

    it('fails for a statement that was not among those signed, with the path of one that was', () => {
      const receipts = receiptsOf(4)
      expect(isReceiptSigned({ ...receipts[1]!, seq: 99 }, { sha256, verify })).to.equal(false)
      const moved = { ...receipts[1]!, index: 2 }
      expect(isReceiptSigned(moved, { sha256, verify })).to.equal(false)
    })
  })
})
