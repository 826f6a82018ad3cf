import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, toHex } from '../../src/core/bytes.ts'
import { noMessage } from '../../src/core/ids.ts'
import { maxEnvelopeBytes } from '../../src/core/limits.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import {
  decodeEnvelope,
  decodeHeader,
  type EnvelopeHeader,
  encodeEnvelope,
  encodeEnvelopeRoom,
  encodeHeader,
} from '../../src/wire/envelope.ts'
import { referenceEnvelope, referenceHeader } from '../reference/envelope.ts'
import { bytesOf } from '../support/arbitraries.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { envelope, header } from '../support/values.ts'

const classical: EnvelopeHeader = {
  suite: suiteX25519,
  mailbox: toHex(new Uint8Array(32).fill(1)) as never,
  recipientCard: toHex(new Uint8Array(32).fill(2)) as never,
  messageId: toHex(new Uint8Array(16).fill(3)) as never,
  priority: 'urgent',
  expires: 0x01_02_03_04_05_06,
  enc: new Uint8Array(32).fill(4),
}
const ciphertext = new Uint8Array(20).fill(5)
const headerBytes = encodeHeader(classical)

function decodingErrorAt(offset: number, ...bytes: number[]) {
  const damaged = encodeEnvelope(headerBytes, ciphertext)
  damaged.set(bytes, offset)
  return refusal(() => decodeEnvelope(damaged))
}

describe('wire/envelope', () => {
  describe('the header', () => {
    behavesLikeStrictCodec({ value: header, encode: encodeHeader, decode: decodeHeader, limit: maxEnvelopeBytes })

    it('is laid out as SPEC §3 says', () => {
      const laidOut = `0x01020020${'01'.repeat(32)}${'02'.repeat(32)}${'03'.repeat(16)}030000010203040506${'04'.repeat(32)}`
      expect(toHex(headerBytes)).to.equal(laidOut)
    })

    it('refuses to be written with a field out of bounds', () => {
      const wrong: Partial<EnvelopeHeader>[] = [
        { enc: new Uint8Array(1120) },
        { expires: 2 ** 53 },
        { expires: -1 },
        { expires: Number.NaN },
        { messageId: classical.mailbox as never },
        { messageId: noMessage },
        { mailbox: classical.messageId as never },
      ]
      for (const change of wrong)
        expect(refusal(() => encodeHeader({ ...classical, ...change })).code).to.equal('wire.malformed_field')
      expect(refusal(() => encodeHeader({ ...classical, priority: 'now' as never })).code).to.equal(
        'core.invalid_argument',
      )
    })
  })

  describe('the whole', () => {
    behavesLikeStrictCodec({
      value: envelope,
      encode: (value) => encodeEnvelope(encodeHeader(value.header), value.ciphertext),
      limit: maxEnvelopeBytes,
      decode(bytes) {
        const { header: decoded, ciphertext: sealed } = decodeEnvelope(bytes)
        return { header: decoded, ciphertext: sealed }
      },
    })
  })

  describe('encodeEnvelopeRoom', () => {
    it('gives, once filled, the bytes of encodeEnvelope and of the readable twin', () => {
      fc.assert(
        fc.property(header, bytesOf(0, 100), (of, sealed) => {
          const room = encodeEnvelopeRoom(of, sealed.length)
          expect(room.headerBytes).to.deep.equal(encodeHeader(of))
          expect(room.ciphertext).to.deep.equal(new Uint8Array(sealed.length))
          room.ciphertext.set(sealed)
          expect(room.bytes).to.deep.equal(encodeEnvelope(encodeHeader(of), sealed))
          expect(room.bytes).to.deep.equal(referenceEnvelope(of, sealed))
          expect(referenceHeader(room.bytes)).to.deep.equal(of)
        }),
        { seed: 20261123, numRuns: 200 },
      )
    })

    it('takes the largest ciphertext and refuses the next before it makes room', () => {
      const most = maxEnvelopeBytes - headerBytes.length - 4
      expect(encodeEnvelopeRoom(classical, most).bytes.length).to.equal(maxEnvelopeBytes)
      const error = refusal(() => encodeEnvelopeRoom(classical, most + 1))
      expect(error.facts).to.deep.equal({ structure: 'envelope: ciphertext', length: most + 1, limit: most })
    })
  })

  describe('decodeEnvelope', () => {
    it('reads what the readable twin reads', () => {
      fc.assert(
        fc.property(header, bytesOf(16, 100), (of, sealed) => {
          const bytes = referenceEnvelope(of, sealed)
          expect(decodeEnvelope(bytes).header).to.deep.equal(referenceHeader(bytes))
        }),
        { seed: 20261123, numRuns: 200 },
      )
    })

    it('gives the header’s bytes as they came, since they are the additional data', () => {
      const bytes = encodeEnvelope(headerBytes, ciphertext)
      const decoded = decodeEnvelope(bytes)
      expect(decoded.headerBytes).to.deep.equal(headerBytes)
      expect(decoded.headerBytes.buffer).to.equal(bytes.buffer)
    })

    it('refuses an unknown version, type, suite and priority, each by its error', () => {
      const version = decodingErrorAt(0, 9)
      expect(version.code).to.equal('wire.unknown_version')
      expect(version.facts).to.deep.equal({ structure: 'envelope', version: 9, supported: 1 })
      expect(decodingErrorAt(1, 3).facts).to.deep.equal({ structure: 'envelope', field: 'type', expected: '2' })
      expect(decodingErrorAt(2, 0, 0).code).to.equal('wire.unknown_suite')
      expect(decodingErrorAt(84, 4).facts).to.deep.equal({
        structure: 'envelope',
        field: 'priority',
        expected: '0 to 3',
      })
    })

    it('refuses message id 0, which stands for no message where a parent is named', () => {
      const error = decodingErrorAt(68, ...new Uint8Array(16))
      expect(error.facts).to.deep.equal({ structure: 'envelope', field: 'message id', expected: 'other than zero' })
    })

    it('refuses an expiry above 2^53 - 1', () => {
      const error = decodingErrorAt(85, 0, 0x20, 0, 0, 0, 0, 0, 0)
      expect(error.code).to.equal('wire.malformed_field')
      expect(error.facts).to.include({ field: 'expires' })
    })

    it('refuses a stated length over the limit, and one beyond the end, without allocating it', () => {
      expect(decodingErrorAt(headerBytes.length, 0xff, 0xff, 0xff, 0xff).code).to.equal('wire.too_large')
      const error = decodingErrorAt(headerBytes.length, 0, 0, 0, 21)
      expect(error.code).to.equal('wire.truncated')
      expect(error.facts).to.deep.equal({ structure: 'envelope', needed: 21, available: 20 })
    })

    it('refuses a ciphertext shorter than its tag', () => {
      const short = concatBytes(headerBytes, Uint8Array.of(0, 0, 0, 15), new Uint8Array(15))
      expect(refusal(() => decodeEnvelope(short)).facts).to.include({ field: 'ciphertext' })
    })

    it('takes the largest envelope and refuses the next', () => {
      const room = maxEnvelopeBytes - headerBytes.length - 4
      expect(decodeEnvelope(encodeEnvelope(headerBytes, new Uint8Array(room))).ciphertext.length).to.equal(room)
      expect(refusal(() => encodeEnvelope(headerBytes, new Uint8Array(room + 1))).code).to.equal('wire.too_large')
    })
  })
})
