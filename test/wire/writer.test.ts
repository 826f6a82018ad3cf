import { expect } from 'chai'
import fc from 'fast-check'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { bytesOf, idOf, uint53 } from '../support/arbitraries.ts'
import { codeOf, refusal } from '../support/refusal.ts'

describe('wire/writer', () => {
  it('writes what the reader reads', () => {
    const values = fc.tuple(
      fc.nat(0xff),
      fc.nat(0xffff),
      fc.nat(0xffff_ffff),
      uint53,
      bytesOf(5),
      idOf(4),
      bytesOf(0, 9),
    )
    fc.assert(
      fc.property(values, ([a, b, c, d, fixed, id, vector]) => {
        const writer = new Writer(1 + 2 + 4 + 8 + 5 + 4 + vector.length, 'thing')
        writer.uint8('a', a).uint16('b', b).uint32('c', c).uint53('d', d)
        const bytes = writer.fixed('fixed', fixed, 5).hex('id', id, 4).vector('vector', vector, 9).finish()
        const reader = new Reader(bytes, 'thing', bytes.length)
        expect([reader.uint8(), reader.uint16(), reader.uint32(), reader.uint53('d')]).to.deep.equal([a, b, c, d])
        expect([reader.bytes(5), reader.hex(4), reader.rest()]).to.deep.equal([fixed, id, vector])
        reader.end()
      }),
      { seed: 20261123, numRuns: 300 },
    )
  })

  it('refuses numbers that do not fit, and names field and bound', () => {
    const writer = new Writer(100, 'thing')
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1' as never, undefined as never]) {
      expect(codeOf(() => writer.uint8('n', value))).to.equal('wire.malformed_field')
      expect(codeOf(() => writer.uint16('n', value))).to.equal('wire.malformed_field')
      expect(codeOf(() => writer.uint32('n', value))).to.equal('wire.malformed_field')
      expect(codeOf(() => writer.uint53('n', value))).to.equal('wire.malformed_field')
    }
    const error = refusal(() => writer.uint8('n', 256))
    expect(error.facts).to.deep.equal({ structure: 'thing', field: 'n', expected: 'an integer from 0 to 255' })
  })

  it('writes a word as its place in the list, and refuses one that is not there', () => {
    expect(new Writer(1, 'thing').word('kind', 'b', ['a', 'b']).finish()).to.deep.equal(Uint8Array.of(2))
    for (const word of ['c', '', undefined as never, 'toString']) {
      const error = refusal(() => new Writer(1, 'thing').word('kind', word, ['a', 'b']))
      expect(error.facts).to.deep.equal({ structure: 'thing', field: 'kind', expected: 'one of a, b' })
    }
  })

  it('refuses fixed bytes and identifiers of another length, and vectors over their limit', () => {
    const writer = new Writer(100, 'thing')
    expect(refusal(() => writer.fixed('key', new Uint8Array(31), 32)).facts).to.include({ expected: '32 bytes' })
    expect(codeOf(() => writer.hex('id', '0xabcd', 3))).to.equal('wire.malformed_field')
    expect(codeOf(() => writer.hex('id', '0xzz', 1))).to.equal('core.malformed_text')
    const error = refusal(() => writer.vector('body', new Uint8Array(51), 50))
    expect(error.facts).to.deep.equal({ structure: 'thing: body', length: 51, limit: 50 })
  })

  it('writes into an array it is handed, from its beginning', () => {
    const whole = new Uint8Array(5)
    expect(new Writer(whole.subarray(2, 4), 'thing').uint16('n', 0x0102).finish().buffer).to.equal(whole.buffer)
    expect(whole).to.deep.equal(Uint8Array.of(0, 0, 1, 2, 0))
  })

  it('does not finish a structure that it had no room for', () => {
    const error = refusal(() => new Writer(3, 'thing').uint32('n', 1).finish())
    expect(error.facts).to.deep.equal({ structure: 'thing', field: 'whole', expected: 'at most 3 bytes' })
  })
})
