import { expect } from 'chai'
import { TypedDataEncoder, verifyTypedData } from 'ethers'
import { recoverAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { asAddress, asCardId } from '../../src/core/ids.ts'
import { ask } from '../../src/registry/contract-access.ts'
import { openRegistry } from '../../src/registry/registry-access.ts'
import {
  type PublicationTypedData,
  publicationTypedData,
  revocationTypedData,
  typedDataDigest,
} from '../../src/registry/typed-data.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

const place = { chainId: 31_337, registry: asAddress(`0x${'5e'.repeat(20)}`) }
const agent = asAddress(`0x${'a1'.repeat(20)}`)
const cardId = asCardId(`0x${'c0'.repeat(32)}`)
const previous = asCardId(`0x${'b0'.repeat(32)}`)
const publication = publicationTypedData(place, {
  agent,
  cardId,
  previous,
  previousValidUntil: 1_700_000_600,
  deadline: 1_700_000_000,
})
const revocation = revocationTypedData(place, {
  agent,
  cardId,
  reason: 'key_compromise',
  compromisedSince: 1_600_000_000,
  deadline: 1_700_000_000,
})

/** Another value of the type that a field has. */
function otherOf(name: string): string | number {
  if (name === 'agent') return `0x${'dd'.repeat(20)}`
  return name === 'cardId' || name === 'previous' ? `0x${'dd'.repeat(32)}` : 7
}

describe('registry/typed-data', () => {
  describe('typedDataDigest', () => {
    it('is the digest of EIP-712 that SPEC §7.6 gives for its example, as ethers computes it', () => {
      const expected = {
        Publish: '0x067c4a1f314df3a63c783605b318e12da76e3f2e60b4c78e71e709ff27bdc32f',
        Revoke: '0x491790f3ff5af16f447d780c8a28508a506e665dc457bca6fe709a4a168f6729',
      }
      for (const data of [publication, revocation]) {
        const { domain, types, primaryType, message } = data
        const oracle = TypedDataEncoder.hash(domain as object, { [primaryType]: [...types[primaryType]] }, message)
        expect(typedDataDigest(data)).to.equal(oracle).and.to.equal(expected[primaryType])
      }
    })

    it('is another one for another chain, registry, or value', () => {
      const digests = [
        typedDataDigest(publication),
        typedDataDigest({ ...publication, domain: { ...publication.domain, chainId: 1 } }),
        typedDataDigest({ ...publication, domain: { ...publication.domain, verifyingContract: agent } }),
        ...Object.keys(publication.message).map((name) => {
          return typedDataDigest({ ...publication, message: { ...publication.message, [name]: otherOf(name) } })
        }),
        typedDataDigest(revocation),
        ...Object.keys(revocation.message).map((name) =>
          typedDataDigest({ ...revocation, message: { ...revocation.message, [name]: otherOf(name) } }),
        ),
      ]
      expect(new Set(digests).size).to.equal(3 + 5 + 1 + 5)
    })

    it('is what ethers and viem check a signature of the account against', async () => {
      const signer = privateKeyToAccount(`0x${'4b'.repeat(32)}`)
      for (const data of [publication, revocation]) {
        const { domain, types, primaryType, message } = data
        const signature = await signer.signTypedData(data as PublicationTypedData)
        const ofType = { [primaryType]: [...types[primaryType]] }
        expect(verifyTypedData(domain as object, ofType, message, signature)).to.equal(signer.address)
        expect(await recoverAddress({ hash: typedDataDigest(data), signature })).to.equal(signer.address)
      }
    })
  })

  describe('the domain', () => {
    let fixture: RegistryFixture
    before(async () => {
      fixture = await startRegistryFixture()
    })
    after(() => fixture[Symbol.asyncDispose]())

    it('is what the contract states of itself (ERC-5267)', async () => {
      const { chain, registry } = fixture
      const { chainId, rpcUrl } = chain
      const stated = await ask(openRegistry({ rpcUrl, chainId, registry }), 'eip712Domain', [])
      const [fields, name, version, id, verifyingContract, salt, extensions] = stated
      expect([fields, Number(salt), extensions]).to.deep.equal(['0x0f', 0, []])
      const { domain } = publicationTypedData({ chainId, registry }, { ...publication.message } as never)
      expect(domain).to.deep.equal({
        name,
        version,
        chainId: Number(id),
        verifyingContract: asAddress(verifyingContract),
      })
    })
  })
})
