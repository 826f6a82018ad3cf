import { expect } from 'chai'
import fc from 'fast-check'
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  toBase64,
  toHex,
  utf8,
  writeHex,
} from '../../src/core/bytes.ts'
import { referenceFromHex, referenceToHex } from '../reference/hex.ts'
import { bytesOf } from '../support/arbitraries.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const pinned = { seed: 20261123, numRuns: 300 }
const refused = 'core.malformed_text'

describe('core/bytes', () => {
  describe('concatBytes', () => {
    it('joins as Buffer.concat does, into memory of its own', () => {
      fc.assert(
        fc.property(fc.array(bytesOf(0, 40), { maxLength: 6 }), (parts) => {
          const joined = concatBytes(...parts)
          expect(joined).to.deep.equal(Uint8Array.from(Buffer.concat(parts)))
          expect(parts.every((part) => part.buffer !== joined.buffer)).to.equal(true)
        }),
        pinned,
      )
    })
  })

  describe('equalBytes', () => {
    it('agrees with Buffer.equals', () => {
      fc.assert(
        fc.property(bytesOf(0, 8), bytesOf(0, 8), (a, b) => {
          expect(equalBytes(a, b)).to.equal(Buffer.from(a).equals(b))
          expect(equalBytes(a, Uint8Array.from(a))).to.equal(true)
        }),
        pinned,
      )
    })

    it('sees a difference in any single bit', () => {
      const bytes = new Uint8Array(32)
      for (let bit = 0; bit < 256; bit++) {
        const other = Uint8Array.from(bytes)
        other[bit >> 3]! ^= 1 << (bit & 7)
        expect(equalBytes(bytes, other)).to.equal(false)
      }
    })
  })

  describe('toHex and fromHex', () => {
    it('give back every byte string, from either case', () => {
      fc.assert(
        fc.property(bytesOf(0, 300), (bytes) => {
          expect(toHex(bytes)).to.equal(`0x${Buffer.from(bytes).toString('hex')}`)
          expect(fromHex(toHex(bytes), bytes.length)).to.deep.equal(bytes)
          expect(fromHex(`0x${toHex(bytes).slice(2).toUpperCase()}`)).to.deep.equal(bytes)
        }),
        pinned,
      )
    })

    for (const text of [
      '',
      '0',
      'x',
      'ab',
      '0xa',
      '0xg0',
      '0x0g',
      '0x 0',
      '0X00',
      '0x0x00',
      '0x00\n',
      '0x０0',
      '0x/:',
      '0x@`',
    ])
      it(`refuses ${JSON.stringify(text)}`, () => {
        expect(codeOf(() => fromHex(text))).to.equal(refused)
      })

    it('refuses another length than the one required, and names only lengths', () => {
      const error = refusal(() => fromHex('0xc0ffee', 4))
      expect(error.facts).to.deep.equal({ expected: 'hex', length: 4 })
      expect(`${error.message}${JSON.stringify(error.facts)}`).to.not.contain('c0ffee')
    })
  })

  describe('writeHex', () => {
    const digits = fc.string({
      unit: fc.constantFrom(...'09afAF', 'g', ' ', '/', ':', '@', '`', 'İ', '\u0131', '\u0430'),
    })

    it('takes and gives what the readable twin does, for texts good and bad', () => {
      fc.assert(
        fc.property(
          fc.oneof(
            digits,
            bytesOf(0, 40).map((bytes) => toHex(bytes).slice(2)),
          ),
          (text) => {
            const [candidate, target] = [`0x${text}`, new Uint8Array(48)]
            const expected = referenceFromHex(candidate)
            const length = Math.floor(text.length / 2)
            expect(writeHex(candidate, target, 3, length)).to.equal(expected !== undefined)
            if (expected === undefined) return
            expect(target.subarray(3, 3 + length)).to.deep.equal(expected)
            expect(referenceToHex(expected)).to.equal(candidate.toLowerCase())
            expect(toHex(expected)).to.equal(referenceToHex(expected))
            expect(target[3 + length]).to.equal(0)
          },
        ),
        { ...pinned, numRuns: 3000 },
      )
    })

    it('refuses another length, another prefix and what is no text', () => {
      const target = new Uint8Array(8)
      for (const text of ['0xc0ffee', '0xc0ff', '0Xc0ffeeee', 'c0ffeeee', undefined as never, 7 as never])
        expect(writeHex(text, target, 0, 4)).to.equal(false)
    })
  })

  describe('toHex without an encoder of the platform', () => {
    it('gives the same text', async () => {
      const script = `
        delete globalThis.Buffer; delete Uint8Array.prototype.toHex
        const { toHex } = await import(process.argv[1])
        process.stdout.write(toHex(Uint8Array.from({ length: 256 }, (_, i) => i)))`
      const { promisify } = await import('node:util')
      const run = promisify((await import('node:child_process')).execFile)
      const module = new URL('../../src/core/bytes.ts', import.meta.url).href
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, module])
      expect(stdout).to.equal(referenceToHex(Uint8Array.from({ length: 256 }, (_, i) => i)))
    })
  })

  describe('toBase64 and fromBase64', () => {
    it('give back every byte string, as Buffer writes it', () => {
      fc.assert(
        fc.property(bytesOf(0, 300), (bytes) => {
          expect(toBase64(bytes)).to.equal(Buffer.from(bytes).toString('base64'))
          expect(fromBase64(toBase64(bytes))).to.deep.equal(bytes)
        }),
        pinned,
      )
    })

    it('carries bodies of the largest size', () => {
      const bytes = new Uint8Array(1_048_576).map((_, i) => i * 31)
      expect(equalBytes(fromBase64(toBase64(bytes)), bytes)).to.equal(true)
    })

    it('takes a text only if toBase64 gives that same text', () => {
      const text = fc.string({ unit: fc.constantFrom(...'AQgwZ9+/=-_ '), maxLength: 9 })
      fc.assert(
        fc.property(text, (candidate) => {
          const canonical = Buffer.from(candidate, 'base64').toString('base64') === candidate
          if (canonical) expect(toBase64(fromBase64(candidate))).to.equal(candidate)
          else expect(codeOf(() => fromBase64(candidate))).to.equal(refused)
        }),
        { ...pinned, numRuns: 2000 },
      )
    })

    for (const text of [
      'A',
      'AA',
      'AAA',
      'AA=',
      'A===',
      '====',
      'AA==AA==',
      'AB==',
      'AAB=',
      'AA-_',
      ' AAA',
      'AAA\n',
      'AAAA=',
    ])
      it(`refuses ${JSON.stringify(text)}`, () => {
        expect(codeOf(() => fromBase64(text))).to.equal(refused)
      })
  })

  describe('utf8 and fromUtf8', () => {
    it('give back every well-formed text, a byte order mark included', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(fromUtf8(utf8(text))).to.equal(text)),
        pinned,
      )
      expect(fromUtf8(utf8('\ufeffa'))).to.equal('\ufeffa')
    })

    it('refuses bytes that are not UTF-8: overlong, surrogate, cut, out of range', () => {
      for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80], [0x80]])
        expect(codeOf(() => fromUtf8(Uint8Array.from(bytes)))).to.equal(refused)
    })
  })
})
