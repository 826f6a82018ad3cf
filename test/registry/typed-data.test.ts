import { expect } from 'chai'
import { TypedDataEncoder } from 'ethers'
import { asAddress, asCardId } from '../../src/core/ids.ts'
import { ask } from '../../src/registry/contract-access.ts'
import { openRegistry } from '../../src/registry/registry-access.ts'
import { publicationTypedData, revocationTypedData, typedDataDigest } from '../../src/registry/typed-data.ts'
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
          const changed = typeof publication.message[name] === 'number' ? 7 : publication.domain.verifyingContract
          const value = name === 'cardId' || name === 'previous' ? asCardId(`0x${'dd'.repeat(32)}`) : changed
          return typedDataDigest({ ...publication, message: { ...publication.message, [name]: value as string } })
        }),
      ]
      expect(new Set(digests).size).to.equal(8)
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
