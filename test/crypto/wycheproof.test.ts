/** C2SP Wycheproof on every backend. Vectors of lengths that the interface does not offer have to be refused. */
import { expect } from 'chai'
import { concatBytes } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { hkdfExpand, hkdfExtract } from '../../src/crypto/hkdf.ts'
import { cryptoBackends } from '../support/crypto-backends.ts'
import { type AeadVector, hex, needed, publicVectors } from '../support/public-vectors.ts'
import { codeOf } from '../support/refusal.ts'
import { printCount } from '../support/vector-count.ts'

interface Test {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

/** A group without its tests, and the tests. */
type Groups<Group, OneTest> = readonly (Group & { readonly tests: readonly (Test & OneTest)[] })[]

interface File<Group, OneTest> {
  readonly numberOfTests: number
  readonly testGroups: Groups<Group, OneTest>
}

/** What a vector was for the backend: held to its result, or of a length that it does not take. */
type Use = 'ran' | 'refused'

interface Suite<Group, OneTest> {
  readonly file: string
  readonly what: string
  /** Vectors in the file; a file of another length is another edition. */
  readonly count: number
  /** Of these, those of lengths that the interface does not offer, and why. */
  readonly notOffered?: readonly [count: number, reason: string]
  run(backend: CryptoBackend, test: Test & OneTest, group: Group): Use
}

/** Runs every vector, and counts what each was used for. */
function runAll<Group, OneTest>(
  { testGroups }: File<Group, OneTest>,
  backend: CryptoBackend,
  run: Suite<Group, OneTest>['run'],
): Record<Use, number> {
  const uses = { ran: 0, refused: 0 }
  for (const group of testGroups) for (const test of group.tests) uses[run(backend, test, group)] += 1
  return uses
}

function describeSuite<Group, OneTest>(suite: Suite<Group, OneTest>): void {
  const { file, what, count, notOffered = [0, ''], run } = suite
  describe(what, () => {
    const found = publicVectors<File<Group, OneTest>>(`wycheproof/${file}`)
    for (const { name, backend } of cryptoBackends)
      it(`holds for all ${count} vectors on ${name}`, function () {
        const vectors = needed(this, found)
        const { ran, refused } = runAll(vectors, backend, run)
        expect(ran + refused)
          .to.equal(count)
          .and.to.equal(vectors.numberOfTests)
        expect(refused).to.equal(notOffered[0])
        const reasons = refused === 0 ? [] : [`${refused} are refused: ${notOffered[1]}`]
        printCount(`Wycheproof ${what} on ${name}`, ran, count, reasons)
      })
  })
}

const label = ({ tcId }: Test) => `tcId ${tcId}`

type AeadName = 'aes128Gcm' | 'aes256Gcm' | 'chaCha20Poly1305'

function runAead(backend: CryptoBackend, name: AeadName, keyBytes: number, test: Test & AeadVector): Use {
  const [key, nonce, aad, plaintext] = [hex(test.key), hex(test.iv), hex(test.aad), hex(test.msg)]
  const sealed = concatBytes(hex(test.ct), hex(test.tag))
  const [seal, open] = [backend[`${name}Seal`], backend[`${name}Open`]]
  if (key.length !== keyBytes || nonce.length !== 12) {
    expect(
      codeOf(() => seal(key, nonce, aad, plaintext)),
      label(test),
    ).to.equal('core.invalid_argument')
    expect(
      codeOf(() => open(key, nonce, aad, sealed)),
      label(test),
    ).to.equal('core.invalid_argument')
    return 'refused'
  }
  const isValid = test.result === 'valid'
  expect(open(key, nonce, aad, sealed), label(test)).to.deep.equal(isValid ? plaintext : undefined)
  if (isValid) expect(seal(key, nonce, aad, plaintext), label(test)).to.deep.equal(sealed)
  return 'ran'
}

describe('crypto/backend: Wycheproof', () => {
  describeSuite<object, { public: string; private: string; shared: string }>({
    file: 'x25519_test.json',
    what: 'X25519',
    count: 518,
    run(backend, test) {
      const shared = backend.x25519(new Secret(hex(test.private)), hex(test.public))
      // RFC 7748 §6.1 lets a secret that is all zero pass or not; here it never does.
      const expected = /^0+$/.test(test.shared) ? undefined : hex(test.shared)
      expect(shared, label(test)).to.deep.equal(expected)
      return 'ran'
    },
  })

  describeSuite<{ publicKey: { pk: string } }, { msg: string; sig: string }>({
    file: 'ed25519_test.json',
    what: 'Ed25519',
    count: 151,
    run(backend, test, { publicKey }) {
      const verdict = backend.ed25519Verify(hex(publicKey.pk), hex(test.msg), hex(test.sig))
      expect(verdict, label(test)).to.equal(test.result === 'valid')
      return 'ran'
    },
  })

  describeSuite<{ keySize: number }, AeadVector>({
    file: 'aes_gcm_test.json',
    what: 'AES-GCM',
    count: 316,
    notOffered: [183, 'keys of 192 bits, and nonces other than 96 bits, which no part of Herald uses'],
    run: (backend, test, { keySize }) =>
      keySize === 128 ? runAead(backend, 'aes128Gcm', 16, test) : runAead(backend, 'aes256Gcm', 32, test),
  })

  describeSuite<object, AeadVector>({
    file: 'chacha20_poly1305_test.json',
    what: 'ChaCha20-Poly1305',
    count: 325,
    notOffered: [9, 'nonces other than 96 bits, invalid by the vector itself'],
    run: (backend, test) => runAead(backend, 'chaCha20Poly1305', 32, test),
  })

  describeSuite<object, { ikm: string; salt: string; info: string; size: number; okm: string }>({
    file: 'hkdf_sha256_test.json',
    what: 'HKDF-SHA256',
    count: 86,
    run(backend, test) {
      const prk = hkdfExtract(backend, hex(test.salt), hex(test.ikm))
      const expand = () => hkdfExpand(backend, prk, [hex(test.info)], test.size)
      if (test.result === 'valid') expect(expand(), label(test)).to.deep.equal(hex(test.okm))
      else expect(codeOf(expand), label(test)).to.equal('core.invalid_argument')
      return 'ran'
    },
  })

  describeSuite<object, { seed: string; ek: string; c: string; K: string }>({
    file: 'mlkem_768_test.json',
    what: 'ML-KEM-768',
    count: 193,
    run(backend, test) {
      const [seed, ciphertext] = [new Secret(hex(test.seed)), hex(test.c)]
      const decapsulate = () => backend.mlKem768Decapsulate(seed, ciphertext)
      if (test.result === 'valid') {
        expect(backend.mlKem768PublicKey(seed), label(test)).to.deep.equal(hex(test.ek))
        expect(decapsulate(), label(test)).to.deep.equal(hex(test.K))
      } else if (seed.length === 64) expect(decapsulate(), label(test)).to.equal(undefined)
      else expect(codeOf(decapsulate), label(test)).to.equal('core.invalid_argument')
      return 'ran'
    },
  })
})
