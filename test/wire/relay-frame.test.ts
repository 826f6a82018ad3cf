import { expect } from 'chai'
import fc from 'fast-check'
import { HeraldError } from '../../src/core/errors.ts'
import { decodeRelayFrame, encodeRelayFrame, maxFrameBytes, type RelayFrame } from '../../src/wire/relay-frame.ts'
import { relayFrame } from '../support/values.ts'

const seed = 20_260_902
function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
}

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return (error as HeraldError).code
  }
  return 'nothing thrown'
}

/** Bytes that decode at all are the one encoding of what they mean. */
function assertStrict(bytes: Uint8Array): void {
  try {
    expect(encodeRelayFrame(decodeRelayFrame(bytes))).to.deep.equal(bytes)
  } catch (error) {
    if (!(error instanceof HeraldError)) throw error
  }
}

describe('wire/relay-frame', () => {
  describe('encodeRelayFrame', () => {
    it('gives the bytes of SPEC §8.4', () => {
      const bytes = encodeRelayFrame({ type: 'acknowledge', request: 7, seqs: [1, 500] })
      expect(Buffer.from(bytes).toString('hex')).to.equal('83040782011901f4')
    })

    it('refuses a frame that is too long as a whole', () => {
      const envelopes = [new Uint8Array(700_000), new Uint8Array(700_000)]
      expect(codeOf(() => encodeRelayFrame({ type: 'submit', request: 1, envelopes }))).to.equal('wire.too_large')
    })

    it('refuses a field out of bounds by name', () => {
      const receipt = new Uint8Array(224)
      const wrong: RelayFrame[] = [
        { type: 'authenticate', token: '' },
        { type: 'authenticate', token: 'a'.repeat(4097) },
        { type: 'submit', request: -1, envelopes: [new Uint8Array(1)] },
        { type: 'submit', request: 2 ** 32, envelopes: [new Uint8Array(1)] },
        { type: 'submit', request: 0.5, envelopes: [new Uint8Array(1)] },
        { type: 'submit', request: 1, envelopes: [] },
        { type: 'submit', request: 1, envelopes: [new Uint8Array(0)] },
        { type: 'submit', request: 1, envelopes: new Array(257).fill(new Uint8Array(1)) },
        { type: 'delivery', leasedUntil: 1, messages: [] },
        { type: 'delivery', leasedUntil: 1, messages: [[-1, 1, new Uint8Array(1)]] },
        { type: 'delivery', leasedUntil: 1, messages: new Array(257).fill([1, 1, new Uint8Array(1)]) },
        { type: 'accepted', request: 1, outcomes: [], duplicates: [] },
        { type: 'stream', window: 0, leaseMillis: 1 },
        { type: 'stream', window: 1, leaseMillis: 600_001 },
        { type: 'release', request: 1, seqs: [] },
        { type: 'release', request: 1, seqs: [-1] },
        { type: 'accepted', request: 1, outcomes: [new Uint8Array(211)], duplicates: [] },
        { type: 'accepted', request: 1, outcomes: [receipt, ''], duplicates: [] },
        { type: 'accepted', request: 1, outcomes: [receipt, receipt], duplicates: [1, 0] },
        { type: 'accepted', request: 1, outcomes: [receipt, receipt], duplicates: [1, 1] },
        { type: 'accepted', request: 1, outcomes: [receipt], duplicates: [1] },
        { type: 'accepted', request: 1, outcomes: ['relay.expired'], duplicates: [0] },
        { type: 'refused', request: 1, code: 'ä' },
      ]
      for (const frame of wrong) expect(codeOf(() => encodeRelayFrame(frame))).to.equal('wire.malformed_field')
    })
  })

  describe('decodeRelayFrame', () => {
    it('gives back what was encoded, and its bytes again', () => {
      const property = fc.property(relayFrame, (frame) => {
        const bytes = encodeRelayFrame(frame)
        expect(decodeRelayFrame(bytes)).to.deep.equal(frame)
        expect(decodeRelayFrame(Buffer.from(bytes))).to.deep.equal(frame)
      })
      fc.assert(property, { seed, numRuns: 500 })
    })

    it('lets nothing but a typed error out, and has one encoding for each frame, whatever byte is changed', () => {
      const byte = fc.integer({ min: 1, max: 255 })
      const property = fc.property(relayFrame, fc.nat(), byte, fc.nat(), (frame, at, flip, cut) => {
        const bytes = encodeRelayFrame(frame)
        const changed = Uint8Array.from(bytes)
        changed[at % bytes.length]! ^= flip
        assertStrict(changed)
        assertStrict(bytes.subarray(0, cut % bytes.length))
        assertStrict(Uint8Array.of(...bytes, 0))
      })
      fc.assert(property, { seed, numRuns: 3000 })
    })

    it('lets nothing but a typed error out of arbitrary bytes', () => {
      const property = fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(codeOf(() => decodeRelayFrame(bytes))).to.match(/^(wire\.|nothing thrown)/)
      })
      fc.assert(property, { seed, numRuns: 5000 })
    })

    const invalid: Record<string, string> = {
      'an empty message': '',
      'an unknown number': '8107',
      'no number': '80',
      'a number as text': '826134 01',
      'a missing field': '8106'.replace('06', '04'),
      'a field too many': '83 06 01 01',
      'an integer longer than needed': '82 06 18 07',
      'an array longer than needed': '98 02 06 07',
      'an indefinite array': '9f 06 07 ff',
      'an indefinite byte string': '83 02 01 5f 41 00 ff',
      'a map': 'a1 06 07',
      'a tag': 'c1 82 06 07',
      'null for a field': '82 06 f6',
      'undefined for a field': '82 06 f7',
      'a float for an integer': '82 06 fb 3ff0000000000000',
      'a negative integer': '82 06 20',
      'an integer above 2^53': '82 10 1b 0020000000000000',
      'a nested array': '83 04 01 81 81 01',
      'an envelope that is empty': '83 02 01 81 40',
      'a message without its envelope': '83 12 01 81 82 01 01',
      'an envelope that stands in no list': '83 02 01 41 01',
      'places that descend': `84 11 01 82 58e0${'00'.repeat(224)} 58e0${'00'.repeat(224)} 82 01 00`,
      'bytes after it': '82 06 07 00',
      'text that is no UTF-8': '82 01 61 ff',
      'text after a byte order mark, which a lenient reader would drop': '82 01 66 efbbbf 616263',
      'text that is UTF-8 and no ASCII': '82 01 63 c3a4 61',
      'a truncated byte string': '83 02 01 44 00',
      'a byte string that states more than there is': '83 02 01 5a ffffffff',
      'an array that states more than there is': '83 04 01 9a ffffffff',
    }
    for (const [what, digits] of Object.entries(invalid))
      it(`refuses ${what}`, () => {
        expect(codeOf(() => decodeRelayFrame(hex(digits)))).to.equal('wire.malformed_field')
      })

    it('gives envelopes that share memory with the frame', () => {
      const bytes = encodeRelayFrame({ type: 'submit', request: 1, envelopes: [new Uint8Array(9).fill(7)] })
      const frame = decodeRelayFrame(bytes)
      expect(frame.type === 'submit' && frame.envelopes[0]!.buffer).to.equal(bytes.buffer)
    })

    it('refuses what is no bytes', () => {
      for (const nothing of [undefined, null, 5, '820607', {}, []])
        expect(codeOf(() => decodeRelayFrame(nothing as never))).to.equal('wire.malformed_field')
    })

    it('refuses a frame above its limit before decoding it', () => {
      expect(codeOf(() => decodeRelayFrame(new Uint8Array(maxFrameBytes + 1)))).to.equal('wire.too_large')
    })

    it('refuses a million nested arrays without running out of stack', () => {
      expect(codeOf(() => decodeRelayFrame(new Uint8Array(1_000_000).fill(0x81)))).to.equal('wire.malformed_field')
    })

    it('refuses a long array of small items without building it', () => {
      const bytes = new Uint8Array(1_000_008)
      bytes.set([0x83, 4, 1, 0x9a, 0, 0x0f, 0x42, 0x40])
      expect(codeOf(() => decodeRelayFrame(bytes))).to.equal('wire.malformed_field')
    })
  })
})
