/** RFC 9180 §5.1.3 and §5.1.4, and what they do not promise; the published values are in rfc9180-hpke.test.ts. */
import { expect } from 'chai'
import { concatBytes, toHex, utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { createSender } from '../../src/crypto/hpke-context.ts'
import { type DeniableParameters, setupDeniableRecipient, setupDeniableSender } from '../../src/crypto/hpke-deniable.ts'
import { hpkeModes } from '../../src/crypto/hpke-key-schedule.ts'
import { schedule, setupSender } from '../../src/crypto/hpke-setup.ts'
import { aes256Gcm, hpkeSuite } from '../../src/crypto/hpke-suite.ts'
import { labeledExpand, labeledExtract } from '../../src/crypto/labeled-hkdf.ts'
import { nodeBackend as backend } from '../../src/crypto/node-backend.ts'
import { seededRandom } from '../support/seeded-random.ts'

const { bytes: random } = seededRandom(20261123)
const aad = utf8('header')
const said = utf8('attack at dawn')
const suite = hpkeSuite(suiteX25519, aes256Gcm)
const bound: DeniableParameters = { suite, info: utf8('info') }
const psk = { psk: new Secret(random(32)), pskId: utf8('which') }

const [alice, bob, mallory] = [new Secret(random(32)), new Secret(random(32)), new Secret(random(32))]
const publicKeyOf = (secret: Secret) => backend.x25519PublicKey(secret)

/**
 * Makes what looks like Alice's message to Bob without Alice's secret: the agreement of their two keys needs one of the
 * two secrets, and this has Bob's (RFC 9180 §4.1, by hand).
 */
function forgeWithRecipientKey(with_: CryptoBackend) {
  const [a, b] = [publicKeyOf(alice), publicKeyOf(bob)]
  const ephemeral = with_.x25519Ephemeral(b, random)!
  const agreed = concatBytes(ephemeral.sharedSecret, with_.x25519(bob, a)!)
  const kemId = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20))
  const prk = labeledExtract(with_, kemId, new Uint8Array(0), 'eae_prk', agreed)
  const shared = labeledExpand(with_, kemId, prk, 'shared_secret', concatBytes(ephemeral.publicKey, b, a), 32)
  const { secret, context } = schedule(with_, bound, hpkeModes.auth, shared)
  return createSender(with_, suite, ephemeral.publicKey, secret, context)
}

describe('crypto/hpke-deniable', () => {
  for (const [name, parameters] of [
    ['without a psk', bound],
    ['with a psk', { ...bound, psk }],
  ] as const)
    describe(`setupDeniableSender and setupDeniableRecipient ${name}`, () => {
      it('tell the recipient that the holder of the sender’s key sent', () => {
        const sender = setupDeniableSender(backend, parameters, publicKeyOf(bob), alice, random)!
        const recipient = setupDeniableRecipient(backend, parameters, bob, publicKeyOf(alice), sender.enc)!
        expect(recipient.open(aad, sender.seal(aad, said))).to.deep.equal(said)
        expect(toHex(recipient.export(aad, 32))).to.equal(toHex(sender.export(aad, 32)))
      })

      it('open nothing of another sender, of an anonymous one, or with another psk', () => {
        const byMallory = setupDeniableSender(backend, parameters, publicKeyOf(bob), mallory, random)!
        const byNobody = setupSender(backend, parameters, publicKeyOf(bob), random)!
        const otherPsk = { ...bound, psk: { ...psk, psk: new Secret(random(32)) } }
        const byOtherPsk = setupDeniableSender(backend, otherPsk, publicKeyOf(bob), alice, random)!
        for (const sender of [byMallory, byNobody, byOtherPsk]) {
          const recipient = setupDeniableRecipient(backend, parameters, bob, publicKeyOf(alice), sender.enc)!
          expect(recipient.open(aad, sender.seal(aad, said))).to.equal(undefined)
        }
      })

      it('set nothing up for keys of small order', () => {
        const zero = new Uint8Array(32)
        expect(setupDeniableSender(backend, parameters, zero, alice, random)).to.equal(undefined)
        expect(setupDeniableRecipient(backend, parameters, bob, zero, publicKeyOf(alice))).to.equal(undefined)
        expect(setupDeniableRecipient(backend, parameters, bob, publicKeyOf(alice), zero)).to.equal(undefined)
      })
    })

  it('proves nothing to a third party: the recipient makes the same message alone', () => {
    const forged = forgeWithRecipientKey(backend)
    const recipient = setupDeniableRecipient(backend, bound, bob, publicKeyOf(alice), forged.enc)!
    expect(recipient.open(aad, forged.seal(aad, said))).to.deep.equal(said)
  })
})
