import { expect } from 'chai'
import { concatBytes } from '../../src/core/bytes.ts'
import { Reader } from '../../src/wire/reader.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const readerOf = (...bytes: number[]) => new Reader(Uint8Array.from(bytes), 'thing', 100)

describe('wire/reader', () => {
  it('reads big-endian integers one after the other', () => {
    const reader = readerOf(1, 2, 3, 4, 5, 6, 7, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
    expect(reader.uint8()).to.equal(1)
    expect(reader.uint16()).to.equal(0x0203)
    expect(reader.uint32()).to.equal(0x04050607)
    expect(reader.uint53('count')).to.equal(Number.MAX_SAFE_INTEGER)
    expect([reader.offset, reader.remaining]).to.deep.equal([15, 0])
    reader.end()
  })

  it('reads from a view into a larger buffer, and its views share that buffer', () => {
    const whole = concatBytes(Uint8Array.of(9, 9), Uint8Array.of(0, 7, 5, 6), Uint8Array.of(9))
    const reader = new Reader(whole.subarray(2, 6), 'thing', 4)
    expect(reader.uint16()).to.equal(7)
    const rest = reader.rest()
    expect(rest).to.deep.equal(Uint8Array.of(5, 6))
    expect(rest.buffer).to.equal(whole.buffer)
  })

  it('refuses 2^53 and above', () => {
    const error = refusal(() => readerOf(0, 0x20, 0, 0, 0, 0, 0, 0).uint53('count'))
    expect(error.code).to.equal('wire.malformed_field')
    expect(error.facts).to.deep.equal({ structure: 'thing', field: 'count', expected: 'at most 2^53 - 1' })
  })

  it('refuses to read past the end, says how much was needed, and stays where it was', () => {
    const reader = readerOf(1, 2)
    for (const read of [
      () => reader.uint32(),
      () => reader.uint53('count'),
      () => reader.bytes(3),
      () => reader.hex(3),
    ])
      expect(codeOf(read)).to.equal('wire.truncated')
    expect(refusal(() => reader.uint32()).facts).to.deep.equal({ structure: 'thing', needed: 4, available: 2 })
    expect(reader.uint16()).to.equal(0x0102)
    expect(codeOf(() => reader.uint8())).to.equal('wire.truncated')
  })

  it('refuses input over its limit, and a vector over its own, before it looks at them', () => {
    const error = refusal(() => new Reader(new Uint8Array(101), 'thing', 100))
    expect(error.facts).to.deep.equal({ structure: 'thing', length: 101, limit: 100 })
    const vector = refusal(() => readerOf(1).vector('body', 0xffff_ffff, 50))
    expect(vector.code).to.equal('wire.too_large')
    expect(vector.facts).to.deep.equal({ structure: 'thing: body', length: 0xffff_ffff, limit: 50 })
  })

  it('holds a version and a constant to what they have to be', () => {
    readerOf(1).version(1)
    expect(refusal(() => readerOf(2).version(1)).facts).to.deep.equal({ structure: 'thing', version: 2, supported: 1 })
    readerOf(7).constant('type', 7)
    expect(refusal(() => readerOf(8).constant('type', 7)).facts).to.include({ field: 'type', expected: '7' })
  })

  it('ends only when nothing is left', () => {
    const reader = readerOf(1, 2, 3)
    reader.uint8()
    expect(refusal(() => reader.end()).facts).to.deep.equal({ structure: 'thing', trailing: 2 })
    reader.rest()
    reader.end()
    expect(reader.rest()).to.have.length(0)
  })

  it('gives identifiers as lower-case text', () => {
    expect(readerOf(0xab, 0xcd).hex(2)).to.equal('0xabcd')
  })
})
