import { expect } from 'chai'
import { type AnchorClient, createAnchorClient } from '../../src/anchor/anchor-client.ts'
import { merkleTree } from '../../src/anchor/merkle.ts'
import { asAddress } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type ProvenanceChain, startProvenanceChain } from '../support/provenance.ts'
import { rejectionCode } from '../support/refusal.ts'

const leaves = [1, 2, 3, 4, 5].map((number) => nodeBackend.sha256(Uint8Array.of(number)))
const tree = { root: merkleTree(leaves).root, size: leaves.length }

describe('anchor/anchor-client', () => {
  let chain: ProvenanceChain
  let client: AnchorClient
  const anchorer = () => asAddress(chain.accounts[0]!.address)

  before(async () => {
    chain = await startProvenanceChain()
    const { rpcUrl, chainId, contract, accounts } = chain
    client = createAnchorClient({ rpcUrl, chainId, contract, account: accounts[0]!.privateKey })
  })
  after(() => chain[Symbol.asyncDispose]())

  it('logs one tree, or several in one transaction, and stores none', async () => {
    await client.anchor(tree)
    const { gasUsed } = await client.anchorMany([tree, { ...tree, size: 9 }])
    expect(Number(gasUsed)).to.be.within(21_000, 40_000)
    expect(await client.storedAnchor(anchorer(), tree.root)).to.equal(undefined)
  })

  it('stores a tree once, and proves each of its leaves at its own place only', async () => {
    expect(await client.verify(anchorer(), tree, { leaf: leaves[0]!, index: 0, size: 5, path: [] })).to.equal(false)
    await client.anchorStored(tree)
    const stored = await client.storedAnchor(anchorer(), tree.root)
    expect(stored).to.deep.equal({ anchoredAt: await chain.time(), size: 5 })
    await client.anchorStored(tree)
    expect(await client.storedAnchor(anchorer(), tree.root)).to.deep.equal(stored)
    for (const [index, leaf] of leaves.entries()) {
      const path = merkleTree(leaves).path(index)
      expect(await client.verify(anchorer(), tree, { leaf, index, size: 5, path })).to.equal(true)
      expect(await client.verify(anchorer(), tree, { leaf, index: (index + 1) % 5, size: 5, path })).to.equal(false)
      const other = asAddress(chain.accounts[1]!.address)
      expect(await client.verify(other, tree, { leaf, index, size: 5, path })).to.equal(false)
    }
  })

  it('declares a message erased, which undoes nothing', async () => {
    const { transactionHash } = await client.tombstone(tree.root, 3)
    expect(transactionHash).to.match(/^0x[0-9a-f]{64}$/)
    expect((await client.storedAnchor(anchorer(), tree.root))?.size).to.equal(5)
  })

  it('gives the refusals of the contract as errors of its own', async () => {
    const zero = new Uint8Array(32)
    expect(await rejectionCode(client.anchor({ root: zero, size: 1 }))).to.equal('anchor.zero_root')
    expect(await rejectionCode(client.anchorMany([tree, { ...tree, size: 0 }]))).to.equal('anchor.batch_size')
    expect(await rejectionCode(client.anchorStored({ ...tree, size: 6 }))).to.equal('anchor.other_size')
    expect(await rejectionCode(client.tombstone(zero, 0))).to.equal('anchor.zero_root')
  })

  it('refuses what no contract could be given', async () => {
    const proof = { leaf: leaves[0]!, index: 0, size: 5, path: [] }
    for (const call of [
      () => client.anchor({ root: new Uint8Array(31), size: 1 }),
      () => client.anchor({ root: tree.root, size: -1 }),
      () => client.anchorMany([{ root: 'text' as never, size: 1 }]),
      () => client.tombstone(tree.root, 0.5),
      () => client.storedAnchor('bob' as never, tree.root),
      () => client.verify(anchorer(), tree, { ...proof, path: [new Uint8Array(3)] }),
    ])
      expect(await rejectionCode(call())).to.equal('core.invalid_argument')
  })
})
