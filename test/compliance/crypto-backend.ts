/** What every crypto backend does, whatever it is made of: `behavesLikeCryptoBackend(name, backend)`. */
import { expect } from 'chai'
import { concatBytes, toHex, utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { hex } from '../support/public-vectors.ts'
import { codeOf } from '../support/refusal.ts'

const bare = (bytes: Uint8Array) => toHex(bytes).slice(2)
const filled = (length: number, value: number) => new Uint8Array(length).fill(value)
const secretOf = (length: number, value: number) => new Secret(filled(length, value))

/** A hash of FIPS 180-4 or FIPS 202, or of the EVM, over the text it is published for. */
const digests: readonly ['sha256' | 'sha512' | 'sha3256' | 'keccak256', string, string][] = [
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['sha3256', 'abc', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
  ['keccak256', '', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
]

/** RFC 4231 §4.2, §4.3 and §4.7: a short key, one shorter than the digest, one longer than a block. */
const macs: readonly [Uint8Array, string, string][] = [
  [filled(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [utf8('Jefe'), 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    filled(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
]

interface Aead {
  readonly name: string
  readonly keyBytes: number
  readonly seal: CryptoBackend['aes256GcmSeal']
  readonly open: CryptoBackend['aes256GcmOpen']
}

function aeadsOf(backend: CryptoBackend): Aead[] {
  const { aes128GcmSeal, aes128GcmOpen, aes256GcmSeal, aes256GcmOpen } = backend
  const { chaCha20Poly1305Seal, chaCha20Poly1305Open } = backend
  return [
    { name: 'AES-128-GCM', keyBytes: 16, seal: aes128GcmSeal, open: aes128GcmOpen },
    { name: 'AES-256-GCM', keyBytes: 32, seal: aes256GcmSeal, open: aes256GcmOpen },
    { name: 'ChaCha20-Poly1305', keyBytes: 32, seal: chaCha20Poly1305Seal, open: chaCha20Poly1305Open },
  ]
}

function describeHashes(backend: CryptoBackend): void {
  describe('hashes', () => {
    for (const [name, text, expected] of digests)
      it(`gives the published digest of ${JSON.stringify(text)} by ${name}`, () => {
        expect(bare(backend[name](utf8(text)))).to.equal(expected)
      })

    it('gives as much of SHAKE256 as it is asked for', () => {
      const published = '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f'
      expect(bare(backend.shake256(new Uint8Array(0), 32))).to.equal(published)
      expect(bare(backend.shake256(new Uint8Array(0), 200)).startsWith(published)).to.equal(true)
      expect(backend.shake256(utf8('abc'), 200)).to.have.length(200)
    })

    it('gives the HMAC-SHA256 of RFC 4231', () => {
      for (const [key, text, expected] of macs) expect(bare(backend.hmacSha256(key, utf8(text)))).to.equal(expected)
    })
  })
}

function describeEd25519(backend: CryptoBackend): void {
  describe('Ed25519', () => {
    const seed = new Secret(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
    const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    const message = Uint8Array.of(0x72)

    it('signs and verifies as RFC 8032 §7.1 test 2 does', () => {
      expect(backend.ed25519PublicKey(seed)).to.deep.equal(publicKey)
      expect(backend.ed25519Sign(seed, message)).to.deep.equal(signature)
      expect(backend.ed25519Verify(publicKey, message, signature)).to.equal(true)
    })

    it('refuses a signature with any bit flipped, for another message and by another key', () => {
      for (let bit = 0; bit < 512; bit += 7) {
        const damaged = Uint8Array.from(signature)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        expect(backend.ed25519Verify(publicKey, message, damaged), `bit ${bit}`).to.equal(false)
      }
      expect(backend.ed25519Verify(publicKey, Uint8Array.of(0x73), signature)).to.equal(false)
      expect(backend.ed25519Verify(backend.ed25519PublicKey(secretOf(32, 1)), message, signature)).to.equal(false)
    })

    it('refuses signatures and keys of another length', () => {
      for (const length of [0, 63, 65, 128])
        expect(backend.ed25519Verify(publicKey, message, concatBytes(signature, signature).slice(0, length))).to.equal(
          false,
        )
      for (const length of [0, 31, 33])
        expect(backend.ed25519Verify(concatBytes(publicKey, publicKey).slice(0, length), message, signature)).to.equal(
          false,
        )
    })

    it('refuses S + L, which ZIP-215 and lax libraries take for the same signature', () => {
      const order = 2n ** 252n + 27742317777372353535851937790883648493n
      const s = signature.slice(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + order
      const malleable = Uint8Array.from(signature)
      for (let i = 0; i < 32; i++) malleable[32 + i] = Number((s >> BigInt(8 * i)) & 255n)
      expect(backend.ed25519Verify(publicKey, message, malleable)).to.equal(false)
    })

    it('refuses a key of small order, for which anybody makes signatures, and one that is no point', () => {
      const identityPoint = Uint8Array.of(1, ...filled(31, 0))
      const trivial = concatBytes(identityPoint, filled(32, 0))
      expect(backend.ed25519Verify(identityPoint, message, trivial)).to.equal(false)
      expect(backend.ed25519Verify(Uint8Array.of(2, ...filled(31, 0)), message, signature)).to.equal(false)
    })
  })
}

function describeX25519(backend: CryptoBackend): void {
  describe('X25519', () => {
    const alice = new Secret(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
    const bob = new Secret(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'))
    const alicePublicKey = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    const bobPublicKey = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')

    it('derives the public keys and the shared secret of RFC 7748 §6.1', () => {
      expect(backend.x25519PublicKey(alice)).to.deep.equal(alicePublicKey)
      expect(backend.x25519PublicKey(bob)).to.deep.equal(bobPublicKey)
      const shared = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
      expect(backend.x25519(alice, bobPublicKey)).to.deep.equal(shared)
      expect(backend.x25519(bob, alicePublicKey)).to.deep.equal(shared)
    })

    it('gives nothing for a peer of small order, and for one that is no key', () => {
      const draw = (length: number) => filled(length, 5)
      for (const peer of [filled(32, 0), Uint8Array.of(1, ...filled(31, 0)), filled(31, 9), filled(33, 9)]) {
        expect(backend.x25519(alice, peer)).to.equal(undefined)
        expect(backend.x25519Ephemeral(peer, draw)).to.equal(undefined)
      }
    })

    it('makes an ephemeral key whose agreement the peer repeats, another one each time', () => {
      const draws = [filled(32, 5), filled(32, 6)]
      const made = draws.map((drawn) => backend.x25519Ephemeral(bobPublicKey, () => Uint8Array.from(drawn))!)
      for (const { publicKey, sharedSecret } of made) expect(backend.x25519(bob, publicKey)).to.deep.equal(sharedSecret)
      expect(made[0]!.publicKey).to.not.deep.equal(made[1]!.publicKey)
    })
  })
}

function describeMlKem768(backend: CryptoBackend): void {
  describe('ML-KEM-768', () => {
    const seed = secretOf(64, 3)
    const draw = (length: number) => filled(length, 5)

    it('gives both sides one secret', () => {
      const publicKey = backend.mlKem768PublicKey(seed)
      expect(publicKey).to.have.length(1184)
      const { enc, sharedSecret } = backend.mlKem768Encapsulate(publicKey, draw)!
      expect([enc.length, sharedSecret.length]).to.deep.equal([1088, 32])
      expect(backend.mlKem768Decapsulate(seed, enc)).to.deep.equal(sharedSecret)
    })

    it('answers a damaged ciphertext with another secret, always the same (FIPS 203 §6.3)', () => {
      const { enc, sharedSecret } = backend.mlKem768Encapsulate(backend.mlKem768PublicKey(seed), draw)!
      const damaged = Uint8Array.from(enc)
      damaged[7]! ^= 1
      const rejected = backend.mlKem768Decapsulate(seed, damaged)
      expect(rejected).to.have.length(32)
      expect(rejected).to.not.deep.equal(sharedSecret)
      expect(backend.mlKem768Decapsulate(seed, damaged)).to.deep.equal(rejected)
    })

    it('gives nothing for a key with a coefficient out of range, and for keys and ciphertexts of another length', () => {
      const publicKey = backend.mlKem768PublicKey(seed)
      const outOfRange = Uint8Array.from(publicKey).fill(0xff, 0, 3)
      for (const wrong of [outOfRange, publicKey.slice(1), concatBytes(publicKey, Uint8Array.of(0)), filled(0, 0)])
        expect(backend.mlKem768Encapsulate(wrong, draw)).to.equal(undefined)
      for (const length of [0, 1087, 1089])
        expect(backend.mlKem768Decapsulate(seed, filled(length, 1))).to.equal(undefined)
    })
  })
}

function describeAead({ name, keyBytes, seal, open }: Aead): void {
  describe(name, () => {
    const key = filled(keyBytes, 1)
    const nonce = filled(12, 2)
    const aad = utf8('header')

    for (const [what, plaintext] of [
      ['nothing', filled(0, 0)],
      ['a byte', filled(1, 7)],
      ['64 KiB', filled(65_536, 7)],
    ] as const)
      it(`opens what it sealed, ${what}, with 16 bytes more than that`, () => {
        const sealed = seal(key, nonce, aad, plaintext)
        expect(sealed).to.have.length(plaintext.length + 16)
        expect(open(key, nonce, aad, sealed)).to.deep.equal(plaintext)
        const withoutAad = seal(key, nonce, filled(0, 0), plaintext)
        expect(open(key, nonce, filled(0, 0), withoutAad)).to.deep.equal(plaintext)
      })

    it('opens nothing with any bit flipped, of ciphertext, tag, additional data, nonce or key', () => {
      const sealed = seal(key, nonce, aad, utf8('attack at dawn'))
      const given = [key, nonce, aad, sealed] as const
      let flips = 0
      for (const [place, bytes] of given.entries())
        for (let bit = 0; bit < bytes.length * 8; bit += 5) {
          const damaged = given.map((part) => Uint8Array.from(part)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
          damaged[place]![bit >> 3]! ^= 1 << (bit & 7)
          expect(open(...damaged)).to.equal(undefined)
          flips += 1
        }
      expect(flips).to.equal(
        [key, nonce, aad, sealed].reduce((sum, { length }) => sum + Math.ceil((length * 8) / 5), 0),
      )
    })

    it('opens nothing that is cut, or too short to have a tag', () => {
      const sealed = seal(key, nonce, aad, utf8('attack'))
      for (let length = 0; length < sealed.length; length++)
        expect(open(key, nonce, aad, sealed.subarray(0, length))).to.equal(undefined)
    })

    it('refuses keys and nonces of every other length, in which libraries differ', () => {
      for (const length of [0, 12, 15, 16, 17, 24, 31, 32, 33, 64].filter((other) => other !== keyBytes)) {
        expect(codeOf(() => seal(filled(length, 1), nonce, aad, aad))).to.equal('core.invalid_argument')
        expect(codeOf(() => open(filled(length, 1), nonce, aad, filled(40, 1)))).to.equal('core.invalid_argument')
      }
      for (const length of [0, 8, 11, 13, 16, 24]) {
        expect(codeOf(() => seal(key, filled(length, 1), aad, aad))).to.equal('core.invalid_argument')
        expect(codeOf(() => open(key, filled(length, 1), aad, filled(40, 1)))).to.equal('core.invalid_argument')
      }
    })
  })
}

/** Every use of a secret, with the length it has to have. */
function usesOf(backend: CryptoBackend): [string, number, (secret: Secret) => unknown][] {
  const peer = backend.x25519PublicKey(secretOf(32, 9))
  return [
    ['ed25519PublicKey', 32, (secret) => backend.ed25519PublicKey(secret)],
    ['ed25519Sign', 32, (secret) => backend.ed25519Sign(secret, peer)],
    ['x25519PublicKey', 32, (secret) => backend.x25519PublicKey(secret)],
    ['x25519', 32, (secret) => backend.x25519(secret, peer)],
    ['mlKem768PublicKey', 64, (secret) => backend.mlKem768PublicKey(secret)],
    ['mlKem768Decapsulate', 64, (secret) => backend.mlKem768Decapsulate(secret, filled(1088, 1))],
  ]
}

function describeSecrets(backend: CryptoBackend): void {
  describe('secrets', () => {
    for (const [name, length, use] of usesOf(backend)) {
      it(`refuses a secret of another length in ${name}`, () => {
        for (const wrong of [0, length - 1, length + 1, length * 2])
          expect(codeOf(() => use(secretOf(wrong, 4)))).to.equal('core.invalid_argument')
      })

      it(`refuses a destroyed secret in ${name}, also when it was used before`, () => {
        const [fresh, used] = [secretOf(length, 4), secretOf(length, 4)]
        const before = use(used)
        expect(use(used)).to.deep.equal(before)
        for (const secret of [fresh, used]) {
          secret.destroy()
          expect(codeOf(() => use(secret))).to.equal('core.secret_destroyed')
        }
        expect(use(secretOf(length, 4))).to.deep.equal(before)
      })
    }
  })
}

/** Takes every input of a call, and remembers what it was. */
type Note = (input: Uint8Array) => Uint8Array

/** Every answer in bytes. */
function answersOf(backend: CryptoBackend): [string, (note: Note) => Uint8Array | undefined][] {
  const [curve, kem] = [secretOf(32, 4), secretOf(64, 4)]
  const enc = backend.mlKem768Encapsulate(backend.mlKem768PublicKey(kem), (length) => filled(length, 1))!.enc
  const text = utf8('some text')
  const basePoint = Uint8Array.of(9, ...filled(31, 0))
  const answers: [string, (note: Note) => Uint8Array | undefined][] = [
    ['shake256', (note) => backend.shake256(note(text), 96)],
    ['hmacSha256', (note) => backend.hmacSha256(note(text), note(text))],
    ['ed25519PublicKey', () => backend.ed25519PublicKey(curve)],
    ['ed25519Sign', (note) => backend.ed25519Sign(curve, note(text))],
    ['x25519PublicKey', () => backend.x25519PublicKey(curve)],
    ['x25519', (note) => backend.x25519(curve, note(basePoint))],
    ['mlKem768PublicKey', () => backend.mlKem768PublicKey(kem)],
    ['mlKem768Decapsulate', (note) => backend.mlKem768Decapsulate(kem, note(enc))],
  ]
  for (const [name] of digests) answers.push([name, (note) => backend[name](note(text))])
  for (const { name, keyBytes, seal, open } of aeadsOf(backend)) {
    const [key, nonce] = [filled(keyBytes, 1), filled(12, 2)]
    const sealed = seal(key, nonce, text, text)
    answers.push([`${name} seal`, (note) => seal(note(key), note(nonce), note(text), note(text))])
    answers.push([`${name} open`, (note) => open(note(key), note(nonce), note(text), note(sealed))])
  }
  return answers
}

function describeMemory(backend: CryptoBackend): void {
  describe('memory', () => {
    for (const [name, answer] of answersOf(backend))
      it(`writes into no input, and gives an answer of its own, in ${name}`, () => {
        const noted: [Uint8Array, Uint8Array][] = []
        const note: Note = (input) => {
          // In the middle of other bytes, as what comes out of a decoder is.
          const around = concatBytes(filled(3, 0xaa), input, filled(5, 0xaa))
          noted.push([around, Uint8Array.from(around)])
          return around.subarray(3, 3 + input.length)
        }
        const first = answer(note)!
        const copy = Uint8Array.from(first)
        expect(first.constructor).to.equal(Uint8Array)
        for (const [around, before] of noted) expect(around).to.deep.equal(before)
        first.fill(0xee)
        for (const [around, before] of noted) expect(around).to.deep.equal(before)
        expect(answer(note)).to.deep.equal(copy)
      })
  })
}

function describeLargeBodies(backend: CryptoBackend): void {
  const { largeBodies } = backend
  if (largeBodies === undefined) return
  describe('large bodies', () => {
    const [key, nonce, aad, body] = [filled(32, 1), filled(12, 2), utf8('header'), filled(65_536, 3)]

    it('are sealed to the bytes of the synchronous cipher, and opened from them', async () => {
      const sealed = backend.aes256GcmSeal(key, nonce, aad, body)
      expect(await largeBodies.seal(key, nonce, aad, body)).to.deep.equal(sealed)
      expect(await largeBodies.open(key, nonce, aad, sealed)).to.deep.equal(body)
      sealed[sealed.length - 1]! ^= 1
      expect(await largeBodies.open(key, nonce, aad, sealed)).to.equal(undefined)
    })
  })
}

/** Runs the suite. */
export function behavesLikeCryptoBackend(name: string, backend: CryptoBackend): void {
  describe(`crypto/backend: ${name}`, () => {
    describeHashes(backend)
    describeEd25519(backend)
    describeX25519(backend)
    describeMlKem768(backend)
    for (const aead of aeadsOf(backend)) describeAead(aead)
    describeLargeBodies(backend)
    describeSecrets(backend)
    describeMemory(backend)
  })
}
