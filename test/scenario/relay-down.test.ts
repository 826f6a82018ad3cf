import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startRelay } from '../../src/cli/start-relay.ts'
import { type Agent, createAgent } from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite-store.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

describe('scenario: the relay goes down while agents send', () => {
  let world: TestWorld
  let data: string

  before(async () => {
    world = await startTestWorld()
    data = mkdtempSync(join(tmpdir(), 'herald-down-'))
  })

  after(async () => {
    await world[Symbol.asyncDispose]()
    rmSync(data, { recursive: true })
  })

  const relayOn = (port: number) => {
    const { rpcUrl, chainId } = world.chain
    const place = { host: '127.0.0.1', port, data: join(data, 'relay') }
    return startRelay({ ...place, rpcUrl, chainId, registry: world.registry, log: () => undefined })
  }

  /** An agent that goes over the real relay, and what closes it with its store. */
  async function agentOf(account: number, relay: string, file: string): Promise<[Agent, () => Promise<void>]> {
    const { transport: _, ...options } = world.optionsOf(account)
    const store = sqliteStore(join(data, file))
    const agent = await createAgent({ ...options, relay, store })
    const close = async () => {
      await agent[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    }
    return [agent, close]
  }

  it('keeps what could not be sent, delivers it when the relay is back, and the inbox opens again by itself', async () => {
    const first = await relayOn(0)
    const [alice, closeAlice] = await agentOf(1, first.url, 'alice.db')
    const [bob, closeBob] = await agentOf(2, first.url, 'bob.db')
    await alice.register({ connect: false })
    await bob.register()
    const peer = await alice.peer(bob.account)
    const texts: string[] = []
    const all = new Promise<void>((resolve) => {
      bob.on('message', (message) => {
        texts.push(message.text())
        if (texts.length === 3) resolve()
      })
    })
    expect((await peer.send({ text: 'before' })).state).to.equal('accepted')
    await first[Symbol.asyncDispose]()

    const during = [await peer.send({ text: 'during' }), await peer.send({ text: 'urgent' }, { priority: 'urgent' })]
    expect(during.map(({ state }) => state)).to.deep.equal(['queued', 'queued'])
    expect(alice.queued).to.equal(2)

    const second = await relayOn(first.port)
    await Promise.all(during.map(({ accepted }) => accepted))
    await all
    expect(texts).to.have.members(['before', 'during', 'urgent'])
    expect(alice.queued).to.equal(0)
    await closeAlice()
    await closeBob()
    await second[Symbol.asyncDispose]()
  })

  it('sends after a restart what an earlier process left in its outbox', async () => {
    const relay = await relayOn(0)
    const [dave, closeDave] = await agentOf(3, relay.url, 'dave.db')
    await dave.register()
    const arrived = new Promise<string>((resolve) => dave.on('message', (message) => resolve(message.text())))
    const [erin, closeErin] = await agentOf(4, relay.url, 'erin.db')
    await erin.register({ connect: false })
    const peer = await erin.peer(dave.account)
    await relay[Symbol.asyncDispose]()
    expect((await peer.send({ text: 'left behind' })).state).to.equal('queued')
    await closeErin()

    const again = await relayOn(relay.port)
    const [, closeRestarted] = await agentOf(4, relay.url, 'erin.db')
    expect(await arrived).to.equal('left behind')
    await closeRestarted()
    await closeDave()
    await again[Symbol.asyncDispose]()
  })
})
