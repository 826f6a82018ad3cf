import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'
import { asAddress, asCardId, type CardId } from '../../src/core/ids.ts'
import { maxProvenBlockAgeMillis } from '../../src/core/limits.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createCardDirectory } from '../../src/registry/create-card-directory.ts'
import { createProvenReader } from '../../src/registry/create-proven-reader.ts'
import type { CurrentCard } from '../../src/registry/registry-client.ts'
import { caught } from './caught.ts'
import type { TestAgent } from './fixture.ts'
import type { Liar } from './lying-proxy.ts'
import {
  damaged,
  forgeBlock,
  headerNames,
  lieAbout,
  type QuorumFixture,
  type RawBlock,
  startQuorumFixture,
} from './quorum-fixture.ts'

const absentCard = asCardId(`0x${'ab'.repeat(32)}`)

interface RawProof {
  accountProof: string[]
  storageHash: string
  nonce: string
  address: string
  storageProof: { key: string; value: string; proof: string[] }[]
}

/** A liar about the newest block. */
const lieAboutHead = (lie: (block: RawBlock) => unknown): Liar => lieAbout('eth_getBlockByNumber', lie)

/** A liar about storage proofs. */
const lieAboutProof = (lie: (proof: RawProof) => unknown): Liar => lieAbout('eth_getProof', lie)

/** A liar about the storage proof of the one slot that is asked for. */
const lieAboutSlot = (lie: (slot: RawProof['storageProof'][number]) => object): Liar =>
  lieAboutProof((proof) => ({ ...proof, storageProof: proof.storageProof.map((slot) => ({ ...slot, ...lie(slot) })) }))

const damagedEach = (nodes: string[], place: number): string[] =>
  nodes.map((node, index) => (index === place ? damaged(node) : node))

