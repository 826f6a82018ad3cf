import { expect } from 'chai'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { behavesLikeCryptoBackend } from '../compliance/crypto-backend.ts'
import { compareBackends, shareOut } from '../support/backend-differential.ts'
import { operationKinds } from '../support/backend-operations.ts'
import { cryptoBackends, repeatableBackend } from '../support/crypto-backends.ts'

for (const { name, backend } of cryptoBackends) behavesLikeCryptoBackend(name, backend)

const seed = 20261123

describe('crypto/backend: the backends held against each other', () => {
  it('give the same bytes and the same refusals for 2,000 random operations of every kind', () => {
    const backends = cryptoBackends.map(({ backend }) => backend)
    const counts = compareBackends(backends, { operations: 2_000, seed, maker: repeatableBackend })
    expect(Object.fromEntries(counts)).to.deep.equal(Object.fromEntries(shareOut(2_000)))
    expect(counts.size).to.equal(operationKinds.length)
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).to.equal(2_000)
  })

  describe('the comparison bites', () => {
    const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
    const faults: [string, Partial<CryptoBackend>][] = [
      ['a hash that is off by a bit', { sha256: (data) => flip(nobleBackend.sha256(data)) }],
      ['a cipher that takes any tag', { aes128GcmOpen: (_key, _nonce, _aad, sealed) => sealed.slice(0, -16) }],
      ['a signature check that says yes', { ed25519Verify: () => true }],
      ['a key exchange that takes any peer', { x25519: () => new Uint8Array(32) }],
      [
        'a KEM whose two sides differ',
        { mlKem768Decapsulate: (seed, enc) => nobleBackend.mlKem768Decapsulate(seed, enc)?.slice(1) },
      ],
    ]
    for (const [what, fault] of faults)
      it(`on ${what}`, () => {
        const backends = [nobleBackend, { ...nobleBackend, ...fault }]
        const compare = () => compareBackends(backends, { operations: 1_000, seed, maker: repeatableBackend })
        expect(compare).to.throw(Error, /seed 20261123, operation|do not agree/)
      })
  })
})
