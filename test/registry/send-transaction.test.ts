import { expect } from 'chai'
import { asAddress } from '../../src/core/ids.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

describe('registry/send-transaction', () => {
  let fixture: RegistryFixture
  let account: `0x${string}`

  before(async () => {
    fixture = await startRegistryFixture()
    account = fixture.chain.accounts[9]!.privateKey
  })
  beforeEach(() => {
    fixture.proxy.liar = undefined
  })
  after(() => fixture[Symbol.asyncDispose]())

  describe('send', () => {
    it('waits for the receipt through an outage of the endpoint', async () => {
      const { registry, proxy } = fixture
      let outages = 3
      proxy.liar = ({ method }) => (method === 'eth_getTransactionReceipt' && outages-- > 0 ? 'drop' : undefined)
      const client = createRegistryClient({ rpcUrl: proxy.rpcUrl, chainId: 31_337, registry, account })
      const { blockNumber } = await client.publish({ card: Uint8Array.of(1, 1, 0, 32) })
      expect(blockNumber > 0n).to.equal(true)
      expect(outages).to.be.lessThan(1)
    })

    it('gives up with the hash when no block takes the transaction in time', async () => {
      const { registry, proxy } = fixture
      proxy.liar = ({ method }) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined)
      const client = createRegistryClient({
        rpcUrl: proxy.rpcUrl,
        chainId: 31_337,
        registry,
        account,
        receiptTimeoutMillis: 100,
      })
      const { cardId } = (await client.current(client.rpc.account!))!
      const error = await caught(client.revoke({ cardId, reason: 'superseded' }))
      expect([error.code, error.retry]).to.deep.equal(['registry.transaction_pending', 'later'])
      expect((error.facts as { transactionHash: string }).transactionHash).to.match(/^0x[0-9a-f]{64}$/)
    })

    it('explains a transaction that reverts in its block', async () => {
      const { registry, proxy, chain } = fixture
      // The endpoint says that the transaction would succeed, so it is sent all the same.
      proxy.liar = ({ method }) => (method === 'eth_estimateGas' ? { result: '0x30d40' } : undefined)
      const { chainId } = chain
      const client = createRegistryClient({ rpcUrl: proxy.rpcUrl, chainId, registry, account })
      const agent = asAddress(`0x${'11'.repeat(20)}`)
      const error = await caught(client.publish({ card: new Uint8Array(4), agent }))
      expect(error.code).to.equal('registry.unauthorized')
    })

    it('signs for the chain it was opened for, whatever the endpoint says later', async () => {
      const { registry, proxy } = fixture
      let asked = 0
      proxy.liar = ({ method }) => (method === 'eth_chainId' && asked++ > 0 ? { result: '0x1' } : undefined)
      proxy.calls.length = 0
      const client = createRegistryClient({ rpcUrl: proxy.rpcUrl, chainId: 31_337, registry, account })
      const previous = (await client.current(client.rpc.account!))?.cardId
      await client.publish({ card: new Uint8Array(5), previous })
      const raw = proxy.calls.filter(({ method }) => method === 'eth_sendRawTransaction').map(({ params }) => params[0])
      expect(raw).to.have.length(1)
      // EIP-1559: 0x02, a list header of two or three bytes, and the chain id 31337 = 0x7a69 as its first item.
      for (const transaction of raw)
        expect(String(transaction)).to.match(/^0x02f8[0-9a-f]{2}827a69|^0x02f9[0-9a-f]{4}827a69/)
    })
  })
})
