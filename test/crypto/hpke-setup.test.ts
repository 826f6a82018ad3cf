/** RFC 9180 §5.1; the published values are in rfc9180-hpke.test.ts and hpke-pq.test.ts. */
import { expect } from 'chai'
import { utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { type HpkeParameters, type PreSharedKey, setupRecipient, setupSender } from '../../src/crypto/hpke-setup.ts'
import { aes128Gcm, aes256Gcm, chaCha20Poly1305, hpkeSuite } from '../../src/crypto/hpke-suite.ts'
import { kemOf } from '../../src/crypto/kem.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { codeOf } from '../support/refusal.ts'
import { seededRandom } from '../support/seeded-random.ts'

const { bytes: random } = seededRandom(20261123)
const aad = utf8('header')
const said = utf8('attack at dawn')
const psk: PreSharedKey = { psk: new Secret(random(32)), pskId: utf8('which') }

for (const kemId of [suiteXWing, suiteX25519] satisfies Suite[])
  describe(`crypto/hpke-setup with ${kemId === suiteXWing ? 'X-Wing' : 'X25519'}`, () => {
    const secret = new Secret(random(32))
    const kem = kemOf(kemId)
    const publicKey = kem.publicKey(nodeBackend, secret)
    const suite = hpkeSuite(kemId, aes256Gcm)
    const bound: HpkeParameters = { suite, info: utf8('info'), psk }

    function opens(parameters: HpkeParameters, key: Secret = secret): boolean {
      const sender = setupSender(nodeBackend, bound, publicKey, random)!
      const recipient = setupRecipient(nodeBackend, parameters, key, sender.enc)
      return recipient?.open(aad, sender.seal(aad, said)) !== undefined
    }

    it('opens in a context of the same info, psk, psk id, AEAD and key, and in no other', () => {
      expect(opens(bound)).to.equal(true)
      const others: HpkeParameters[] = [
        { ...bound, info: utf8('other') },
        { ...bound, psk: { ...psk, psk: new Secret(random(32)) } },
        { ...bound, psk: { ...psk, pskId: utf8('other') } },
        { suite, info: bound.info },
        { ...bound, suite: hpkeSuite(kemId, chaCha20Poly1305) },
        { ...bound, suite: hpkeSuite(kemId, aes128Gcm) },
      ]
      expect(others.map((parameters) => opens(parameters))).to.deep.equal(others.map(() => false))
      expect(opens(bound, new Secret(random(32)))).to.equal(false)
    })

    it('refuses a psk of less than 32 bytes and one without a name (RFC 9180 §5.1, §9.5)', () => {
      const { enc } = setupSender(nodeBackend, bound, publicKey, random)!
      for (const wrong of [
        { ...psk, psk: new Secret(random(31)) },
        { ...psk, psk: new Secret(random(0)) },
        { ...psk, pskId: random(0) },
      ]) {
        const parameters = { ...bound, psk: wrong }
        expect(codeOf(() => setupSender(nodeBackend, parameters, publicKey, random))).to.equal('core.invalid_argument')
        expect(codeOf(() => setupRecipient(nodeBackend, parameters, secret, enc))).to.equal('core.invalid_argument')
      }
    })

    it('sets nothing up for what is no public key, and no encapsulation', () => {
      expect(setupSender(nodeBackend, bound, publicKey.slice(1), random)).to.equal(undefined)
      expect(setupRecipient(nodeBackend, bound, secret, publicKey.slice(0, 31))).to.equal(undefined)
    })

    it('leaves info, psk and keys as they are', () => {
      const [info, pskBytes] = [Uint8Array.from(bound.info), Uint8Array.from(psk.psk.reveal())]
      opens(bound)
      expect([bound.info, psk.psk.reveal()]).to.deep.equal([info, pskBytes])
      expect(kem.publicKey(nodeBackend, secret)).to.deep.equal(publicKey)
    })
  })
