import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, equalBytes, toHex, utf8 } from '../../src/core/bytes.ts'
import { maxBodyBytes, maxContentTypeBytes } from '../../src/core/limits.ts'
import type { Content } from '../../src/wire/inner-message.ts'
import {
  type Binding,
  decodeStatement,
  encodeBinding,
  encodeContent,
  encodeStatement,
  statementBytes,
} from '../../src/wire/statement.ts'
import { behavesLikeStrictCodec } from '../support/codec.ts'
import { refusal } from '../support/refusal.ts'
import { binding, content, statement } from '../support/values.ts'

const pinned = { seed: 20261123, numRuns: 500 }
describe('wire/statement', () => {
  behavesLikeStrictCodec({ value: statement, encode: encodeStatement, decode: decodeStatement, limit: statementBytes })

  describe('encodeStatement', () => {
    it('lays the fields out as SPEC §5.1 says, 132 bytes', () => {
      const bytes = encodeStatement({
        senderCard: `0x${'03'.repeat(32)}` as never,
        seq: 5,
        created: 6,
        content: new Uint8Array(32).fill(0xcc),
        binding: new Uint8Array(32).fill(0xbb),
      })
      const u64 = (value: string) => value.padStart(16, '0')
      const label = toHex(utf8('herald/v1 statement\0'))
      expect(toHex(bytes)).to.equal(
        `${label}${'03'.repeat(32)}${u64('5')}${u64('6')}${'cc'.repeat(32)}${'bb'.repeat(32)}`,
      )
      expect(bytes.length).to.equal(statementBytes)
    })
  })

  describe('decodeStatement', () => {
    it('refuses the label of another structure', () => {
      const error = refusal(() => decodeStatement(concatBytes(utf8('herald/v1 accepted\0\0'), new Uint8Array(112))))
      expect(error.code).to.equal('wire.malformed_field')
      expect(error.facts).to.include({ structure: 'statement', field: 'label' })
    })
  })

  describe('encodeContent', () => {
    it('gives different preimages for different contents, so no content passes for another', () => {
      fc.assert(
        fc.property(content, content, (a, b) => {
          const same = a.kind === b.kind && a.contentType === b.contentType && equalBytes(a.body, b.body)
          expect(equalBytes(encodeContent(a), encodeContent(b))).to.equal(same)
        }),
        pinned,
      )
      // What one would put at the end of the type, the other at the beginning of the body.
      const moved = { kind: 'message', contentType: 'ab', body: utf8('c') } as const
      expect(encodeContent(moved)).to.not.deep.equal(encodeContent({ ...moved, contentType: 'a', body: utf8('bc') }))
    })

    it('refuses an unknown kind, a long content type and a body over 1 MiB', () => {
      const said: Content = { kind: 'message', contentType: 'a/b', body: new Uint8Array(0) }
      const unknown = refusal(() => encodeContent({ ...said, kind: 'rumour' as never }))
      expect(unknown.facts).to.include({ field: 'kind' })
      const long = { ...said, contentType: 'a'.repeat(maxContentTypeBytes + 1) }
      expect(refusal(() => encodeContent(long)).code).to.equal('wire.too_large')
      const large = { ...said, body: new Uint8Array(maxBodyBytes + 1) }
      expect(refusal(() => encodeContent(large)).code).to.equal('wire.too_large')
    })
  })

  describe('encodeBinding', () => {
    it('gives different preimages for different destinations', () => {
      const digest = new Uint8Array(32)
      fc.assert(
        fc.property(binding, binding, (a, b) => {
          const same = JSON.stringify(a) === JSON.stringify(b)
          expect(equalBytes(encodeBinding(digest, a), encodeBinding(digest, b))).to.equal(same)
        }),
        pinned,
      )
    })

    it('changes with every field by itself', () => {
      const [one] = fc.sample(binding, { seed: 1, numRuns: 1 }) as [Binding]
      const other = `0x${'ee'.repeat(20)}` as never
      const changes: Partial<Binding>[] = [
        { recipient: { ...one.recipient, chainId: 1 } },
        { recipient: { ...one.recipient, registry: other } },
        { recipient: { ...one.recipient, address: other } },
        { conversation: `0x${'ee'.repeat(16)}` as never },
        { expires: 1 },
        { inReplyTo: `0x${'ee'.repeat(16)}` as never },
      ]
      const digest = new Uint8Array(32)
      const all = [one, ...changes.map((change) => ({ ...one, ...change }))].map((of) =>
        toHex(encodeBinding(digest, of)),
      )
      expect(new Set([...all, toHex(encodeBinding(new Uint8Array(32).fill(1), one))]).size).to.equal(changes.length + 2)
    })

    it('refuses a header digest of another length', () => {
      const [one] = fc.sample(binding, { seed: 1, numRuns: 1 }) as [Binding]
      expect(refusal(() => encodeBinding(new Uint8Array(31), one)).code).to.equal('wire.malformed_field')
    })
  })
})
