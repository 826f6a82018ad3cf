import { expect } from 'chai'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { dhKemDecapsulate, dhKemEncapsulate } from '../../src/crypto/dh-kem.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { bytesOf } from '../support/arbitraries.ts'
import { withGivenEphemeral } from '../support/given-ephemeral.ts'

// RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
const rfc9180 = {
  skEm: '0x52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  pkEm: '0x37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  skRm: '0x4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  pkRm: '0x3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  shared: '0xfe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
} as const

describe('crypto/dh-kem', () => {
  for (const backend of [nodeBackend, nobleBackend])
    describe(`on ${backend.name}`, () => {
      it('gives the shared secret of RFC 9180 A.1.1 on both sides', () => {
        const made = dhKemEncapsulate(withGivenEphemeral(backend), fromHex(rfc9180.pkRm), () => fromHex(rfc9180.skEm))
        expect(made && [toHex(made.enc), toHex(made.sharedSecret)]).to.deep.equal([rfc9180.pkEm, rfc9180.shared])
        const opened = dhKemDecapsulate(backend, new Secret(fromHex(rfc9180.skRm)), fromHex(rfc9180.pkEm))
        expect(opened && toHex(opened)).to.equal(rfc9180.shared)
      })

      it('refuses a public key and an encapsulation of small order', () => {
        const secret = new Secret(fromHex(rfc9180.skRm))
        for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
          expect(dhKemEncapsulate(backend, key, () => fromHex(rfc9180.skEm))).to.equal(undefined)
          expect(dhKemDecapsulate(backend, secret, key)).to.equal(undefined)
        }
      })
    })

  it('agrees between the backends, each opening what the other made', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(32), (recipient, ephemeral) => {
        const secret = new Secret(recipient)
        const publicKey = nodeBackend.x25519PublicKey(secret)
        const [byNode, byNoble] = [nodeBackend, nobleBackend].map(
          (backend) => dhKemEncapsulate(withGivenEphemeral(backend), publicKey, () => Uint8Array.from(ephemeral))!,
        )
        expect(byNode).to.deep.equal(byNoble)
        for (const backend of [nodeBackend, nobleBackend])
          expect(dhKemDecapsulate(backend, secret, byNode!.enc)).to.deep.equal(byNode!.sharedSecret)
      }),
      { seed: 20261123, numRuns: 25 },
    )
  })
})
