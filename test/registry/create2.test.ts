import { expect } from 'chai'
import { getCreate2Address, keccak256 } from 'ethers'
import { agentRegistryBytecode } from '../../src/registry/abi/agent-registry-bytecode.ts'
import { canonicalAddresses } from '../../src/registry/abi/canonical-addresses.ts'
import { create2Address, create2Factory, ensureFactory, hasCode } from '../../src/registry/create2.ts'
import { openRpc } from '../../src/registry/rpc.ts'
import { type LocalChain, startLocalChain } from '../support/local-chain.ts'
import { caught } from './caught.ts'
import { type LyingProxy, startLyingProxy } from './lying-proxy.ts'

const salt = `0x${'5a'.repeat(32)}` as const

describe('registry/create2', () => {
  let chain: LocalChain
  let proxy: LyingProxy

  beforeEach(async () => {
    chain = await startLocalChain()
    proxy = await startLyingProxy(chain.rpcUrl)
  })
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    await chain[Symbol.asyncDispose]()
  })

  const open = (rpcUrl = chain.rpcUrl) => openRpc({ rpcUrl, account: chain.accounts[0]!.privateKey })

  describe('create2Address', () => {
    it('gives the address of EIP-1014, as ethers does', () => {
      for (const code of ['0x', '0x00', agentRegistryBytecode] as const)
        expect(create2Address(code, salt)).to.equal(
          getCreate2Address(create2Factory, salt, keccak256(code)).toLowerCase(),
        )
    })

    it('is what the generated addresses were made with', () => {
      expect(create2Address(agentRegistryBytecode)).to.equal(canonicalAddresses.agentRegistry)
    })
  })

  describe('ensureFactory', () => {
    it('makes the factory where it is missing, and spends nothing where it stands', async () => {
      const rpc = open(proxy.rpcUrl)
      expect(await hasCode(rpc, create2Factory)).to.equal(false)
      await ensureFactory(rpc)
      expect(await hasCode(rpc, create2Factory)).to.equal(true)
      const sent = () => proxy.calls.filter(({ method }) => method === 'eth_sendRawTransaction').length
      expect(sent()).to.equal(2)
      await ensureFactory(rpc)
      expect(sent()).to.equal(2)
    })

    it('names the chain that does not take the factory’s transaction', async () => {
      const refusal = {
        error: { code: -32000, message: 'only replay-protected (EIP-155) transactions allowed over RPC' },
      }
      proxy.liar = ({ method, params }) =>
        method === 'eth_sendRawTransaction' && String(params[0]).startsWith('0xf8a5') ? refusal : undefined
      const error = await caught(ensureFactory(open(proxy.rpcUrl)))
      expect([error.code, error.retry]).to.deep.equal(['registry.factory_unavailable', 'never'])
      expect(error.facts).to.include({ factory: create2Factory, endpoint: new URL(proxy.rpcUrl).origin })
    })

    it('is content when somebody else sent the same transaction first', async () => {
      proxy.liar = async ({ method, params }) => {
        if (method !== 'eth_sendRawTransaction' || !String(params[0]).startsWith('0xf8a5')) return undefined
        await ensureFactory(open())
        return undefined
      }
      const rpc = open(proxy.rpcUrl)
      await ensureFactory(rpc)
      expect(await hasCode(rpc, create2Factory)).to.equal(true)
    })

    it('may be tried again when the endpoint goes away', async () => {
      proxy.liar = ({ method, params }) =>
        method === 'eth_sendRawTransaction' && String(params[0]).startsWith('0xf8a5') ? 'drop' : undefined
      const error = await caught(ensureFactory(open(proxy.rpcUrl)))
      expect([error.code, error.retry]).to.deep.equal(['registry.rpc_unreachable', 'later'])
    })

    it('does not take the endpoint’s word: a factory without code is none', async () => {
      proxy.liar = ({ method, params }) =>
        method === 'eth_getCode' && params[0] === create2Factory ? { result: '0x' } : undefined
      expect((await caught(ensureFactory(open(proxy.rpcUrl)))).code).to.equal('registry.factory_unavailable')
    })
  })
})
