import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import { expect } from 'chai'
import { utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { type Suite, suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { dhKemDecapsulate, dhKemEncapsulate } from '../../src/crypto/dh-kem.ts'
import { openBase, setupBaseSender } from '../../src/crypto/hpke.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { xWingDecapsulate, xWingPublicKey } from '../../src/crypto/x-wing.ts'
import { referenceKeySchedule } from '../reference/hpke.ts'
import { withGivenEphemeral } from '../support/given-ephemeral.ts'
import { hex, publicVectors } from '../support/public-vectors.ts'

interface Rfc9180Vector {
  mode: string
  setup: { pkRm: string; skRm: string; skEm: string; enc: string; shared_secret: string }
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer as ArrayBuffer
const info = utf8('info')
const aad = utf8('header')
const plaintext = utf8('attack at dawn')

describe('crypto/dh-kem', () => {
  const vectors = publicVectors<Rfc9180Vector[]>('hpke/rfc9180-x25519.json')?.filter(({ mode }) => mode === 'Base')

  for (const backend of [nodeBackend, nobleBackend]) {
    it(`gives the shared secrets of RFC 9180 appendix A on ${backend.name}`, function () {
      if (vectors === undefined) return this.skip()
      expect(vectors).to.have.length(3)
      for (const { setup } of vectors) {
        const made = dhKemEncapsulate(withGivenEphemeral(backend), hex(setup.pkRm), () => hex(setup.skEm))
        expect(made?.enc).to.deep.equal(hex(setup.enc))
        expect(made?.sharedSecret).to.deep.equal(hex(setup.shared_secret))
        const opened = dhKemDecapsulate(backend, new Secret(hex(setup.skRm)), hex(setup.enc))
        expect(opened).to.deep.equal(hex(setup.shared_secret))
      }
    })
  }
})

const oracles = {
  [suiteX25519]: new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() }),
  [suiteXWing]: new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() }),
}

describe('crypto/hpke', () => {
  describe('the key schedule', () => {
    const secret = new Secret(new Uint8Array(32).fill(5))
    const publicKeys = {
      [suiteXWing]: xWingPublicKey(nodeBackend, secret),
      [suiteX25519]: nodeBackend.x25519PublicKey(secret),
    }
    const decapsulate = { [suiteXWing]: xWingDecapsulate, [suiteX25519]: dhKemDecapsulate }

    function agreesWithTwin(suite: Suite, bound: Uint8Array): void {
      const made = setupBaseSender(nodeBackend, suite, publicKeys[suite], bound, random)!
      const shared = decapsulate[suite](nodeBackend, secret, made.enc)!
      const { key, nonce } = referenceKeySchedule(suite, shared, bound)
      expect(nobleBackend.aes256GcmOpen(key, nonce, aad, made.seal(aad, plaintext))).to.deep.equal(plaintext)
      const sealed = nobleBackend.aes256GcmSeal(key, nonce, aad, plaintext)
      expect(openBase(nodeBackend, suite, secret, made.enc, bound, aad, sealed)).to.deep.equal(plaintext)
    }

    it('is that of the readable twin for every suite, also when one info array serves several in turn', () => {
      const infos = [utf8('one'), utf8('two'), utf8('one')]
      for (const bound of [...infos, ...infos])
        for (const suite of [suiteX25519, suiteXWing, suiteX25519] satisfies Suite[]) agreesWithTwin(suite, bound)
    })
  })
})

describe('crypto/hpke against @hpke/core', () => {
  for (const backend of [nodeBackend, nobleBackend]) {
    for (const suite of [suiteX25519, suiteXWing] satisfies Suite[]) {
      const name = suite === suiteXWing ? 'X-Wing' : 'X25519'

      it(`opens what it seals, and is opened by it, with ${name} on ${backend.name}`, async () => {
        const secret = new Secret(random(32))
        const publicKey = suite === suiteXWing ? xWingPublicKey(backend, secret) : backend.x25519PublicKey(secret)
        const oracle = oracles[suite]
        const theirPublicKey = await oracle.kem.deserializePublicKey(buffer(publicKey))
        const theirSecretKey = await oracle.kem.deserializePrivateKey(buffer(secret.reveal()))

        const ours = setupBaseSender(backend, suite, publicKey, info, random)!
        const sealed = ours.seal(aad, plaintext)
        const recipient = await oracle.createRecipientContext({
          recipientKey: theirSecretKey,
          enc: buffer(ours.enc),
          info: buffer(info),
        })
        expect(new Uint8Array(await recipient.open(buffer(sealed), buffer(aad)))).to.deep.equal(plaintext)

        const theirs = await oracle.createSenderContext({ recipientPublicKey: theirPublicKey, info: buffer(info) })
        const ciphertext = new Uint8Array(await theirs.seal(buffer(plaintext), buffer(aad)))
        const enc = new Uint8Array(theirs.enc)
        expect(openBase(backend, suite, secret, enc, info, aad, ciphertext)).to.deep.equal(plaintext)
        expect(openBase(backend, suite, secret, enc, utf8('other'), aad, ciphertext)).to.equal(undefined)
        expect(openBase(backend, suite, secret, enc, info, utf8('other'), ciphertext)).to.equal(undefined)
      })
    }
  }
})
