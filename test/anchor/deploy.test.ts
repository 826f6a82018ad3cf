import { expect } from 'chai'
import { messageAnchorBytecode } from '../../src/anchor/abi/message-anchor-bytecode.ts'
import { deployContracts, deployMessageAnchor } from '../../src/anchor/deploy.ts'
import { create2Address } from '../../src/registry/create2.ts'
import { canonicalDeployment, formatDeployment, parseDeployment } from '../../src/registry/deployment.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'

describe('anchor/deploy', () => {
  let chain: LocalChain
  beforeEach(async () => {
    chain = await startLocalChain({ chainId: 4242 })
  })
  afterEach(() => chain[Symbol.asyncDispose]())

  describe('deployMessageAnchor', () => {
    it('puts the contract at its canonical address', async () => {
      const { address } = await deployMessageAnchor({ rpcUrl: chain.rpcUrl, account: chain.accounts[3]!.privateKey })
      expect(address).to.equal(create2Address(messageAnchorBytecode)).and.to.equal(canonicalDeployment(1).anchor)
    })
  })

  describe('deployContracts', () => {
    it('deploys both, and gives what a deployment file says of them', async () => {
      const options = { rpcUrl: chain.rpcUrl, account: chain.accounts[0]!.privateKey }
      const { registry, anchor, deployment } = await deployContracts(options)
      const transactions = {
        registry: registry.transaction!.transactionHash,
        anchor: anchor.transaction!.transactionHash,
      }
      expect(deployment).to.deep.equal({ ...canonicalDeployment(4242), transactions })
      expect(parseDeployment(formatDeployment(deployment))).to.deep.equal(deployment)
    })

    it('names the transactions that it made, and no others', async () => {
      const options = { rpcUrl: chain.rpcUrl, account: chain.accounts[0]!.privateKey }
      const { transaction } = await deployMessageAnchor(options)
      const half = (await deployContracts(options)).deployment
      expect(Object.keys(half.transactions!)).to.deep.equal(['registry'])
      expect(transaction).to.not.equal(undefined)
      expect((await deployContracts(options)).deployment).to.deep.equal(canonicalDeployment(4242))
    })
  })
})
