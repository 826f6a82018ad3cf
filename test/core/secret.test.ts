import { inspect } from 'node:util'
import { expect } from 'chai'
import { toBase64, toHex } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'

const bytes = new Uint8Array(32).map((_, i) => 200 + i)
const placeholder = 'Secret(redacted)'

describe('core/secret', () => {
  describe('promise: keys never leak', () => {
    const secret = new Secret(bytes)
    const nested = { keys: [{ secret }], map: new Map([['key', secret]]) }
    const thrown = new Error('cannot sign', { cause: secret })
    const shown: Record<string, string> = {
      'String()': String(secret),
      'a template': `${secret}`,
      'JSON.stringify': JSON.stringify(nested),
      'util.inspect': inspect(secret),
      'util.inspect of what holds it': inspect(nested, { depth: 10 }),
      'util.inspect of hidden fields': inspect(nested, { depth: 10, showHidden: true, getters: true }),
      'util.inspect without custom inspection': inspect(nested, { depth: 10, showHidden: true, customInspect: false }),
      'util.inspect of an error': inspect(thrown, { depth: 10 }),
      'Object.entries': JSON.stringify(Object.entries(secret)),
      structuredClone: inspect(structuredClone({ ...secret }), { depth: 10 }),
    }
    const leaks = [toHex(bytes).slice(2), toBase64(bytes), bytes.slice(0, 3).join(','), bytes.slice(0, 3).join(', ')]

    for (const [way, text] of Object.entries(shown))
      it(`shows no byte by ${way}`, () => {
        for (const leak of leaks) expect(text).to.not.contain(leak)
      })

    it('shows a placeholder instead', () => {
      expect([String(secret), inspect(secret), JSON.parse(JSON.stringify(secret))]).to.deep.equal([
        placeholder,
        placeholder,
        placeholder,
      ])
    })
  })

  describe('reveal', () => {
    it('gives the bytes, in memory of their own', () => {
      const source = Uint8Array.from(bytes)
      const secret = new Secret(source)
      source.fill(0)
      expect(secret.reveal()).to.deep.equal(bytes)
      expect(secret.length).to.equal(32)
    })
  })

  describe('destroy', () => {
    it('overwrites the bytes with zeros, also those already revealed', () => {
      const secret = new Secret(bytes)
      const revealed = secret.reveal()
      secret.destroy()
      expect(revealed).to.deep.equal(new Uint8Array(32))
      expect(secret.reveal()).to.deep.equal(new Uint8Array(32))
    })
  })
})