describe('registry/create-proven-reader', () => {
  let fixture: QuorumFixture
  let agent: TestAgent
  let first: CardId
  let truth: CurrentCard

  const origin = (place: number) => new URL(fixture.proxies[place]!.rpcUrl).origin
  const { now } = systemAmbient

  /** What was reported, once something was. */
  const reported = async () => {
    for (let waited = 0; fixture.faults.length === 0 && waited < 5000; waited += 20)
      await new Promise((resolve) => setTimeout(resolve, 20))
    return fixture.faults
  }

  before(async () => {
    fixture = await startQuorumFixture()
    agent = fixture.registry.nextAgent()
    first = (await agent.rotate()).cardId
    await agent.rotate(4_000_000_000)
    await agent.client.revoke({ cardId: first, reason: 'key_compromise' })
    truth = (await agent.client.current(agent.address))!
  })
  beforeEach(() => fixture.reset())
  after(() => fixture[Symbol.asyncDispose]())

  describe('with honest endpoints', () => {
    it('reads what the unproven client reads, and reports nothing', async () => {
      const reader = await fixture.reader()
      expect(await reader.current(agent.address)).to.deep.equal(truth)
      expect(await reader.record(agent.address, first)).to.deep.equal(await agent.client.record(agent.address, first))
      const bytes = await reader.cardBytes(agent.address, first)
      expect(bytes).to.deep.equal(await agent.client.cardBytes(agent.address, first))
      expect(fixture.faults).to.deep.equal([])
    })

    it('proves that an agent has no card, and that it never published one', async () => {
      const reader = await fixture.reader()
      expect(await reader.current(asAddress(`0x${'77'.repeat(20)}`))).to.equal(undefined)
      expect(await reader.record(agent.address, absentCard)).to.equal(undefined)
      expect((await caught(reader.cardBytes(agent.address, absentCard))).code).to.equal('registry.unknown_card')
    })

    it('shows what was written by the block before', async () => {
      const reader = await fixture.reader()
      const writer = fixture.registry.nextAgent()
      const { cardId } = await writer.rotate()
      expect((await reader.current(writer.address))?.cardId).to.equal(cardId)
      await writer.client.revoke({ cardId, reason: 'superseded' })
      expect((await reader.record(writer.address, cardId))?.reason).to.equal('superseded')
    })

    it('makes a directory that gives what the unproven one gives', async () => {
      const common = { client: agent.client, backend: nodeBackend }
      await using plain = createCardDirectory(common)
      await using proven = createCardDirectory({ ...common, reader: await fixture.reader() })
      expect(await proven.current(agent.ref)).to.deep.equal(await plain.current(agent.ref))
      expect(await proven.byId(agent.ref, first)).to.deep.equal(await plain.byId(agent.ref, first))
      const stranger = { ...agent.ref, address: asAddress(`0x${'77'.repeat(20)}`) }
      expect((await caught(proven.current(stranger))).code).to.equal('registry.not_registered')
    })

    it('proves that no contract stands at an address', async () => {
      for (const registry of [agent.address, `0x${'99'.repeat(20)}`]) {
        const error = await caught((await fixture.reader({ registry })).current(agent.address))
        expect([error.code, error.retry]).to.deep.equal(['registry.no_contract', 'never'])
      }
      expect(fixture.faults).to.deep.equal([])
    })
  })

  describe('promise: one lying endpoint of three can neither swap a key nor hide a revocation, and is named', () => {
    const lies: readonly [string, Liar, string, string?][] = [
      ['the chain id', lieAbout('eth_chainId', () => '0x1'), 'registry.wrong_chain'],
      [
        'the head, without a hash for it',
        lieAboutHead((block) => ({ ...block, number: '0xffff' })),
        'registry.proof_invalid',
        'block_hash',
      ],
      [
        'the block hash',
        lieAboutHead((block) => ({ ...block, hash: damaged(block['hash']!) })),
        'registry.proof_invalid',
        'block_hash',
      ],
      [
        'the state root',
        lieAboutHead((block) => ({ ...block, stateRoot: damaged(block['stateRoot']!) })),
        'registry.proof_invalid',
        'block_hash',
      ],
      [
        'the state root, with a hash for it',
        lieAboutHead((block) => forgeBlock(block, { stateRoot: damaged(block['stateRoot']!) })),
        'registry.rpc_disagrees',
      ],
      [
        'the block time, with a hash for it',
        lieAboutHead((block) => forgeBlock(block, { timestamp: '0x1' })),
        'registry.rpc_disagrees',
      ],
      ['the newest block, by withholding it', lieAboutHead(() => null), 'registry.malformed_answer'],
      [
        'a header field, by leaving it out',
        lieAboutHead(({ mixHash: _, ...block }) => block),
        'registry.malformed_answer',
      ],
      [
        'a header field, by its form',
        lieAboutHead((block) => ({ ...block, stateRoot: 7 })),
        'registry.malformed_answer',
      ],
      [
        'the root node of the account proof',
        lieAboutProof((proof) => ({ ...proof, accountProof: damagedEach(proof.accountProof, 0) })),
        'registry.proof_invalid',
        'account_proof',
      ],
      [
        'the leaf of the account proof',
        lieAboutProof((proof) => ({
          ...proof,
          accountProof: damagedEach(proof.accountProof, proof.accountProof.length - 1),
        })),
        'registry.proof_invalid',
        'account_proof',
      ],
      [
        'the account proof, by cutting it short',
        lieAboutProof((proof) => ({ ...proof, accountProof: proof.accountProof.slice(0, -1) })),
        'registry.proof_invalid',
        'account_proof',
      ],
      [
        'the account proof, by leaving it empty',
        lieAboutProof((proof) => ({ ...proof, accountProof: [] })),
        'registry.proof_invalid',
        'account_proof',
      ],
      [
        'the storage root',
        lieAboutProof((proof) => ({ ...proof, storageHash: damaged(proof.storageHash) })),
        'registry.proof_invalid',
        'account_value',
      ],
      ['the nonce', lieAboutProof((proof) => ({ ...proof, nonce: '0x77' })), 'registry.proof_invalid', 'account_value'],
      [
        'the address',
        lieAboutProof((proof) => ({ ...proof, address: damaged(proof.address) })),
        'registry.proof_invalid',
        'account_value',
      ],
      ['the storage key', lieAboutSlot(({ key }) => ({ key: damaged(key) })), 'registry.proof_invalid', 'storage_key'],
      [
        'the storage value',
        lieAboutSlot(({ value }) => ({ value: damaged(value) })),
        'registry.proof_invalid',
        'storage_value',
      ],
      [
        'the storage value, by an older card',
        lieAboutSlot(() => ({ value: first })),
        'registry.proof_invalid',
        'storage_value',
      ],
      [
        'the root node of the storage proof',
        lieAboutSlot(({ proof }) => ({ proof: damagedEach(proof, 0) })),
        'registry.proof_invalid',
        'storage_proof',
      ],
      [
        'the leaf of the storage proof',
        lieAboutSlot(({ proof }) => ({ proof: damagedEach(proof, proof.length - 1) })),
        'registry.proof_invalid',
        'storage_proof',
      ],
      [
        'the storage proof, by cutting it short',
        lieAboutSlot(({ proof }) => ({ value: '0x0', proof: proof.slice(0, -1) })),
        'registry.proof_invalid',
        'storage_proof',
      ],
      [
        'the storage proof, by leaving it empty',
        lieAboutSlot(() => ({ value: '0x0', proof: [] })),
        'registry.proof_invalid',
        'storage_proof',
      ],
      [
        'the slot, by leaving it out',
        lieAboutProof((proof) => ({ ...proof, storageProof: [] })),
        'registry.malformed_answer',
      ],
      ['the proof, by withholding it', lieAboutProof(() => null), 'registry.malformed_answer'],
      [
        'the proof, by garbage in it',
        lieAboutProof(() => ({ accountProof: 'x', storageProof: {} })),
        'registry.malformed_answer',
      ],
      [
        'the proof, by giving the one of an older block',
        lieAbout('eth_getProof', (_, [address, slots]) => fixture.call('eth_getProof', address, slots, '0x2')),
        'registry.proof_invalid',
        'account_proof',
      ],
      [
        'everything, by a revert',
        () => ({ error: { code: 3, message: 'no', data: `0x${'ab'.repeat(8)}` } }),
        'registry.reverted',
      ],
      ['everything, by garbage', () => ({ status: 200, body: 'garbage' }), 'registry.malformed_answer'],
      ['everything, by an empty object', () => ({ status: 200, body: '{}' }), 'registry.malformed_answer'],
      [
        'everything, by failing',
        () => ({ error: { code: -32000, message: 'header not found' } }),
        'registry.rpc_failed',
      ],
      ['everything, by being down', () => 'drop', 'registry.rpc_unreachable'],
      ['everything, by HTTP 503', () => ({ status: 503, body: '' }), 'registry.rpc_unreachable'],
    ]
    for (const [what, lie, code, part] of lies) {
      it(`who lies about ${what}`, async () => {
        fixture.proxies[0].liar = lie
        expect(await (await fixture.reader()).current(agent.address)).to.deep.equal(truth)
        const faults = await reported()
        expect(faults.map(({ endpoint }) => endpoint)).to.deep.equal(faults.map(() => origin(0)))
        expect(faults[0]?.error.code).to.equal(code)
        if (part !== undefined) expect(faults[0]?.error.facts).to.include({ endpoint: origin(0), part })
        expect(faults[0]?.error.retry).to.equal(
          ['registry.wrong_chain', 'registry.reverted'].includes(code) ? 'never' : 'later',
        )
      })
    }

    for (const name of headerNames)
      it(`who changes the header field ${name}`, async () => {
        const changed = (text: string) => (text === '0x' ? '0x00' : damaged(text))
        fixture.proxies[1].liar = lieAboutHead((block) => ({ ...block, [name]: changed(block[name]!) }))
        expect(await (await fixture.reader()).current(agent.address)).to.deep.equal(truth)
        const [fault] = await reported()
        expect(fault?.error.facts).to.include({ endpoint: origin(1), part: 'block_hash' })
      })

    it('who is slow: the others are not waited for', async () => {
      fixture.proxies[0].liar = () => 'hang'
      const started = now()
      const reader = await fixture.reader({ timeoutMillis: 1000 })
      expect(await reader.current(agent.address)).to.deep.equal(truth)
      expect(now() - started, 'millis').to.be.lessThan(3000)
      const [fault] = await reported()
      expect(fault?.endpoint).to.equal(origin(0))
      expect(fault?.error.facts).to.include({ endpoint: origin(0), reason: 'timeout' })
    })

    it('who stands still at an older card: its own block and proofs are genuine', async () => {
      const victim = fixture.registry.nextAgent()
      await victim.rotate()
      const frozen = await fixture.call<string>('eth_blockNumber')
      const { cardId } = await victim.rotate()
      await fixture.registry.chain.mine(60)
      fixture.proxies[0].liar = stuckAt(frozen)
      expect((await (await fixture.reader()).current(victim.address))?.cardId).to.equal(cardId)
      const [fault] = await reported()
      expect([fault?.endpoint, fault?.error.code]).to.deep.equal([origin(0), 'registry.rpc_behind'])
      expect(fault?.error.facts).to.include({ endpoint: origin(0), head: Number(frozen) })
      const { behindMillis } = fault!.error.facts as { behindMillis: number }
      expect(behindMillis).to.be.at.least(60_000)
    })

    it('who hides a revocation by standing still', async () => {
      const victim = fixture.registry.nextAgent()
      const { cardId } = await victim.rotate()
      const frozen = await fixture.call<string>('eth_blockNumber')
      await victim.client.revoke({ cardId, reason: 'key_compromise' })
      for (const place of [0, 1, 2]) {
        fixture.reset()
        fixture.proxies[place]!.liar = stuckAt(frozen)
        const reader = await fixture.reader()
        expect((await reader.current(victim.address))?.record.reason).to.equal('key_compromise')
        expect((await reader.record(victim.address, cardId))?.reason).to.equal('key_compromise')
        const [fault] = await reported()
        expect([fault?.endpoint, fault?.error.code]).to.deep.equal([origin(place), 'registry.rpc_behind'])
      }
    })

    it('who makes up blocks ahead of the chain: nobody else has them, so they count for nothing', async () => {
      fixture.proxies[0].liar = lieAboutHead((block) =>
        block['number'] === '0xffffff'
          ? null
          : forgeBlock(block, { number: '0xffffff', stateRoot: damaged(block['stateRoot']!) }),
      )
      expect(await (await fixture.reader()).current(agent.address)).to.deep.equal(truth)
    })

    it('who serves other bytes for a card, or none', async () => {
      const lies: readonly [Liar, string][] = [
        [
          lieAbout<{ data: string }[]>('eth_getLogs', (logs) =>
            logs.map((log) => ({ ...log, data: log.data.replace(/.{200}$/, '0'.repeat(200)) })),
          ),
          'registry.card_bytes_mismatch',
        ],
        [lieAbout('eth_getLogs', () => []), 'registry.card_bytes_unavailable'],
      ]
      for (const [liar, code] of lies) {
        fixture.reset()
        fixture.proxies[0].liar = liar
        const bytes = await (await fixture.reader()).cardBytes(agent.address, truth.cardId, truth.record)
        expect(bytes).to.deep.equal(await agent.client.cardBytes(agent.address, truth.cardId))
        const [fault] = await reported()
        expect([fault?.endpoint, fault?.error.code]).to.deep.equal([origin(0), code])
        expect(fault?.error.facts).to.include({ endpoint: origin(0) })
      }
    })

    it('who failed once is asked last from then on', async () => {
      const reader = await fixture.reader()
      fixture.proxies[0].liar = lieAboutProof(() => null)
      await reader.current(agent.address)
      await reader.current(agent.address)
      expect(fixture.proxies[0].calls.filter(({ method }) => method === 'eth_getProof')).to.have.length(1)
    })

    it('even when whoever listens to the reports throws', async () => {
      fixture.proxies[0].liar = () => 'drop'
      const onFault = () => {
        throw new Error('the listener is broken')
      }
      expect(await (await fixture.reader({ onFault })).current(agent.address)).to.deep.equal(truth)
    })
  })

  describe('without a quorum', () => {
    it('gives nothing, and names who disagrees', async () => {
      fixture.proxies[0].liar = lieAboutHead((block) => forgeBlock(block, { stateRoot: damaged(block['stateRoot']!) }))
      const error = await caught((await fixture.reader({ quorum: 3 })).current(agent.address))
      expect([error.code, error.retry]).to.deep.equal(['registry.quorum_unreachable', 'later'])
      const facts = error.facts as { answers: { endpoint: string; blockHash: string }[]; quorum: number }
      expect(facts.quorum).to.equal(3)
      const { hash } = await fixture.call<RawBlock>('eth_getBlockByNumber', 'latest', false)
      const liars = facts.answers.filter(({ blockHash }) => blockHash !== hash)
      expect(liars.map(({ endpoint }) => endpoint)).to.deep.equal([origin(0)])
      expect(facts.answers).to.have.length(3)
    })

    it('gives nothing when two of three fail, and names them with their reasons', async () => {
      fixture.proxies[0].liar = () => 'drop'
      fixture.proxies[2].liar = lieAboutHead((block) => ({ ...block, hash: damaged(block['hash']!) }))
      const error = await caught((await fixture.reader()).current(agent.address))
      expect(error.code).to.equal('registry.quorum_unreachable')
      const { faults, answers } = error.facts as { faults: object[]; answers: { endpoint: string }[] }
      expect(faults).to.have.deep.members([
        { endpoint: origin(0), code: 'registry.rpc_unreachable' },
        { endpoint: origin(2), code: 'registry.proof_invalid' },
      ])
      expect(answers.map(({ endpoint }) => endpoint)).to.deep.equal([origin(1)])
      expect(error.message).to.include(origin(0)).and.to.include(origin(2))
    })

    it('gives nothing when no endpoint proves what the quorum agrees on, and names all', async () => {
      for (const proxy of fixture.proxies) proxy.liar = lieAboutProof((proof) => ({ ...proof, accountProof: [] }))
      const error = await caught((await fixture.reader()).current(agent.address))
      expect([error.code, error.retry]).to.deep.equal(['registry.proof_unavailable', 'later'])
      const { faults } = error.facts as { faults: { endpoint: string; code: string }[] }
      expect(faults).to.deep.equal(
        [0, 1, 2].map((place) => ({ endpoint: origin(place), code: 'registry.proof_invalid' })),
      )
    })

    it('gives no card bytes when all endpoints withhold them', async () => {
      for (const proxy of fixture.proxies) proxy.liar = lieAbout('eth_getLogs', () => [])
      const error = await caught((await fixture.reader()).cardBytes(agent.address, first))
      expect(error.code).to.equal('registry.card_bytes_unavailable')
      for (const place of [0, 1, 2]) expect(error.message).to.include(origin(place))
    })

    it('serves a directory from its memory for five minutes, as when the chain cannot be asked', async () => {
      let time = now()
      const ambient = { now: () => time, random: systemAmbient.random }
      const reader = await fixture.reader({ ambient: { now } })
      const common = { client: agent.client, backend: nodeBackend }
      await using directory = createCardDirectory({ ...common, reader, ambient })
      const known = await directory.current(agent.ref)
      for (const proxy of fixture.proxies) proxy.liar = () => 'drop'
      time += 299_999
      expect(await directory.current(agent.ref)).to.deep.equal(known)
      time += 5001
      expect((await caught(directory.current(agent.ref))).code).to.equal('registry.quorum_unreachable')
    })
  })

  describe('which block', () => {
    it('is one that a quorum has, where endpoints lag behind by different amounts', async () => {
      const writer = fixture.registry.nextAgent()
      const { cardId } = await writer.rotate()
      const head = BigInt(await fixture.call<string>('eth_blockNumber'))
      await writer.rotate()
      await writer.rotate()
      // The newest are head + 2, head and head - 1: two have the block at head.
      fixture.proxies[1].liar = stuckAt(`0x${head.toString(16)}`)
      fixture.proxies[2].liar = stuckAt(`0x${(head - 1n).toString(16)}`)
      expect((await (await fixture.reader()).current(writer.address))?.cardId).to.equal(cardId)
      const behind = fixture.faults.filter(({ error }) => error.code === 'registry.rpc_behind')
      expect(behind.map(({ endpoint }) => endpoint)).to.deep.equal([origin(2)])
    })

    it('is an older one where the newest are on different branches', async () => {
      for (const [place, time] of ['0x1', '0x2'].entries())
        fixture.proxies[place]!.liar = async ({ method, params }, honest) =>
          method === 'eth_getBlockByNumber' && params[0] === 'latest'
            ? { result: forgeBlock((await honest()) as RawBlock, { timestamp: time }) }
            : undefined
      expect((await (await fixture.reader()).current(agent.address))?.cardId).to.equal(truth.cardId)
    })

    it('is not given by who claims newer ones and withholds it', async () => {
      const head = BigInt(await fixture.call<string>('eth_blockNumber'))
      fixture.proxies[0].liar = async ({ method, params }) =>
        method === 'eth_getBlockByNumber' && params[0] !== 'latest' ? { result: null } : undefined
      fixture.proxies[1].liar = stuckAt(`0x${(head - 1n).toString(16)}`)
      fixture.proxies[2].liar = stuckAt(`0x${(head - 2n).toString(16)}`)
      const reader = await fixture.reader()
      expect((await reader.current(agent.address))?.cardId).to.equal(truth.cardId)
      expect(fixture.faults.map(({ endpoint, error }) => [endpoint, error.code])).to.deep.include([
        origin(0),
        'registry.malformed_answer',
      ])
    })

    it('is not another than the one asked for', async () => {
      const head = BigInt(await fixture.call<string>('eth_blockNumber'))
      const older = (number: bigint) =>
        fixture.call<RawBlock>('eth_getBlockByNumber', `0x${number.toString(16)}`, false)
      fixture.proxies[0].liar = async ({ method, params }) =>
        method === 'eth_getBlockByNumber' && params[0] !== 'latest' ? { result: await older(1n) } : undefined
      fixture.proxies[1].liar = stuckAt(`0x${(head - 1n).toString(16)}`)
      fixture.proxies[2].liar = () => 'drop'
      const error = await caught((await fixture.reader()).current(agent.address))
      expect(error.code).to.equal('registry.quorum_unreachable')
      const wrong = fixture.faults.find(({ endpoint }) => endpoint === origin(0))
      expect(wrong?.error.facts).to.include({ endpoint: origin(0), part: 'block_number' })
    })

    it('is not older than five minutes, unless the caller takes older ones', async () => {
      const { timestamp } = await fixture.call<RawBlock>('eth_getBlockByNumber', 'latest', false)
      const newest = Number(timestamp) * 1000
      const at = (time: number, maxBlockAgeMillis?: number) =>
        fixture.reader({ ambient: { now: () => time }, maxBlockAgeMillis })
      const edge = newest + maxProvenBlockAgeMillis
      expect(await (await at(edge)).current(agent.address)).to.deep.equal(truth)
      expect(await (await at(edge + 1, 10 * maxProvenBlockAgeMillis)).current(agent.address)).to.deep.equal(truth)
      const error = await caught((await at(edge + 1)).current(agent.address))
      expect([error.code, error.retry]).to.deep.equal(['registry.block_stale', 'later'])
      expect(error.facts).to.include({ ageMillis: maxProvenBlockAgeMillis + 1, maxAgeMillis: maxProvenBlockAgeMillis })
      expect((error.facts as { endpoints: string[] }).endpoints).to.have.length(2)
    })
  })

  describe('options', () => {
    it('are refused when they are none', async () => {
      const rpcs = fixture.proxies.map(({ rpcUrl }) => rpcUrl)
      const changes = [
        { quorum: 0 },
        { quorum: 4 },
        { quorum: 1.5 },
        { rpcs: [] },
        { rpcs: 'http://127.0.0.1:1' as never },
        { rpcs: ['file:///etc'] },
        // Two keys of one provider are one voice.
        { rpcs: [rpcs[0]!, `${rpcs[0]}/another-key`] },
        { proofs: false as never },
        { registry: 'nowhere' },
      ]
      for (const change of changes)
        expect((await caught(fixture.reader(change))).code).to.equal('core.invalid_argument')
    })

    it('ask for more than half of the endpoints by default', async () => {
      const [one, two] = fixture.proxies
      two.liar = () => 'drop'
      const rpcs = [one.rpcUrl, two.rpcUrl]
      expect((await caught((await fixture.reader({ rpcs })).current(agent.address))).code).to.equal(
        'registry.quorum_unreachable',
      )
      expect(await (await fixture.reader({ rpcs, quorum: 1 })).current(agent.address)).to.deep.equal(truth)
      const { chainId, registry } = agent.ref
      const alone = await createProvenReader({ rpcs: [one.rpcUrl], proofs: true, chainId, registry })
      expect(await alone.current(agent.address)).to.deep.equal(truth)
    })
  })

  /** An endpoint that shows the chain as it was at a block, and has genuine proofs for it. */
  function stuckAt(number: string): Liar {
    return async ({ method, params }) => {
      if (method === 'eth_getBlockByNumber' && params[0] === 'latest')
        return { result: await fixture.call(method, number, false) }
      if (method === 'eth_getProof') return { result: await fixture.call(method, params[0], params[1], number) }
      return undefined
    }
  }
})
