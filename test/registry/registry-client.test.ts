import { expect } from 'chai'
import { createPublicClient, http } from 'viem'
import { asAddress, asCardId, type CardId } from '../../src/core/ids.ts'
import type { HistoryEntry } from '../../src/registry/read-history.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { openRpc } from '../../src/registry/rpc.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture, type TestAgent } from './fixture.ts'
import type { Liar } from './lying-proxy.ts'

const absentCard = asCardId(`0x${'ab'.repeat(32)}`)

interface Log {
  topics: string[]
  data: string
}

/** A liar about one method, given the truth. */
function lieAbout(method: string, lie: (truth: unknown, params: readonly unknown[]) => unknown): Liar {
  return async (call, truth) => (call.method === method ? { result: await lie(await truth(), call.params) } : undefined)
}

/** What the chain itself answers to a log query. */
async function rawLogs({ chain }: RegistryFixture, filter: object): Promise<Log[]> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [filter] })
  const answer = await fetch(chain.rpcUrl, { method: 'POST', body })
  return ((await answer.json()) as { result: Log[] }).result
}

describe('registry/registry-client', () => {
  let fixture: RegistryFixture
  let agent: TestAgent

  before(async () => {
    fixture = await startRegistryFixture()
  })
  beforeEach(() => {
    fixture.proxy.liar = undefined
  })
  after(() => fixture[Symbol.asyncDispose]())

  describe('publish, revoke and the reads', () => {
    before(() => {
      agent = fixture.nextAgent()
    })

    it('gives nothing for an agent without a card', async () => {
      expect(await agent.client.current(agent.address)).to.equal(undefined)
      expect(await agent.client.record(agent.address, absentCard)).to.equal(undefined)
      expect(await agent.client.history(agent.address)).to.deep.equal([])
      expect(await agent.client.statusAt(agent.address, absentCard, 1, 1)).to.equal('unknown')
    })

    it('publishes, rotates and revokes, and reads back what it wrote', async () => {
      const first = await agent.rotate()
      const second = await agent.rotate(4_000_000_000)
      const { transactionHash, blockNumber, gasUsed, cardId } = await agent.client.revoke({
        cardId: first.cardId,
        reason: 'key_compromise',
      })
      expect(transactionHash).to.match(/^0x[0-9a-f]{64}$/)
      expect([typeof blockNumber, typeof gasUsed, cardId]).to.deep.equal(['bigint', 'bigint', first.cardId])

      const current = await agent.client.current(agent.address)
      expect(current?.cardId).to.equal(second.cardId)
      expect(current?.record).to.include({ epoch: 1, validUntil: 0, revokedAt: 0, suite: 0x20, reason: 'unspecified' })
      const record = await agent.client.record(agent.address, first.cardId)
      expect(record).to.include({ epoch: 0, validUntil: 4_000_000_000, reason: 'key_compromise' })
      expect(record?.revokedAt).to.be.greaterThan(0)
      expect(await agent.client.statusAt(agent.address, first.cardId, 4e9, 4e9)).to.equal('revoked')
      expect(await agent.client.statusAt(agent.address, second.cardId, 4e9, 4e9)).to.equal('valid')
    })

    it('gives the bytes of each card and the whole history', async () => {
      const history: readonly HistoryEntry[] = await agent.client.history(agent.address)
      expect(history.map(({ record }) => record.epoch)).to.deep.equal([0, 1])
      for (const { cardId, cardBytes, record } of history) {
        expect(await agent.client.cardBytes(agent.address, cardId)).to.deep.equal(cardBytes)
        expect(await agent.client.record(agent.address, cardId)).to.deep.equal(record)
      }
      expect((await caught(agent.client.cardBytes(agent.address, absentCard))).code).to.equal('registry.unknown_card')
    })

    it('gives each refusal of the contract as a typed error with its values', async () => {
      const current = await agent.client.current(agent.address)
      const cardId = current?.cardId as CardId
      const [first] = await agent.client.history(agent.address)
      const { publish, revoke, statusAt } = agent.client
      const card = new Uint8Array(40)
      const refused: readonly [string, () => Promise<unknown>][] = [
        ['registry.stale_epoch', () => publish({ card })],
        ['registry.duplicate_card', () => publish({ card: first!.cardBytes, previous: cardId })],
        ['registry.card_too_short', () => publish({ card: new Uint8Array(3), previous: cardId })],
        ['registry.card_too_long', () => publish({ card: new Uint8Array(4097), previous: cardId })],
        ['registry.grace_in_past', () => publish({ card, previous: cardId, previousValidUntil: 1 })],
        ['registry.unauthorized', () => publish({ card, agent: asAddress(`0x${'11'.repeat(20)}`) })],
        ['registry.zero_agent', () => publish({ card, agent: asAddress(`0x${'00'.repeat(20)}`) })],
        ['registry.already_revoked', () => revoke({ cardId: first!.cardId, reason: 'superseded' })],
        ['registry.unknown_card', () => revoke({ cardId: absentCard, reason: 'superseded' })],
        ['registry.compromise_out_of_range', () => revoke({ cardId, reason: 'superseded', compromisedSince: 1 })],
        ['registry.as_of_before_time', () => statusAt(agent.address, cardId, 2, 1)],
      ]
      for (const [code, call] of refused) expect((await caught(call)).code).to.equal(code)
      const stale = await caught(publish({ card, previous: absentCard }))
      expect(stale.facts).to.deep.equal({ agent: agent.address, previous: absentCard, current: cardId })
      expect(stale.retry).to.equal('refresh')
      const newcomer = fixture.nextAgent()
      const graceful = newcomer.client.publish({ card, previousValidUntil: 4e9 })
      expect((await caught(graceful)).code).to.equal('registry.grace_without_previous')
    })

    it('refuses arguments that the contract could not even be given', async () => {
      const { publish, revoke, current, statusAt } = agent.client
      const calls: readonly (() => unknown)[] = [
        () => publish({ card: 'text' as never }),
        () => publish({ card: new Uint8Array(4), previous: '0x12' as never }),
        () => publish({ card: new Uint8Array(4), previousValidUntil: 1.5 }),
        () => publish({ card: new Uint8Array(4), previousValidUntil: 2 ** 40 }),
        () => revoke({ cardId: absentCard, reason: 'because' as never }),
        () => revoke({ cardId: absentCard, reason: 'superseded', compromisedSince: -1 }),
        () => current('bob' as never),
        () => statusAt(agent.address, absentCard, Number.NaN, 1),
        () => createRegistryClient({ rpcUrl: fixture.chain.rpcUrl, chainId: 1, registry: 'nowhere' }),
        () => createRegistryClient({ chainId: 1, registry: fixture.registry }),
        () => createRegistryClient({ rpcUrl: 'file:///etc', chainId: 1, registry: fixture.registry }),
        () =>
          createRegistryClient({
            rpcUrl: fixture.chain.rpcUrl,
            chainId: 1,
            registry: fixture.registry,
            account: '0xapi-key-of-mine',
          }),
      ]
      for (const call of calls) expect((await caught(call)).code).to.equal('core.invalid_argument')
    })

    it('needs an account to write, and money on it', async () => {
      const { rpcUrl, chainId } = fixture.chain
      const { registry } = fixture
      const reader = createRegistryClient({ rpcUrl, chainId, registry })
      expect((await caught(reader.publish({ card: new Uint8Array(4) }))).code).to.equal('registry.no_account')
      const poor = createRegistryClient({ rpcUrl, chainId, registry, account: `0x${'77'.repeat(32)}` })
      const error = await caught(poor.publish({ card: new Uint8Array(4) }))
      expect(error.code).to.equal('registry.insufficient_funds')
      expect(error.facts).to.include({ account: poor.rpc.account })
    })

    it('sends concurrent transactions of one account one after another', async () => {
      const { rpcUrl, chainId } = fixture.chain
      const busy = fixture.nextAgent()
      const cards = [await busy.rotate(), await busy.rotate(), await busy.rotate(), await busy.rotate()]
      const account = fixture.chain.accounts.find(({ address }) => asAddress(address) === busy.address)!.privateKey
      const twin = createRegistryClient({ rpcUrl, chainId, registry: fixture.registry, account })
      await twin.current(busy.address)
      const sent = await Promise.all(
        cards.map(({ cardId }, i) => (i % 2 ? twin : busy.client).revoke({ cardId, reason: 'superseded' })),
      )
      expect(new Set(sent.map(({ transactionHash }) => transactionHash)).size).to.equal(4)
    })

    it('works through a client or provider given in place of a URL', async () => {
      const client = createPublicClient({ transport: http(fixture.chain.rpcUrl) })
      const { chainId } = fixture.chain
      const reader = createRegistryClient({ client, chainId, registry: fixture.registry })
      expect((await reader.history(agent.address)).length).to.equal(2)
      const broken = { request: () => Promise.reject(new Error('api-key-of-mine')) }
      const error = await caught(
        createRegistryClient({ ...reader, client: broken, rpc: undefined as never }).current(agent.address),
      )
      expect(error.code).to.equal('registry.rpc_unreachable')
    })
  })

  describe('an endpoint that is down, slow or broken', () => {
    const cases: readonly [string, Liar, string, object][] = [
      ['drops the connection', () => 'drop', 'registry.rpc_unreachable', { reason: 'connection' }],
      ['never answers', () => 'hang', 'registry.rpc_unreachable', { reason: 'timeout' }],
      [
        'says HTTP 500',
        () => ({ status: 500, body: 'x' }),
        'registry.rpc_unreachable',
        { reason: 'http', status: 500 },
      ],
      [
        'says HTTP 429',
        () => ({ status: 429, body: '{}' }),
        'registry.rpc_unreachable',
        { reason: 'http', status: 429 },
      ],
      ['says HTTP 401', () => ({ status: 401, body: '{}' }), 'registry.rpc_refused', { status: 401 }],
      ['says HTTP 404', () => ({ status: 404, body: '<html>' }), 'registry.rpc_refused', { status: 404 }],
      [
        'is over its limit',
        () => ({ error: { code: -32005, message: 'slow down' } }),
        'registry.rpc_unreachable',
        { reason: 'limit' },
      ],
      [
        'fails by JSON-RPC',
        () => ({ error: { code: -32601, message: 'no such\nmethod at http://x/api-key-of-mine' } }),
        'registry.rpc_failed',
        { rpcCode: -32601, detail: 'no such method at (url)' },
      ],
      ['answers garbage', () => ({ status: 200, body: 'not json' }), 'registry.malformed_answer', {}],
      ['answers null', () => ({ status: 200, body: 'null' }), 'registry.malformed_answer', {}],
      ['answers an empty object', () => ({ status: 200, body: '{}' }), 'registry.malformed_answer', {}],
      ['answers an error that is none', () => ({ error: 'no' }), 'registry.malformed_answer', {}],
      ['answers 11 MiB', () => ({ result: '0x'.padEnd(11_534_336, '0') }), 'registry.malformed_answer', {}],
      ['answers a list', () => ({ result: [1, 2] }), 'registry.malformed_answer', {}],
    ]
    for (const [what, liar, code, facts] of cases) {
      it(`that ${what} is ${code}`, async () => {
        const client = fixture.viaProxy(what === 'never answers' ? { timeoutMillis: 200 } : {})
        fixture.proxy.liar = (call, truth) => (call.method === 'eth_call' ? liar(call, truth) : undefined)
        const error = await caught(client.current(agent.address))
        expect(error.code).to.equal(code)
        expect(error.facts).to.include({ method: 'current', ...facts })
        fixture.proxy.liar = undefined
        expect(await client.current(agent.address)).to.have.property('cardId')
      })
    }

    it('is retried at the next call, not remembered', async () => {
      const client = fixture.viaProxy()
      fixture.proxy.liar = () => 'drop'
      expect((await caught(client.current(agent.address))).code).to.equal('registry.rpc_unreachable')
      fixture.proxy.liar = undefined
      expect(await client.current(agent.address)).to.have.property('cardId')
    })
  })

  describe('an endpoint that lies', () => {
    it('about its chain is found out before anything else is asked', async () => {
      fixture.proxy.liar = lieAbout('eth_chainId', () => '0x1')
      fixture.proxy.calls.length = 0
      const error = await caught(fixture.viaProxy().current(agent.address))
      expect(error.code).to.equal('registry.wrong_chain')
      expect(error.facts).to.include({ expected: 31_337, actual: 1 })
      expect(fixture.proxy.calls.map(({ method }) => method)).to.deep.equal(['eth_chainId'])
    })

    it('or serves another chain than the registry is on, is found out when it was opened without one', async () => {
      const rpc = openRpc({ rpcUrl: fixture.chain.rpcUrl })
      const error = await caught(
        createRegistryClient({ rpc, chainId: 1, registry: fixture.registry }).current(agent.address),
      )
      expect(error.code).to.equal('registry.wrong_chain')
    })

    it('or knows no contract there is told apart from an agent without a card', async () => {
      const { rpcUrl, chainId } = fixture.chain
      const contract = asAddress(`0x${'99'.repeat(20)}`)
      const error = await caught(createRegistryClient({ rpcUrl, chainId, registry: contract }).current(agent.address))
      expect(error.code).to.equal('registry.no_contract')
      expect(error.facts).to.include({ chainId, contract })
    })

    it('about card bytes is found out by the card id', async () => {
      fixture.proxy.liar = lieAbout('eth_getLogs', (logs) =>
        (logs as Log[]).map((log) => {
          const byte = log.data.slice(-100, -98) === 'ff' ? '00' : 'ff'
          return { ...log, data: `${log.data.slice(0, -100)}${byte}${log.data.slice(-98)}` }
        }),
      )
      const client = fixture.viaProxy()
      const current = await client.current(agent.address)
      const mismatch = await caught(client.cardBytes(agent.address, current!.cardId))
      expect(mismatch.code).to.equal('registry.card_bytes_mismatch')
      expect((await caught(client.history(agent.address))).code).to.equal('registry.card_bytes_mismatch')
    })

    it('by withholding the log of a card is named with the epoch', async () => {
      fixture.proxy.liar = lieAbout('eth_getLogs', (logs) =>
        (logs as Log[]).filter(({ topics }) => topics[3]?.endsWith('1')),
      )
      const client = fixture.viaProxy()
      const history = await agent.client.history(agent.address)
      const withheld = await caught(client.cardBytes(agent.address, history[0]!.cardId))
      expect(withheld.code).to.equal('registry.card_bytes_unavailable')
      expect(withheld.facts).to.include({ epoch: 0 })
      const incomplete = await caught(client.history(agent.address))
      expect(incomplete.code).to.equal('registry.history_incomplete')
      expect(incomplete.facts).to.deep.equal({ agent: agent.address, epochs: [0], missing: 1, cards: 2 })
    })

    it('by renumbering cards does not make a history of them', async () => {
      fixture.proxy.liar = lieAbout('eth_getLogs', (logs) =>
        (logs as Log[]).map((log) => ({ ...log, topics: [...log.topics.slice(0, 3), `0x${'00'.repeat(32)}`] })),
      )
      const error = await caught(fixture.viaProxy().history(agent.address))
      expect(error.facts).to.deep.equal({ agent: agent.address, epochs: [1], missing: 1, cards: 2 })
    })

    it('by answering with logs that were not asked for is not listened to', async () => {
      const history = await agent.client.history(agent.address)
      fixture.proxy.liar = async ({ method, params }) => {
        if (method !== 'eth_getLogs') return undefined
        const [{ topics, ...filter }] = params as [{ topics: unknown }]
        expect(topics).to.be.an('array')
        return { result: await rawLogs(fixture, { ...filter, fromBlock: '0x0', toBlock: 'latest' }) }
      }
      const client = fixture.viaProxy()
      for (const { cardId, cardBytes } of history)
        expect(await client.cardBytes(agent.address, cardId)).to.deep.equal(cardBytes)
      expect(await client.history(agent.address)).to.deep.equal(history)
    })

    it('by a card that was never published, in place of one, does not fill the gap', async () => {
      const stranger = fixture.nextAgent()
      await stranger.rotate()
      const topic = `0x${'00'.repeat(12)}${agent.address.slice(2)}`
      fixture.proxy.liar = async (call) => {
        if (call.method !== 'eth_getLogs') return undefined
        const result = await rawLogs(fixture, { address: fixture.registry, fromBlock: '0x0' })
        const theirs = result.filter(({ topics }) => topics[1]?.endsWith(stranger.address.slice(2)))
        return { result: theirs.map((log) => ({ ...log, topics: [log.topics[0], topic, ...log.topics.slice(2)] })) }
      }
      const error = await caught(fixture.viaProxy().history(agent.address))
      expect(error.code).to.equal('registry.history_incomplete')
      expect(error.facts).to.include({ missing: 2 })
    })

    it('about how many cards there are gets a bounded answer', async () => {
      const client = fixture.viaProxy()
      const many = 0xffff_fffe
      fixture.proxy.liar = lieAbout('eth_call', (truth, params) => {
        const isCurrent = (params[0] as { data: string }).data.length === 10 + 64
        const hex = String(truth)
        const at = 2 + 64 * 5
        return isCurrent ? hex.slice(0, at) + many.toString(16).padStart(64, '0') + hex.slice(at + 64) : truth
      })
      const error = await caught(client.history(agent.address))
      expect(error.code).to.equal('registry.history_incomplete')
      expect((error.facts as { epochs: number[] }).epochs).to.have.length(16)
    })

    it('that limits the range of blocks is searched in pieces', async () => {
      for (let i = 0; i < 20; i++) await fixture.chain.mine(1)
      let refused = 0
      fixture.proxy.liar = ({ method, params }) => {
        if (method !== 'eth_getLogs') return undefined
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string }
        if (Number(toBlock) - Number(fromBlock) < 4) return undefined
        refused++
        return { error: { code: -32000, message: 'block range too large' } }
      }
      const history = await fixture.viaProxy().history(agent.address)
      expect(history.map(({ record }) => record.epoch)).to.deep.equal([0, 1])
      expect(refused).to.be.greaterThan(0)
    })

    it('about a hint costs a search, and the card is still found', async () => {
      const [first] = await agent.client.history(agent.address)
      const record = { ...first!.record, hint: 0xffff_ffff }
      const client = fixture.viaProxy()
      expect(await client.cardBytes(agent.address, first!.cardId, record)).to.deep.equal(first!.cardBytes)
    })
  })
})
