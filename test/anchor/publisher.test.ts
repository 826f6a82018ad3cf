import { expect } from 'chai'
import type { AnchorClientOptions } from '../../src/anchor/anchor-client.ts'
import { createBatch } from '../../src/anchor/batch.ts'
import { createAnchorPublisher } from '../../src/anchor/publisher.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type ProvenanceChain, startProvenanceChain } from '../support/provenance.ts'

const batchOf = (...names: readonly number[]) =>
  createBatch(names.map((name) => nodeBackend.sha256(Uint8Array.of(name))))

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
    return 'published'
  } catch (error) {
    return isHeraldError(error) ? error.code : `raw ${String(error)}`
  }
}

describe('anchor/publisher', () => {
  let chain: ProvenanceChain
  let options: AnchorClientOptions

  before(async () => {
    chain = await startProvenanceChain()
    const { rpcUrl, chainId, contract, accounts } = chain
    options = { rpcUrl, chainId, contract, account: accounts[0]!.privateKey }
  })

  after(() => chain[Symbol.asyncDispose]())

  const publish = (change: Partial<AnchorClientOptions> = {}, batch = batchOf(1, 2)) =>
    createAnchorPublisher({ ...options, ...change }).publish(batch)

  describe('publish', () => {
    it('answers with the transaction, its block, the log and the gas', async () => {
      const publication = await publish()
      expect(publication).to.include({ contract: chain.contract, blockTime: await chain.time(), logIndex: 0 })
      expect(publication.anchorer).to.equal(chain.accounts[0]!.address.toLowerCase())
      expect(publication.transactionHash).to.match(/^0x[0-9a-f]{64}$/)
      expect(Number(publication.gasUsed)).to.be.within(21_000, 30_000)
      expect(publication.blockNumber).to.be.a('bigint')
    })

    it('puts nothing on the chain but root and size', async () => {
      const batch = batchOf(3, 4, 5)
      const { transactionHash } = await publish({}, batch)
      const method = 'eth_getTransactionByHash'
      const { input } = await chain.provider.request({ method, params: [transactionHash] })
      const root = Buffer.from(batch.root).toString('hex')
      expect(input.slice(10)).to.equal(`${root}${'3'.padStart(64, '0')}`)
    })

    it('anchors the same batch again, and several at once', async () => {
      const batches = [batchOf(1), batchOf(1), batchOf(2)]
      const publisher = createAnchorPublisher(options)
      const publications = await Promise.all(batches.map((batch) => publisher.publish(batch)))
      expect(new Set(publications.map(({ transactionHash }) => transactionHash)).size).to.equal(3)
    })

    it('names why a batch does not get there', async () => {
      const poor = `0x${'77'.repeat(32)}` as const
      const none = `0x${'77'.repeat(20)}`
      expect(await codeOf(() => publish({ rpcUrl: 'http://127.0.0.1:1' }))).to.equal('registry.rpc_unreachable')
      expect(await codeOf(() => publish({ chainId: 1 }))).to.equal('registry.wrong_chain')
      expect(await codeOf(() => publish({ contract: none }))).to.equal('registry.no_contract')
      expect(await codeOf(() => publish({ account: poor }))).to.equal('registry.insufficient_funds')
      expect(await codeOf(() => publish({ contract: chain.registry }))).to.equal('registry.reverted')
    })

    it('gives the refusals of the contract as errors of its own', async () => {
      const { root } = batchOf(1)
      expect(await codeOf(() => publish({}, { root, size: 0, leaves: [] }))).to.equal('anchor.batch_size')
      const zero = new Uint8Array(32)
      expect(await codeOf(() => publish({}, { root: zero, size: 1, leaves: [] }))).to.equal('anchor.zero_root')
    })
  })

  describe('createAnchorPublisher', () => {
    it('refuses to be made without an account, or for an address that is none', async () => {
      const { account: _, ...withoutAccount } = options
      expect(await codeOf(async () => createAnchorPublisher(withoutAccount))).to.equal('registry.no_account')
      expect(await codeOf(async () => createAnchorPublisher({ ...options, contract: '0x1' }))).to.equal(
        'core.invalid_argument',
      )
    })
  })
})
