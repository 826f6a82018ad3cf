import { expect } from 'chai'
import fc from 'fast-check'
import { encodeContentOf, jsonOf, textOf } from '../../src/client/content.ts'
import { utf8 } from '../../src/core/bytes.ts'
import { maxBodyBytes } from '../../src/core/limits.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const pinned = { seed: 20261123, numRuns: 200 }

describe('client/content', () => {
  describe('encodeContentOf', () => {
    it('carries text, which textOf gives back', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const { contentType, body } = encodeContentOf({ text })
          expect(contentType).to.equal('text/plain;charset=utf-8')
          expect(textOf(body)).to.equal(text)
        }),
        pinned,
      )
    })

    it('carries whatever JSON can say, which jsonOf gives back', () => {
      fc.assert(
        fc.property(fc.json(), (text) => {
          const json: unknown = JSON.parse(text)
          const { contentType, body } = encodeContentOf({ json })
          expect(contentType).to.equal('application/json')
          expect(jsonOf(body)).to.deep.equal(JSON.parse(JSON.stringify(json)))
        }),
        pinned,
      )
    })

    it('leaves bytes and their media type as they are', () => {
      const content = { body: Uint8Array.of(0, 255), contentType: 'image/png' }
      expect(encodeContentOf(content)).to.deep.equal(content)
    })

    it('refuses what is none of the three forms', () => {
      for (const content of [
        undefined,
        null,
        'text',
        {},
        { body: 'x', contentType: 'text/plain' },
        { body: utf8('x') },
      ])
        expect(codeOf(() => encodeContentOf(content as never))).to.equal('core.invalid_argument')
    })

    it('takes a body of 1 MiB and refuses one byte more', () => {
      const contentType = 'application/octet-stream'
      const largest = { body: new Uint8Array(maxBodyBytes), contentType }
      expect(encodeContentOf(largest).body.length).to.equal(maxBodyBytes)
      for (const content of [{ body: new Uint8Array(maxBodyBytes + 1), contentType }, { text: 'é'.repeat(524_289) }]) {
        const error = refusal(() => encodeContentOf(content))
        expect(error.code).to.equal('wire.too_large')
        expect(error.facts).to.include({ structure: 'body', limit: maxBodyBytes })
      }
    })

    it('refuses what JSON cannot say', () => {
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      for (const json of [undefined, () => 1, Symbol('x'), 1n, cycle])
        expect(codeOf(() => encodeContentOf({ json }))).to.equal('core.invalid_argument')
    })
  })

  describe('textOf and jsonOf', () => {
    it('refuse JSON in which a field stands twice, since readers differ in which of the two they take', () => {
      expect(codeOf(() => jsonOf(utf8('{"pay":1,"pay":1000}')))).to.equal('core.invalid_argument')
    })

    it('refuse bytes that are not UTF-8, and text that is not JSON, without showing them', () => {
      expect(codeOf(() => textOf(Uint8Array.of(0xff)))).to.equal('core.malformed_text')
      for (const body of [Uint8Array.of(0xff), utf8(''), utf8('{secret')]) {
        const error = refusal(() => jsonOf(body))
        expect(error.code).to.equal('core.invalid_argument')
        expect(`${error.message}${JSON.stringify(error)}${error.cause}`).to.not.contain('secret')
      }
    })
  })
})
