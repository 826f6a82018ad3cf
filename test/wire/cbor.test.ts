import { expect } from 'chai'
import fc from 'fast-check'
import { HeraldError } from '../../src/core/errors.ts'
import { type CborItem, decodeList } from '../../src/wire/cbor.ts'
import { encodeList } from '../../src/wire/cbor-writer.ts'
import { decodeListByCborg, encodeListByCborg } from '../reference/cbor.ts'
import { codeOf } from '../support/refusal.ts'

const seed = 20_261_129
const bounds = { structure: 'list', maxBytes: 4096, maxItems: 40, maxArrays: 6 }

/** Integers around each width of a head. */
const integer = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
)
const { list } = fc.letrec<{ item: CborItem; list: readonly CborItem[] }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3 },
    integer,
    fc.boolean(),
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    tie('list'),
  ),
  list: fc.array(tie('item'), { maxLength: 8 }),
}))

/** What is read, or that it is refused by a typed error. */
function outcomeOf(read: () => readonly CborItem[]): readonly CborItem[] | 'refused' {
  try {
    return read()
  } catch (error) {
    if (error instanceof HeraldError) return 'refused'
    throw error
  }
}

function assertSame(bytes: Uint8Array): void {
  const expected = outcomeOf(() => decodeListByCborg(bytes, bounds))
  expect(outcomeOf(() => decodeList(bytes, bounds))).to.deep.equal(expected)
}

describe('wire/cbor', () => {
  describe('decodeList', () => {
    it('reads what a general library writes, and refuses it beyond the bounds as that one does', () => {
      const property = fc.property(list, (items) => assertSame(encodeListByCborg(items)))
      fc.assert(property, { seed, numRuns: 2000 })
    })

    it('takes and refuses the same bytes as a general library in strict mode, whatever is changed in a list', () => {
      const byte = fc.integer({ min: 1, max: 255 })
      const property = fc.property(list, fc.nat(), byte, fc.nat(), (items, at, flip, cut) => {
        const bytes = encodeListByCborg(items)
        const changed = Uint8Array.from(bytes)
        changed[at % bytes.length]! ^= flip
        assertSame(changed)
        assertSame(bytes.subarray(0, cut % bytes.length))
        assertSame(Uint8Array.of(...bytes, 0))
      })
      fc.assert(property, { seed, numRuns: 5000 })
    })

    it('takes and refuses the same of arbitrary bytes', () => {
      const head = fc.constantFrom(0x80, 0x81, 0x82, 0x83, 0x98)
      const property = fc.property(head, fc.uint8Array({ maxLength: 24 }), (first, rest) =>
        assertSame(Uint8Array.of(first, ...rest)),
      )
      fc.assert(property, { seed, numRuns: 20_000 })
    })

    it('takes and refuses the same heads, in each width and of each kind', () => {
      const values = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 60]
      for (let first = 0; first < 256; first++)
        for (const value of values) {
          const wide = Buffer.alloc(8)
          wide.writeBigUInt64BE(BigInt(value))
          for (const width of [0, 1, 2, 4, 8]) assertSame(Uint8Array.of(0x81, first, ...wide.subarray(8 - width)))
        }
    })

    it('gives byte strings as views of the input, and of a Buffer as plain arrays', () => {
      const bytes = Buffer.from(encodeList([Uint8Array.of(1, 2)], 'list', 9))
      const [view] = decodeList(bytes, bounds) as [Uint8Array]
      expect(view.buffer).to.equal(bytes.buffer)
      expect(view.constructor).to.equal(Uint8Array)
    })
  })
})

describe('wire/cbor-writer', () => {
  describe('encodeList', () => {
    it('writes the bytes that a general library writes', () => {
      const property = fc.property(list, (items) => {
        expect(encodeList(items, 'list', 65_536)).to.deep.equal(encodeListByCborg(items))
      })
      fc.assert(property, { seed, numRuns: 2000 })
    })

    it('refuses what a strict list does not have', () => {
      const wrong: CborItem[] = [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 'ä', [['\u{1f600}']]]
      for (const item of wrong) expect(codeOf(() => encodeList([item], 'list', 99))).to.equal('wire.malformed_field')
    })

    it('refuses a list above its limit, and takes one of that length', () => {
      const items = [new Uint8Array(95)]
      expect(encodeList(items, 'list', 98)).to.have.length(98)
      expect(codeOf(() => encodeList(items, 'list', 97))).to.equal('wire.too_large')
    })
  })
})
