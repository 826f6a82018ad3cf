import { expect } from 'chai'
import { concatBytes } from '../../src/core/bytes.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { webCipher } from '../../src/crypto/web-cipher.ts'
import { type AeadVector, hex, needed, publicVectors } from '../support/public-vectors.ts'
import { rejection } from '../support/refusal.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { printCount } from '../support/vector-count.ts'

interface Vector extends AeadVector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid'
}

const { bytes: random } = seededRandom(20261128)
const cipher = webCipher!

describe('crypto/web-cipher', () => {
  const [key, nonce, aad] = [random(32), random(12), random(93)]

  it('is what noble is given for large bodies, and node:crypto needs none', () => {
    expect(nobleBackend.largeBodies).to.equal(cipher)
    expect(nodeBackend.largeBodies).to.equal(undefined)
  })

  it('holds for the Wycheproof vectors of AES-256-GCM with a nonce of 96 bits', async function () {
    const found = publicVectors<{ testGroups: { keySize: number; ivSize: number; tests: Vector[] }[] }>(
      'wycheproof/aes_gcm_test.json',
    )
    const file = needed(this, found)
    const groups = file.testGroups.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96)
    const tests = groups.flatMap((group) => group.tests)
    for (const test of tests) {
      const [k, iv, data, plaintext] = [hex(test.key), hex(test.iv), hex(test.aad), hex(test.msg)]
      const sealed = concatBytes(hex(test.ct), hex(test.tag))
      const isValid = test.result === 'valid'
      expect(await cipher.open(k, iv, data, sealed), `tcId ${test.tcId}`).to.deep.equal(isValid ? plaintext : undefined)
      if (isValid) expect(await cipher.seal(k, iv, data, plaintext), `tcId ${test.tcId}`).to.deep.equal(sealed)
    }
    expect(tests).to.have.length(66)
    printCount('Wycheproof AES-256-GCM, 96-bit nonces, on WebCrypto', tests.length, 66)
  })

  for (const length of [0, 1, 16_384, 1_048_576])
    it(`gives the bytes that noble gives for ${length} bytes, and opens them`, async () => {
      const plaintext = random(length)
      const sealed = await cipher.seal(key, nonce, aad, plaintext)
      expect(sealed).to.deep.equal(nodeBackend.aes256GcmSeal(key, nonce, aad, plaintext))
      if (length <= 16_384) expect(sealed).to.deep.equal(nobleBackend.aes256GcmSeal(key, nonce, aad, plaintext))
      expect(await cipher.open(key, nonce, aad, sealed)).to.deep.equal(plaintext)
    })

  it('opens nothing in which a bit of ciphertext, tag, header, nonce or key is flipped', async () => {
    const sealed = await cipher.seal(key, nonce, aad, random(40))
    const parts = [key, nonce, aad, sealed]
    for (const [place, part] of parts.entries())
      for (let bit = 0; bit < 8 * part.length; bit += 5) {
        const flipped = Uint8Array.from(part)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        const [k, n, a, s] = parts.with(place, flipped) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
        expect(await cipher.open(k, n, a, s)).to.equal(undefined)
      }
  })

  it('opens nothing that is shorter than a tag', async () => {
    for (let length = 0; length < 16; length++)
      expect(await cipher.open(key, nonce, aad, random(length))).to.equal(undefined)
  })

  it('refuses keys and nonces of another length, as the synchronous ciphers do', async () => {
    for (const [k, n] of [
      [random(16), nonce],
      [random(31), nonce],
      [key, random(11)],
      [key, random(16)],
    ] as const) {
      expect((await rejection(cipher.seal(k, n, aad, aad))).code).to.equal('core.invalid_argument')
      expect((await rejection(cipher.open(k, n, aad, aad))).code).to.equal('core.invalid_argument')
    }
  })

  it('has taken what it needs of the key when a call returns, so that the key can be wiped', async () => {
    const plaintext = random(20_000)
    const own = Uint8Array.from(key)
    const sealing = cipher.seal(own, nonce, aad, plaintext)
    own.fill(0)
    const sealed = await sealing
    expect(sealed).to.deep.equal(nodeBackend.aes256GcmSeal(key, nonce, aad, plaintext))
    own.set(key)
    const opening = cipher.open(own, nonce, aad, sealed)
    own.fill(0)
    expect(await opening).to.deep.equal(plaintext)
  })
})
