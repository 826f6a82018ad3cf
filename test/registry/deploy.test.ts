import { expect } from 'chai'
import { agentRegistryBytecode } from '../../src/registry/abi/agent-registry-bytecode.ts'
import { canonicalAddresses } from '../../src/registry/abi/canonical-addresses.ts'
import { create2Address } from '../../src/registry/create2.ts'
import { deployAgentRegistry, deployContract } from '../../src/registry/deploy.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { openRpc } from '../../src/registry/rpc.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'
import { caught } from './caught.ts'
import { type LyingProxy, startLyingProxy } from './lying-proxy.ts'

describe('registry/deploy', () => {
  let chain: LocalChain
  let proxy: LyingProxy
  let account: `0x${string}`

  beforeEach(async () => {
    chain = await startLocalChain()
    proxy = await startLyingProxy(chain.rpcUrl)
    account = chain.accounts[0]!.privateKey
  })
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    await chain[Symbol.asyncDispose]()
  })

  describe('deployAgentRegistry', () => {
    it('makes a registry that works at its canonical address, and says by which transaction', async () => {
      const { rpcUrl, chainId } = chain
      const { address, transaction } = await deployAgentRegistry({ rpcUrl, account })
      expect(address).to.equal(canonicalAddresses.agentRegistry)
      expect(transaction?.transactionHash).to.match(/^0x[0-9a-f]{64}$/)
      expect(transaction!.gasUsed > 0n && transaction!.blockNumber > 0n).to.equal(true)
      const client = createRegistryClient({ rpcUrl, chainId, registry: address, account })
      await client.publish({ card: new Uint8Array(4) })
      expect((await client.history(client.rpc.account!)).length).to.equal(1)
    })

    it('leaves what stands there as it is, whoever deploys, and pays nothing', async () => {
      const { rpcUrl } = chain
      const first = await deployAgentRegistry({ rpcUrl, account })
      const second = await deployAgentRegistry({ rpcUrl, account: chain.accounts[1]!.privateKey })
      expect(second).to.deep.equal({ address: first.address, transaction: undefined })
      expect(await deployAgentRegistry({ rpcUrl })).to.deep.equal(second)
    })

    it('loses nothing when somebody else comes first between the look and the transaction', async () => {
      const { rpcUrl } = chain
      let looks = 0
      proxy.liar = async ({ method, params }) => {
        if (method !== 'eth_getCode' || params[0] !== canonicalAddresses.agentRegistry || looks++ > 0) return undefined
        await deployAgentRegistry({ rpcUrl, account: chain.accounts[1]!.privateKey })
        return { result: '0x' }
      }
      const { address, transaction } = await deployAgentRegistry({ rpcUrl: proxy.rpcUrl, account })
      expect([address, transaction]).to.deep.equal([canonicalAddresses.agentRegistry, undefined])
    })

    it('puts the same contract elsewhere with another salt', async () => {
      const salt = `0x${'01'.repeat(32)}` as const
      const { address } = await deployAgentRegistry({ rpcUrl: chain.rpcUrl, account, salt })
      expect(address)
        .to.equal(create2Address(agentRegistryBytecode, salt))
        .and.not.equal(canonicalAddresses.agentRegistry)
    })

    it('refuses an endpoint of another chain', async () => {
      const error = await caught(deployAgentRegistry({ rpcUrl: chain.rpcUrl, chainId: 5, account }))
      expect(error.code).to.equal('registry.wrong_chain')
    })

    it('needs an account', async () => {
      expect((await caught(deployAgentRegistry({ rpcUrl: chain.rpcUrl }))).code).to.equal('registry.no_account')
    })

    it('needs an account that can pay', async () => {
      const poor = `0x${'77'.repeat(32)}` as const
      const error = await caught(deployAgentRegistry({ rpcUrl: chain.rpcUrl, account: poor }))
      expect(error.code).to.equal('registry.insufficient_funds')
    })
  })

  describe('deployContract', () => {
    it('gives a typed error for a constructor that reverts', async () => {
      // PUSH1 0 PUSH1 0 REVERT
      const rpc = openRpc({ rpcUrl: chain.rpcUrl, account })
      const error = await caught(deployContract({ rpc }, 'Reverting', '0x60006000fd'))
      expect(error.code).to.equal('registry.reverted')
      expect(error.facts).to.include({ method: 'deploy Reverting' })
    })
  })
})
