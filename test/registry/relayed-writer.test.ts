import { expect } from 'chai'
import { privateKeyToAccount } from 'viem/accounts'
import { asAddress } from '../../src/core/ids.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { createRelayedWriter } from '../../src/registry/relayed-writer.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

describe('registry/relayed-writer', () => {
  let fixture: RegistryFixture
  let made = 0

  before(async () => {
    fixture = await startRegistryFixture()
  })
  beforeEach(() => {
    fixture.proxy.liar = undefined
  })
  after(() => fixture[Symbol.asyncDispose]())

  /** A writer for an account that nobody ever funded, which asks the proxy. */
  function newcomer() {
    const account = privateKeyToAccount(`0x${String(++made).padStart(64, '5')}`)
    const { chainId, accounts } = fixture.chain
    const { registry, proxy } = fixture
    const client = createRegistryClient({ rpcUrl: proxy.rpcUrl, chainId, registry, account })
    const writer = createRelayedWriter(client, accounts[9]!.privateKey)
    return { client, writer, address: asAddress(account.address) }
  }
  const card = Uint8Array.of(1, 1, 0, 32)

  describe('createRelayedWriter', () => {
    it('needs no endpoint that shows the block being made', async () => {
      const { client, writer, address } = newcomer()
      let refused = 0
      fixture.proxy.liar = ({ method, params }) => {
        if (method !== 'eth_getBlockByNumber' || params[0] !== 'pending' || refused > 0) return undefined
        refused++
        return { error: { code: -32602, message: 'pending is not supported' } }
      }
      const { cardId } = await writer.publish({ card })
      expect(refused).to.equal(1)
      expect((await client.current(address))?.cardId).to.equal(cardId)
    })

    it('signs nothing while the latest block is not to be had', async () => {
      const { writer } = newcomer()
      fixture.proxy.liar = ({ method }) => (method === 'eth_getBlockByNumber' ? 'drop' : undefined)
      const error = await caught(writer.publish({ card }))
      expect([error.code, error.retry]).to.deep.equal(['registry.rpc_unreachable', 'later'])
    })

    it('publishes for the account that signs only, and sends nothing for another agent', async () => {
      const { writer } = newcomer()
      const other = fixture.nextAgent()
      fixture.proxy.calls.length = 0
      const error = await caught(writer.publish({ card, agent: other.address }))
      expect(error.code).to.equal('registry.unauthorized')
      expect(fixture.proxy.calls.filter(({ method }) => method === 'eth_sendRawTransaction')).to.deep.equal([])
    })
  })
})
