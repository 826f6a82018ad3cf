import { expect } from 'chai'
import fc from 'fast-check'
import { Secret } from '../../src/core/secret.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { referenceHmac } from '../reference/sealed.ts'
import { hex, publicVectors } from '../support/public-vectors.ts'

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength })
const pinned = { seed: 20261123, numRuns: 40 }

interface WycheproofEd25519 {
  numberOfTests: number
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[]
}

describe('crypto/backend: node:crypto and noble give the same bytes', () => {
  it('for every hash', () => {
    fc.assert(
      fc.property(bytes(0, 300), bytes(0, 100), (data, key) => {
        for (const name of ['sha256', 'sha512', 'sha3256', 'keccak256'] as const)
          expect(nodeBackend[name](data)).to.deep.equal(nobleBackend[name](data))
        expect(nodeBackend.shake256(data, 96)).to.deep.equal(nobleBackend.shake256(data, 96))
        expect(nodeBackend.hmacSha256(key, data)).to.deep.equal(nobleBackend.hmacSha256(key, data))
      }),
      pinned,
    )
  })

  it('for HMAC of any length of key and data, one after the other', () => {
    const lengths = [0, 1, 31, 63, 64, 65, 200, 511, 512, 513, 1000, 0]
    for (const keyLength of lengths)
      for (const dataLength of lengths) {
        const [key, data] = [new Uint8Array(keyLength).fill(keyLength), new Uint8Array(dataLength).fill(dataLength)]
        expect(nodeBackend.hmacSha256(key, data)).to.deep.equal(referenceHmac(key, data))
      }
  })

  it('for an ephemeral X25519 agreement, which the peer’s secret repeats', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (peer, drawn) => {
        const secret = new Secret(peer)
        const publicKey = nodeBackend.x25519PublicKey(secret)
        for (const backend of [nodeBackend, nobleBackend]) {
          const made = backend.x25519Ephemeral(publicKey, () => Uint8Array.from(drawn))!
          expect(made.sharedSecret).to.deep.equal(nobleBackend.x25519(secret, made.publicKey))
          expect(backend.x25519Ephemeral(new Uint8Array(32), () => Uint8Array.from(drawn))).to.equal(undefined)
        }
        const byNoble = nobleBackend.x25519Ephemeral(publicKey, () => Uint8Array.from(drawn))!
        expect(byNoble.publicKey).to.deep.equal(nobleBackend.x25519PublicKey(new Secret(drawn)))
      }),
      { ...pinned, numRuns: 15 },
    )
  })

  it('for Ed25519 keys that come again, and for one that is not a key', () => {
    const message = Uint8Array.of(7)
    const secrets = Array.from({ length: 4 }, (_, i) => new Secret(new Uint8Array(32).fill(i + 1)))
    for (const secret of [...secrets, ...secrets]) {
      const signature = nodeBackend.ed25519Sign(secret, message)
      expect(nodeBackend.ed25519Verify(nodeBackend.ed25519PublicKey(secret), message, signature)).to.equal(true)
      expect(nodeBackend.ed25519Verify(new Uint8Array(32).fill(0xfe), message, signature)).to.equal(false)
    }
  })

  it('for Ed25519, X25519, ML-KEM-768 and AES-256-GCM', () => {
    fc.assert(
      fc.property(bytes(32), bytes(64), bytes(12), bytes(0, 200), (key, kemSeed, nonce, data) => {
        const secret = new Secret(key)
        const signature = nodeBackend.ed25519Sign(secret, data)
        expect(signature).to.deep.equal(nobleBackend.ed25519Sign(secret, data))
        const publicKey = nodeBackend.ed25519PublicKey(secret)
        expect(publicKey).to.deep.equal(nobleBackend.ed25519PublicKey(secret))
        expect(nodeBackend.ed25519Verify(publicKey, data, signature)).to.equal(true)
        expect(nobleBackend.ed25519Verify(publicKey, data, signature)).to.equal(true)

        const peer = nodeBackend.x25519PublicKey(secret)
        expect(peer).to.deep.equal(nobleBackend.x25519PublicKey(secret))
        expect(nodeBackend.x25519(secret, peer)).to.deep.equal(nobleBackend.x25519(secret, peer))

        const seed = new Secret(kemSeed)
        const kemKey = nodeBackend.mlKem768PublicKey(seed)
        expect(kemKey).to.deep.equal(nobleBackend.mlKem768PublicKey(seed))
        const made = nodeBackend.mlKem768Encapsulate(kemKey, () => key)!
        expect(nobleBackend.mlKem768Decapsulate(seed, made.enc)).to.deep.equal(made.sharedSecret)
        expect(nodeBackend.mlKem768Decapsulate(seed, made.enc)).to.deep.equal(made.sharedSecret)

        const sealed = nodeBackend.aes256GcmSeal(key, nonce, kemSeed, data)
        expect(sealed).to.deep.equal(nobleBackend.aes256GcmSeal(key, nonce, kemSeed, data))
        expect(nobleBackend.aes256GcmOpen(key, nonce, kemSeed, sealed)).to.deep.equal(data)
        expect(nodeBackend.aes256GcmOpen(key, nonce, data, sealed)).to.equal(undefined)
      }),
      { ...pinned, numRuns: 15 },
    )
  })

  for (const backend of [nodeBackend, nobleBackend]) {
    it(`verifies Ed25519 strictly by RFC 8032 on ${backend.name} (Wycheproof)`, function () {
      const vectors = publicVectors<WycheproofEd25519>('wycheproof/ed25519_test.json')
      if (vectors === undefined) return this.skip()
      let count = 0
      for (const group of vectors.testGroups)
        for (const test of group.tests) {
          const verdict = backend.ed25519Verify(hex(group.publicKey.pk), hex(test.msg), hex(test.sig))
          expect(verdict, `tcId ${test.tcId}`).to.equal(test.result === 'valid')
          count += 1
        }
      expect(count).to.equal(vectors.numberOfTests)
    })

    it(`refuses a small-order public key, a 65-byte signature and S + L on ${backend.name}`, () => {
      const secret = new Secret(new Uint8Array(32).fill(3))
      const message = Uint8Array.of(1)
      const signature = backend.ed25519Sign(secret, message)
      const publicKey = backend.ed25519PublicKey(secret)
      expect(backend.ed25519Verify(publicKey, message, Uint8Array.of(...signature, 0))).to.equal(false)
      const identityPoint = Uint8Array.of(1, ...new Uint8Array(31))
      const trivial = Uint8Array.of(...identityPoint, ...new Uint8Array(32))
      expect(backend.ed25519Verify(identityPoint, message, trivial)).to.equal(false)
      const order = 2n ** 252n + 27742317777372353535851937790883648493n
      const s = signature.slice(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + order
      const malleable = Uint8Array.from(signature)
      for (let i = 0; i < 32; i++) malleable[32 + i] = Number((s >> BigInt(8 * i)) & 255n)
      expect(backend.ed25519Verify(publicKey, message, malleable)).to.equal(false)
    })
  }
})
