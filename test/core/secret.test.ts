import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { toBase64, toHex } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { codeOf } from '../support/refusal.ts'

const bytes = new Uint8Array(32).map((_, i) => 200 + i)

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

    it('shows a fingerprint instead: 8 digits of SHA-256 over a label and the bytes', () => {
      const digest = createHash('sha256').update('herald/v1 secret fingerprint').update(bytes).digest('hex')
      const fingerprint = `Secret(${digest.slice(0, 8)})`
      expect([String(secret), inspect(secret), JSON.parse(JSON.stringify(secret))]).to.deep.equal([
        fingerprint,
        fingerprint,
        fingerprint,
      ])
    })

    it('shows the same for the same bytes, and something else for others', () => {
      const other = Uint8Array.from(bytes)
      other[31]! ^= 1
      expect(String(new Secret(bytes))).to.equal(String(secret))
      expect(String(new Secret(other))).to.not.equal(String(secret))
    })

    it('shows no fingerprint of what could be guessed, nor of what is gone', () => {
      for (const length of [0, 4, 15])
        expect(inspect(new Secret(bytes.subarray(0, length)))).to.equal('Secret(redacted)')
      expect(inspect(new Secret(bytes.subarray(0, 16)))).to.match(/^Secret\([0-9a-f]{8}\)$/)
      const gone = new Secret(bytes)
      gone.destroy()
      expect(inspect(gone)).to.equal('Secret(destroyed)')
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
    it('overwrites the bytes with zeros, also those already revealed, and gives them to nobody afterwards', () => {
      const secret = new Secret(bytes)
      const revealed = secret.reveal()
      secret.destroy()
      expect(revealed).to.deep.equal(new Uint8Array(32))
      expect(codeOf(() => secret.reveal())).to.equal('core.secret_destroyed')
      expect(secret.length).to.equal(32)
    })

    it('tells everybody who uses the secret, once, and nobody who uses another', () => {
      const [secret, other] = [new Secret(bytes), new Secret(bytes)]
      const told: [string, Secret][] = []
      const user = (name: string) => ({ forget: (gone: Secret) => void told.push([name, gone]) })
      const [first, second, third] = [user('first'), user('second'), user('third')]
      for (const asked of [first, second, first]) secret.usedBy(asked)
      other.usedBy(third)
      secret.destroy()
      secret.destroy()
      expect(told).to.deep.equal([
        ['first', secret],
        ['second', secret],
      ])
    })
  })
})
