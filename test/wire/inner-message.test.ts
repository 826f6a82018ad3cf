import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, toHex } from '../../src/core/bytes.ts'
import { noMessage } from '../../src/core/ids.ts'
import { maxBodyBytes, maxEnvelopeBytes } from '../../src/core/limits.ts'
import {
  contentPreimageIn,
  decodeInnerMessage,
  encodeInnerMessage,
  encodeInnerMessageRoom,
  type InnerMessage,
  parentField,
} from '../../src/wire/inner-message.ts'
import { padmeLength } from '../../src/wire/padme.ts'
import { encodeContent } from '../../src/wire/statement.ts'
import { referenceContent, referenceInnerMessage } from '../reference/sealed.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { innerMessage } from '../support/values.ts'

const hexOf = (byte: string, length: number) => `0x${byte.repeat(length)}` as never
const note: InnerMessage = {
  sender: { chainId: 1, registry: hexOf('01', 20), address: hexOf('02', 20) },
  senderCard: hexOf('03', 32),
  conversation: hexOf('04', 16),
  seq: 5,
  created: 6,
  expires: 7,
  inReplyTo: undefined,
  kind: 'response',
  contentType: 'a/b',
  body: Uint8Array.of(0xb0, 0xb1),
  opening: new Uint8Array(64).fill(8),
  signature: new Uint8Array(64).fill(9),
}
// Where fields of `note` stand: version 0, type 1, kind 138, content type 139, body length 143, body 147, padding 277.
const unpadded = 147 + 2 + 128

function decodingErrorAt(offset: number, ...bytes: number[]) {
  const damaged = encodeInnerMessage(note)
  damaged.set(bytes, offset)
  return refusal(() => decodeInnerMessage(damaged))
}

