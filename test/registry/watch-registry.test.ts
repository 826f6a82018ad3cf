import { expect } from 'chai'
import type { Ambient } from '../../src/core/ambient.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import type { Address, CardId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCardDirectory } from '../../src/registry/create-card-directory.ts'
import { watchRegistry } from '../../src/registry/watch-registry.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

const maxLooks = 2000

/** Waits until a condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < maxLooks; look++) {
    if (await condition()) return
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
  throw new Error('the condition never held')
}

describe('registry/watch-registry', () => {
  let fixture: RegistryFixture

  before(async () => {
    fixture = await startRegistryFixture()
  })
  beforeEach(() => {
    fixture.proxy.liar = undefined
    fixture.proxy.calls.length = 0
  })
  after(() => fixture[Symbol.asyncDispose]())
  const polled = (): boolean => fixture.proxy.calls.some(({ method }) => method === 'eth_getLogs')

  describe('watchRegistry', () => {
    let changes: [Address, readonly CardId[]][]
    let gaps: number
    const start = () => {
      changes = []
      gaps = 0
      return watchRegistry({
        rpc: fixture.viaProxy().rpc,
        registry: fixture.registry,
        pollMillis: 5,
        onChange: (...change) => changes.push(change),
        onGap: () => gaps++,
      })
    }

    it('tells of publications and revocations, with the cards they touch', async () => {
      const agent = fixture.nextAgent()
      const watcher = start()
      await until(polled)
      const first = await agent.rotate()
      const second = await agent.rotate()
      await agent.client.revoke({ cardId: second.cardId, reason: 'superseded' })
      const told = (cardIds: readonly CardId[]): boolean =>
        changes.some(([who, cards]) => who === agent.address && cards.join() === cardIds.join())
      await until(() => told([second.cardId, first.cardId]) && told([second.cardId]))
      watcher.stop()
      expect(gaps).to.equal(0)
    })

    it('goes on after an outage, and misses nothing of what happened in it', async () => {
      const agent = fixture.nextAgent()
      const watcher = start()
      await until(polled)
      fixture.proxy.liar = () => 'drop'
      await agent.rotate()
      fixture.proxy.calls.length = 0
      await until(() => fixture.proxy.calls.length > 2)
      fixture.proxy.liar = undefined
      await until(() => changes.some(([who]) => who === agent.address))
      watcher.stop()
    })

    it('tells of a gap when too many blocks went by', async () => {
      let ahead = 0n
      fixture.proxy.liar = async ({ method }, truth) =>
        method === 'eth_blockNumber'
          ? { result: `0x${(BigInt((await truth()) as string) + ahead).toString(16)}` }
          : undefined
      const watcher = start()
      await until(polled)
      ahead = 100_000n
      await until(() => gaps > 0)
      watcher.stop()
    })

    it('asks nothing more once it is stopped', async () => {
      const watcher = start()
      await until(polled)
      watcher.stop()
      const { calls } = fixture.proxy
      let before = -1
      await until(() => {
        const settled = calls.length === before
        before = calls.length
        return settled
      })
      for (let i = 0; i < 3; i++) await fixture.chain.mine(1)
      expect(calls.length).to.equal(before)
    })
  })

  describe('a directory that watches', () => {
    it('shows a revocation and a rotation though its records are still fresh', async () => {
      const agent = fixture.nextAgent()
      const { cardId } = await agent.rotate()
      const ambient: Ambient = { now: () => 1_000_000, random: systemAmbient.random }
      const client = fixture.viaProxy()
      await using directory = createCardDirectory({ client, backend: nodeBackend, ambient, watch: true, pollMillis: 5 })
      expect((await directory.current(agent.ref)).cardId).to.equal(cardId)
      expect((await directory.byId(agent.ref, cardId)).record.revokedAt).to.equal(0)
      await agent.client.revoke({ cardId, reason: 'key_compromise' })
      await until(async () => (await directory.byId(agent.ref, cardId)).record.reason === 'key_compromise')
      const next = await agent.rotate()
      await until(async () => (await directory.current(agent.ref)).cardId === next.cardId)
    })

    it('asks nothing before its first look-up', async () => {
      await using _directory = createCardDirectory({
        client: fixture.viaProxy(),
        backend: nodeBackend,
        watch: true,
        pollMillis: 1,
      })
      await fixture.chain.mine(1)
      expect(fixture.proxy.calls).to.have.length(0)
    })
  })
})
