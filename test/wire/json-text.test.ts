import { expect } from 'chai'
import fc from 'fast-check'
import { parseJson } from '../../src/wire/json-text.ts'
import { refusal } from '../support/refusal.ts'

const whyNot = (text: string) => refusal(() => parseJson(text, 'note')).facts

describe('wire/json-text', () => {
  describe('parseJson', () => {
    it('gives what JSON.parse gives', () => {
      fc.assert(
        fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(0, 2), (text, indent) => {
          const value: unknown = JSON.parse(text)
          expect(parseJson(JSON.stringify(value, undefined, indent), 'note')).to.deep.equal(value)
        }),
        { numRuns: 500 },
      )
    })

    it('refuses what JSON.parse refuses, and shows none of it', () => {
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ua0 \n1e-tn') }), (text) => {
          let expected: unknown
          try {
            expected = JSON.parse(text)
          } catch {
            expect(whyNot(text)).to.deep.equal({ structure: 'note', field: 'encoding', expected: 'JSON' })
            return
          }
          expect(parseJson(text, 'note')).to.deep.equal(expected)
        }),
        { numRuns: 5000 },
      )
    })

    it('refuses a name that stands twice in one object, at any depth and in any spelling', () => {
      const once = { structure: 'note', field: 'encoding', expected: 'JSON with every field once' }
      for (const text of [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a" \t\r\n : 3}',
        '{"a":{"b":1,"b":2}}',
        '[{},{"a":{},"a":[]}]',
        '{"a":[{"x":1}],"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"\\u00e9":1,"é":2}',
        '{"\\"":1,"\\u0022":2}',
        '{"":1,"":2}',
        '{"__proto__":1,"__proto__":2}',
      ])
        expect(whyNot(text), text).to.deep.equal(once)
    })

    it('takes a name again in another object, and as a value', () => {
      for (const text of [
        '{"a":{"a":{"a":"a"}}}',
        '[{"a":1},{"a":2}]',
        '{"a":"a","b":"a","c":["a","a"]}',
        '{"a":"\\"b\\":","b":"{\\"b\\":1,\\"b\\":2}"}',
        '{"a\\\\":1,"a":2}',
      ])
        expect(parseJson(text, 'note'), text).to.deep.equal(JSON.parse(text))
    })

    it('takes 128 levels and refuses more before it builds any', () => {
      const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
      expect(parseJson(nested(128), 'note')).to.be.an('array')
      expect(whyNot(nested(129))).to.include({ expected: 'JSON of at most 128 levels' })
      expect(whyNot('{"a":'.repeat(129))).to.include({ expected: 'JSON of at most 128 levels' })
      expect(whyNot('['.repeat(4_000_000))).to.include({ expected: 'JSON of at most 128 levels' })
    })
  })
})
