/** What every strict decoder does: `behavesLikeStrictCodec(codec)` inside the `describe` of its file. */
import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes } from '../../src/core/bytes.ts'
import { HeraldError } from '../../src/core/errors.ts'
import { bytesOf } from './arbitraries.ts'
import { codeOf, refusal } from './refusal.ts'

/** A structure with its encoder and decoder. */
export interface StrictCodec<Value> {
  readonly value: fc.Arbitrary<Value>
  encode(value: Value): Uint8Array
  decode(bytes: Uint8Array): Value
  /** The most bytes the decoder takes. */
  readonly limit: number
}

const seed = 20261123

/** Ways to damage a byte string: changed, removed, inserted and repeated bytes. */
function damaged(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  // Half of the places lie in the first bytes, where the fields that steer a decoder stand.
  const place = fc.oneof(fc.nat(160), fc.nat(4096))
  return fc.tuple(valid, place, place, bytesOf(0, 8), fc.nat(4)).map(([bytes, first, second, noise, way]) => {
    const [from, to] = [first % bytes.length, second % bytes.length].sort((a, b) => a - b) as [number, number]
    const flipped = Uint8Array.from(bytes)
    flipped[from] = (noise[0] ?? 1) ^ 1
    if (way === 0) return flipped
    if (way === 1) return concatBytes(bytes.subarray(0, from), bytes.subarray(to))
    if (way === 2) return concatBytes(bytes.subarray(0, from), noise, bytes.subarray(from))
    if (way === 3) return concatBytes(bytes.subarray(0, to), bytes.subarray(from))
    return concatBytes(bytes.subarray(0, from), noise, bytes.subarray(from + noise.length))
  })
}

/** Declares the tests. */
export function behavesLikeStrictCodec<Value>({ value, encode, decode, limit }: StrictCodec<Value>): void {
  const valid = value.map(encode)
  const once = fc.sample(value, { seed, numRuns: 1 })[0] as Value

  /** Either a typed refusal, or a value that encodes to the very same bytes: no two encodings of one value. */
  function refusesOrIsCanonical(bytes: Uint8Array): void {
    let decoded: Value
    try {
      decoded = decode(bytes)
    } catch (error) {
      expect(error).to.be.instanceOf(HeraldError)
      expect((error as HeraldError).code).to.match(/^(wire|core)\./)
      return
    }
    expect(encode(decoded)).to.deep.equal(bytes)
  }

  it('gives back every value it encodes', () => {
    fc.assert(
      fc.property(value, (original) => void expect(decode(encode(original))).to.deep.equal(original)),
      { seed, numRuns: 200 },
    )
  })

  it('decodes from the middle of a larger buffer', () => {
    const bytes = encode(once)
    const buffer = concatBytes(Uint8Array.of(1, 2, 3), bytes, Uint8Array.of(4))
    expect(decode(buffer.subarray(3, 3 + bytes.length))).to.deep.equal(once)
  })

  it('refuses damaged bytes, or takes them for another value with exactly these bytes', () => {
    fc.assert(fc.property(damaged(valid), refusesOrIsCanonical), { seed, numRuns: 2000 })
  })

  it('gives typed errors only, for random bytes and for random bytes after a good beginning', () => {
    const spliced = fc
      .tuple(valid, fc.nat(200), bytesOf(0, 200))
      .map(([bytes, keep, noise]) => concatBytes(bytes.subarray(0, keep), noise))
    fc.assert(fc.property(fc.oneof(bytesOf(0, 400), spliced), refusesOrIsCanonical), { seed, numRuns: 2000 })
  })

  it('refuses every prefix as truncated', () => {
    const bytes = encode(once)
    for (let length = 0; length < bytes.length; length++)
      expect(
        codeOf(() => decode(bytes.subarray(0, length))),
        `${length} bytes`,
      ).to.match(/^wire\.(truncated|malformed_field)$/)
  })

  it('refuses a byte too many', () => {
    expect(codeOf(() => decode(concatBytes(encode(once), Uint8Array.of(0))))).to.match(
      /^wire\.(trailing_bytes|too_large|malformed_field)$/,
    )
  })

  it('refuses what is over the limit before it reads a byte', () => {
    const error = refusal(() => decode(new Uint8Array(limit + 1)))
    expect(error.code).to.equal('wire.too_large')
    expect(error.facts).to.include({ length: limit + 1, limit })
  })
}
