import { expect } from 'chai'
import type { Ambient } from '../../src/core/ambient.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import { asAddress, asCardId } from '../../src/core/ids.ts'
import { cardExpiredMillis, cardFreshMillis } from '../../src/core/limits.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCardDirectory, type WatchingCardDirectory } from '../../src/registry/create-card-directory.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture, type TestAgent } from './fixture.ts'
import type { Liar, RpcCall } from './lying-proxy.ts'

const absentCard = asCardId(`0x${'ab'.repeat(32)}`)

describe('registry/create-card-directory', () => {
  let fixture: RegistryFixture
  let agent: TestAgent
  let directory: WatchingCardDirectory
  let now: number
  const ambient: Ambient = { now: () => now, random: systemAmbient.random }

  before(async () => {
    fixture = await startRegistryFixture()
    agent = fixture.nextAgent()
    await agent.rotate()
  })
  beforeEach(() => {
    now = 1_000_000
    fixture.proxy.liar = undefined
    fixture.proxy.calls.length = 0
    directory = createCardDirectory({ client: fixture.viaProxy(), backend: nodeBackend, ambient })
  })
  afterEach(() => directory[Symbol.asyncDispose]())
  after(() => fixture[Symbol.asyncDispose]())

  const asked = (method: string): readonly RpcCall[] => fixture.proxy.calls.filter((call) => call.method === method)

  describe('current and byId', () => {
    it('give the same verified card with its record', async () => {
      const current = await directory.current(agent.ref)
      expect(current.agent).to.deep.equal(agent.ref)
      expect(current.record).to.include({ epoch: 0, revokedAt: 0 })
      expect(current.card.relays).to.deep.equal(['http://127.0.0.1:8787'])
      expect(await directory.byId(agent.ref, current.cardId)).to.deep.equal(current)
    })

    it('ask the chain once for many callers, and not again while fresh', async () => {
      await Promise.all(Array.from({ length: 10 }, () => directory.current(agent.ref)))
      expect(asked('eth_call')).to.have.length(1)
      expect(asked('eth_getLogs')).to.have.length(1)
      now += cardFreshMillis - 1
      await directory.current(agent.ref)
      expect(asked('eth_call')).to.have.length(1)
    })

    it('ask for the record anew when it is stale, and never again for the card', async () => {
      const { cardId } = await directory.current(agent.ref)
      await directory.byId(agent.ref, cardId)
      now += cardFreshMillis
      await directory.current(agent.ref)
      await directory.byId(agent.ref, cardId)
      expect(asked('eth_call')).to.have.length(4)
      expect(asked('eth_getLogs')).to.have.length(1)
    })

    it('say that an agent is not registered, and that a card is unknown', async () => {
      const stranger = { ...agent.ref, address: asAddress(`0x${'12'.repeat(20)}`) }
      const unregistered = await caught(directory.current(stranger))
      expect(unregistered.code).to.equal('registry.not_registered')
      expect(unregistered.facts).to.deep.equal({ agent: stranger })
      expect((await caught(directory.byId(agent.ref, absentCard))).code).to.equal('registry.unknown_card')
    })

    it('see an agent that registers after it was asked for', async () => {
      const newcomer = fixture.nextAgent()
      expect((await caught(directory.current(newcomer.ref))).code).to.equal('registry.not_registered')
      const { cardId } = await newcomer.rotate()
      expect((await directory.current(newcomer.ref)).cardId).to.equal(cardId)
    })

    it('refuse an agent of another chain or registry', async () => {
      for (const foreign of [
        { ...agent.ref, chainId: 1 },
        { ...agent.ref, registry: agent.address },
      ]) {
        const error = await caught(directory.current(foreign))
        expect(error.code).to.equal('registry.foreign_registry')
        expect(error.facts).to.deep.equal({ agent: foreign, chainId: 31_337, registry: fixture.registry })
        expect((await caught(directory.byId(foreign, absentCard))).code).to.equal('registry.foreign_registry')
      }
      expect(fixture.proxy.calls).to.have.length(0)
    })

    it('refuse a card that does not prove possession of its keys for this agent', async () => {
      const thief = fixture.nextAgent()
      const { cardBytes } = await directory.current(agent.ref)
      await thief.client.publish({ card: cardBytes })
      expect((await caught(directory.current(thief.ref))).code).to.equal('identity.possession')
      const babbler = fixture.nextAgent()
      const { cardId } = await babbler.client.publish({ card: new Uint8Array(50).fill(9) })
      expect((await caught(directory.byId(babbler.ref, cardId))).code).to.match(/^wire\./)
    })
  })

  describe('while the chain cannot be asked', () => {
    it('stale records are served for five minutes, then the reason is given', async () => {
      const { cardId } = await directory.current(agent.ref)
      await directory.byId(agent.ref, cardId)
      fixture.proxy.liar = () => 'drop'
      now += cardExpiredMillis - 1
      expect((await directory.current(agent.ref)).cardId).to.equal(cardId)
      expect((await directory.byId(agent.ref, cardId)).cardId).to.equal(cardId)
      now += 1
      for (const lookUp of [directory.current(agent.ref), directory.byId(agent.ref, cardId)]) {
        const error = await caught(lookUp)
        expect([error.code, error.retry]).to.deep.equal(['registry.rpc_unreachable', 'later'])
      }
    })

    const outages: readonly [string, Liar][] = [
      ['says HTTP 500', () => ({ status: 500, body: '' })],
      ['says HTTP 401', () => ({ status: 401, body: '' })],
      ['fails by JSON-RPC', () => ({ error: { code: -32000, message: 'header not found' } })],
      ['answers garbage', () => ({ status: 200, body: 'garbage' })],
    ]
    for (const [what, liar] of outages) {
      it(`an endpoint that ${what} counts as one that cannot be asked`, async () => {
        const { cardId } = await directory.current(agent.ref)
        fixture.proxy.liar = liar
        now += cardFreshMillis
        expect((await directory.current(agent.ref)).cardId).to.equal(cardId)
      })
    }

    it('an agent that was never looked up is not known', async () => {
      fixture.proxy.liar = () => ({ status: 503, body: '' })
      expect((await caught(directory.current(agent.ref))).code).to.equal('registry.rpc_unreachable')
    })
  })

  describe('promise: a revocation cannot be hidden', () => {
    it('by a stale record: it shows once the record is asked for anew', async () => {
      const holder = fixture.nextAgent()
      const { cardId } = await holder.rotate()
      await directory.byId(holder.ref, cardId)
      await holder.client.revoke({ cardId, reason: 'key_compromise' })
      now += cardFreshMillis
      expect((await directory.byId(holder.ref, cardId)).record.reason).to.equal('key_compromise')
      expect((await directory.current(holder.ref)).record.reason).to.equal('key_compromise')
    })

    it('by what one look-up still has from before the other saw it', async () => {
      const holder = fixture.nextAgent()
      const { cardId } = await holder.rotate()
      await directory.byId(holder.ref, cardId)
      await holder.client.revoke({ cardId, reason: 'key_compromise' })
      expect((await directory.current(holder.ref)).record.reason).to.equal('key_compromise')
      expect((await directory.byId(holder.ref, cardId)).record.reason).to.equal('key_compromise')

      const other = fixture.nextAgent()
      const old = await other.rotate()
      await directory.byId(other.ref, old.cardId)
      await directory.current(other.ref)
      const { cardId: replacing } = await other.rotate()
      now += cardFreshMillis - 1
      await directory.byId(other.ref, replacing)
      now += 1
      expect((await directory.current(other.ref)).cardId).to.equal(replacing)
      expect((await directory.byId(other.ref, old.cardId)).record.validUntil).to.be.greaterThan(0)
    })

    it('by an endpoint that goes back to an answer from before it', async () => {
      const holder = fixture.nextAgent()
      const { cardId } = await holder.rotate()
      const before = new Map<string, unknown>()
      fixture.proxy.liar = async ({ method, params }, truth) => {
        if (method === 'eth_call') before.set((params[0] as { data: string }).data, await truth())
        return undefined
      }
      await directory.current(holder.ref)
      await directory.byId(holder.ref, cardId)

      await holder.client.revoke({ cardId, reason: 'key_compromise' })
      now += cardFreshMillis
      fixture.proxy.liar = undefined
      await directory.byId(holder.ref, cardId)

      now += cardFreshMillis
      fixture.proxy.liar = ({ method, params }) =>
        method === 'eth_call' ? { result: before.get((params[0] as { data: string }).data) } : undefined
      for (const lookUp of [directory.current(holder.ref), directory.byId(holder.ref, cardId)]) {
        const error = await caught(lookUp)
        expect(error.code).to.equal('registry.stale_answer')
        expect(error.facts).to.include({ agent: holder.address, field: 'revokedAt', answered: 0 })
      }
    })

    it('by an endpoint that goes back to an earlier card', async () => {
      const holder = fixture.nextAgent()
      await holder.rotate()
      let old: unknown
      fixture.proxy.liar = async ({ method }, truth) => {
        if (method === 'eth_call') old = await truth()
        return undefined
      }
      await directory.current(holder.ref)
      await holder.rotate()
      now += cardFreshMillis
      fixture.proxy.liar = undefined
      await directory.current(holder.ref)
      now += cardFreshMillis
      fixture.proxy.liar = ({ method }) => (method === 'eth_call' ? { result: old } : undefined)
      const error = await caught(directory.current(holder.ref))
      expect(error.code).to.equal('registry.stale_answer')
      expect(error.facts).to.deep.equal({ agent: holder.address, field: 'epoch', seen: 1, answered: 0 })
    })

    it('by a client that serves another card of the same agent', async () => {
      const holder = fixture.nextAgent()
      const first = await holder.rotate()
      await holder.rotate()
      const client = { ...fixture.viaProxy(), cardBytes: async () => first.cardBytes }
      const fooled = createCardDirectory({ client, backend: nodeBackend, ambient })
      const error = await caught(fooled.current(holder.ref))
      expect(error.code).to.equal('registry.card_bytes_mismatch')
      expect(error.facts).to.include({ actual: first.cardId })
    })

    it('by swapping the bytes of a card', async () => {
      const other = fixture.nextAgent()
      await other.rotate()
      fixture.proxy.liar = async ({ method }, truth) => {
        if (method !== 'eth_getLogs') return undefined
        const logs = (await truth()) as { data: string }[]
        return { result: logs.map((log) => ({ ...log, data: log.data.replace(/.{200}$/, '0'.repeat(200)) })) }
      }
      expect((await caught(directory.current(other.ref))).code).to.equal('registry.card_bytes_mismatch')
    })
  })
})
