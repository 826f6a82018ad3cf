/** RFC 9180 §5.2 and §5.3; the published values are in rfc9180-hpke.test.ts. */
import { inspect } from 'node:util'
import { expect } from 'chai'
import { toHex, utf8 } from '../../src/core/bytes.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import { createRecipient, createSender, nonceAt } from '../../src/crypto/hpke-context.ts'
import { exporterSecret, messageKeys } from '../../src/crypto/hpke-key-schedule.ts'
import {
  aes128Gcm,
  aes256Gcm,
  chaCha20Poly1305,
  exportOnly,
  type HpkeAead,
  hpkeSuite,
} from '../../src/crypto/hpke-suite.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { codeOf } from '../support/refusal.ts'

const aad = utf8('header')
const context = utf8('key schedule context')
const enc = new Uint8Array(32).fill(8)
const secret = () => new Uint8Array(32).fill(7)

function pair(aead: HpkeAead) {
  const suite = hpkeSuite(suiteX25519, aead)
  return {
    sender: createSender(nodeBackend, suite, enc, secret(), context),
    recipient: createRecipient(nodeBackend, suite, secret(), context),
  }
}

describe('crypto/hpke-context', () => {
  describe('nonceAt', () => {
    const base = new Uint8Array(12).fill(0xff)
    for (const [sequence, expected] of [
      [0, 'ffffffffffffffffffffffff'],
      [1, 'fffffffffffffffffffffffe'],
      [256, 'fffffffffffffffffffffeff'],
      [0x0102030405, 'fffffffffffffffefdfcfbfa'],
      [Number.MAX_SAFE_INTEGER, 'ffffffffffe0000000000000'],
    ] as const)
      it(`adds ${sequence} to the base nonce from its end`, () => {
        expect(toHex(nonceAt(base, sequence)).slice(2)).to.equal(expected)
        expect(base).to.deep.equal(new Uint8Array(12).fill(0xff))
      })

    it('gives no nonce for what a number does not count exactly, so that none comes twice', () => {
      expect(codeOf(() => nonceAt(base, Number.MAX_SAFE_INTEGER + 1))).to.equal('core.invalid_argument')
    })
  })

  for (const [name, aead] of Object.entries({ aes128Gcm, aes256Gcm, chaCha20Poly1305 }))
    describe(`createSender and createRecipient with ${name}`, () => {
      it('open messages in the order in which they were sealed', () => {
        const { sender, recipient } = pair(aead)
        const sealed = ['one', 'two', 'two'].map((text) => sender.seal(aad, utf8(text)))
        expect(new Set(sealed.map(toHex)).size).to.equal(3)
        expect(recipient.open(aad, sealed[1]!)).to.equal(undefined)
        expect(recipient.open(aad, sealed[0]!)).to.deep.equal(utf8('one'))
        expect(recipient.open(aad, sealed[0]!)).to.equal(undefined)
        expect(recipient.open(utf8('other'), sealed[1]!)).to.equal(undefined)
        expect(recipient.open(aad, sealed[1]!)).to.deep.equal(utf8('two'))
        expect(recipient.open(aad, sealed[1]!)).to.equal(undefined)
        expect(recipient.open(aad, sealed[2]!)).to.deep.equal(utf8('two'))
      })

      it('export the same secrets, and others for another purpose or length', () => {
        const { sender, recipient } = pair(aead)
        const exported = sender.export(utf8('a'), 32)
        expect(recipient.export(utf8('a'), 32)).to.deep.equal(exported)
        expect(recipient.export(utf8('b'), 32)).to.not.deep.equal(exported)
        expect(recipient.export(utf8('a'), 64).slice(0, 32)).to.not.deep.equal(exported)
        expect(codeOf(() => sender.export(aad, 8161))).to.equal('core.invalid_argument')
      })

      it('do nothing more after they were destroyed', () => {
        const { sender, recipient } = pair(aead)
        const sealed = sender.seal(aad, aad)
        for (const side of [sender, recipient]) side.destroy()
        const uses = [() => sender.seal(aad, aad), () => recipient.open(aad, sealed), () => sender.export(aad, 32)]
        expect(uses.map(codeOf)).to.deep.equal(uses.map(() => 'core.secret_destroyed'))
      })

      it('show nothing of their secrets', () => {
        const { sender, recipient } = pair(aead)
        const suite = hpkeSuite(suiteX25519, aead)
        const { key, baseNonce } = messageKeys(nodeBackend, suite, secret(), context)
        const secrets = [key, baseNonce, secret(), exporterSecret(nodeBackend, suite, secret(), context)]
        const options = { depth: 12, showHidden: true, getters: true, maxArrayLength: null }
        const shown = [sender, recipient]
          .map((side) => `${inspect(side, options)}${JSON.stringify(side)}`)
          .join()
          .replace(/\s+/g, ' ')
        for (const bytes of secrets) {
          expect(shown).to.not.contain(Buffer.from(bytes).toString('hex'))
          expect(shown).to.not.contain([...bytes.subarray(0, 6)].join(', '))
        }
        expect(shown).to.contain([...enc.subarray(0, 6)].join(', '))
      })
    })

  describe('an export-only suite', () => {
    it('exports, and refuses to encrypt anything', () => {
      const { sender, recipient } = pair(exportOnly)
      expect(recipient.export(aad, 40)).to.deep.equal(sender.export(aad, 40))
      expect(codeOf(() => sender.seal(aad, aad))).to.equal('core.invalid_argument')
      expect(codeOf(() => recipient.open(aad, new Uint8Array(40)))).to.equal('core.invalid_argument')
    })
  })

  it('wipes the secret that a context is made of', () => {
    const given = secret()
    createSender(nodeBackend, hpkeSuite(suiteX25519, aes256Gcm), enc, given, context)
    expect(given).to.deep.equal(new Uint8Array(32))
  })
})