describe('wire/inner-message', () => {
  behavesLikeStrictCodec({
    value: innerMessage,
    encode: encodeInnerMessage,
    decode: decodeInnerMessage,
    limit: maxEnvelopeBytes,
  })

  describe('encodeInnerMessage', () => {
    it('lays the fields out as SPEC §4 says and pads with zeros to the Padmé length', () => {
      const u64 = (value: string) => value.padStart(16, '0')
      const laidOut = [
        '0x0103',
        `${u64('1')}${'01'.repeat(20)}${'02'.repeat(20)}${'03'.repeat(32)}`,
        `${'04'.repeat(16)}${u64('5')}${u64('6')}${u64('7')}${'00'.repeat(16)}`,
        '0303612f6200000002b0b1',
        `${'08'.repeat(64)}${'09'.repeat(64)}`,
        '00'.repeat(padmeLength(unpadded) - unpadded),
      ]
      expect(toHex(encodeInnerMessage(note))).to.equal(laidOut.join(''))
    })

    it('refuses what decodeInnerMessage would refuse', () => {
      const wrong: [string, Partial<InnerMessage>][] = [
        ['content type', { contentType: '' }],
        ['content type', { contentType: 'text/plain\n' }],
        ['content type', { contentType: 'é' }],
        ['content type', { contentType: 'a'.repeat(128) }],
        ['kind', { kind: 'rumour' as never }],
        ['seq', { seq: -1 }],
        ['created', { created: 1.5 }],
        ['expires', { expires: 2 ** 53 }],
        ['opening', { opening: new Uint8Array(63) }],
        ['signature', { signature: new Uint8Array(0) }],
        ['sender card', { senderCard: note.conversation as never }],
        ['in-reply-to', { inReplyTo: noMessage }],
      ]
      for (const [field, change] of wrong) {
        const error = refusal(() => encodeInnerMessage({ ...note, ...change }))
        expect(error.code, field).to.equal('wire.malformed_field')
        expect(error.facts).to.include({ field })
      }
    })

    it('refuses a body over 1 MiB and names the limit', () => {
      const error = refusal(() => encodeInnerMessage({ ...note, body: new Uint8Array(maxBodyBytes + 1) }))
      expect(error.code).to.equal('wire.too_large')
      expect(error.facts).to.include({ length: maxBodyBytes + 1, limit: maxBodyBytes })
    })

    it('shows by its length nothing but the Padmé bucket', () => {
      const lengths = new Set<number>()
      for (let size = 0; size < 2000; size++)
        lengths.add(encodeInnerMessage({ ...note, body: new Uint8Array(size) }).length)
      expect(lengths.size).to.be.at.most(80)
      expect([...lengths].every((length) => padmeLength(length) === length)).to.equal(true)
    })
  })

  describe('encodeInnerMessageRoom', () => {
    it('gives, once signed, the bytes of encodeInnerMessage and of the readable twin', () => {
      fc.assert(
        fc.property(innerMessage, (whole) => {
          const room = encodeInnerMessageRoom(whole)
          expect(room.signature).to.deep.equal(new Uint8Array(64))
          expect(room.contentPreimage).to.deep.equal(referenceContent(whole))
          room.signature.set(whole.signature)
          expect(room.bytes).to.deep.equal(encodeInnerMessage(whole))
          expect(room.bytes).to.deep.equal(referenceInnerMessage(whole))
        }),
        { seed: 20261123, numRuns: 300 },
      )
    })
  })

  describe('contentPreimageIn', () => {
    it('finds in the bytes what encodeContent makes anew, without copying it', () => {
      fc.assert(
        fc.property(innerMessage, (whole) => {
          const bytes = encodeInnerMessage(whole)
          const found = contentPreimageIn(bytes, decodeInnerMessage(bytes))
          expect(found).to.deep.equal(encodeContent(whole))
          expect(found.buffer).to.equal(bytes.buffer)
        }),
        { seed: 20261123, numRuns: 300 },
      )
    })
  })

  describe('decodeInnerMessage', () => {
    it('refuses an unknown version, type and kind, each by its error', () => {
      expect(decodingErrorAt(0, 2).code).to.equal('wire.unknown_version')
      expect(decodingErrorAt(1, 1).facts).to.deep.equal({ structure: 'inner message', field: 'type', expected: '3' })
      for (const kind of [0, 5, 255]) expect(decodingErrorAt(138, kind).facts).to.include({ field: 'kind' })
    })

    it('refuses a content type that is empty, too long or not printable ASCII', () => {
      expect(decodingErrorAt(139, 128).code).to.equal('wire.too_large')
      expect(decodingErrorAt(139, 0, 0, 0, 0).facts).to.include({ field: 'content type' })
      expect(decodingErrorAt(141, 0x0a).facts).to.include({ field: 'content type' })
      expect(decodingErrorAt(141, 0xff).code).to.equal('core.malformed_text')
    })

    it('refuses a stated body length over the limit, and one beyond the end, without allocating it', () => {
      expect(decodingErrorAt(143, 0xff, 0xff, 0xff, 0xff).code).to.equal('wire.too_large')
      expect(decodingErrorAt(143, 0, 0, 0x10, 0).code).to.equal('wire.truncated')
    })

    it('refuses padding that is not zero, and padding of another length', () => {
      const encoded = encodeInnerMessage(note)
      expect(encoded.length).to.be.greaterThan(unpadded)
      for (const at of [unpadded, encoded.length - 1])
        expect(decodingErrorAt(at, 1).facts).to.deep.equal({
          structure: 'inner message',
          field: 'padding',
          expected: 'zero',
        })
      for (const other of [
        encoded.subarray(0, unpadded),
        encoded.subarray(0, -1),
        concatBytes(encoded, new Uint8Array(8)),
      ])
        expect(refusal(() => decodeInnerMessage(other)).facts).to.include({ field: 'padding' })
    })
  })

  describe('parentField', () => {
    it('writes no parent as sixteen zero bytes, which decode to none', () => {
      expect(parentField(undefined)).to.equal(`0x${'00'.repeat(16)}`)
      expect(decodeInnerMessage(encodeInnerMessage(note)).inReplyTo).to.equal(undefined)
      const parent = hexOf('0a', 16)
      expect(parentField(parent)).to.equal(parent)
      expect(decodeInnerMessage(encodeInnerMessage({ ...note, inReplyTo: parent })).inReplyTo).to.equal(parent)
    })
  })
})
