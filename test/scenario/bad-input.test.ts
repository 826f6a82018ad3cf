import { expect } from 'chai'
import type { Agent } from '../../src/client/agent.ts'
import { maxEnvelopeBytes, maxProofBytes } from '../../src/core/limits.ts'
import { createAgent, decodeProof, encodeProof, type Proof, verifyProof } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { storeTables } from '../../src/store/port.ts'
import { decodeCard } from '../../src/wire/card.ts'
import { rejectionCode } from '../support/refusal.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

/** One bad input: what it is, what is done with it, and the code of the refusal. */
type Case = readonly [what: string, attempt: () => Promise<unknown>, code: string]

describe('promise: bad input gets a clear error', () => {
  let world: TestWorld
  let alice: Agent
  let bob: Agent
  let envelope: Uint8Array
  let proof: Proof
  const bobStore = memoryStore()
  const day = 86_400_000

  before(async () => {
    world = await startTestWorld()
    alice = await world.agent(1)
    bob = await world.agent(2, { store: bobStore })
    await alice.register()
    await bob.register()
    const arrived = new Promise((resolve) => bob.on('message', resolve))
    const { id } = await (await alice.peer(bob.account)).send({ text: 'an honest message' })
    await arrived
    envelope = world.overheard.get(id)!
    await alice.anchor()
    proof = await alice.prove(id)
  })

  after(async () => {
    await alice[Symbol.asyncDispose]()
    await bob[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })

  /** All that bob keeps. */
  async function kept(): Promise<unknown> {
    const rows = storeTables.map((table) => bobStore.scan(table, { limit: 1000 }))
    return (await Promise.all(rows)).map((table) => table.map(({ key, value }) => [key, [...value]]))
  }

  const changed = (bytes: Uint8Array, at: number, to: number) => bytes.with(at < 0 ? bytes.length + at : at, to)
  const receive = (bytes: () => Uint8Array) => async () => bob.receive(bytes())
  const read = (text: () => string | Uint8Array) => async () => decodeProof(text())
  const edited = (change: object) => JSON.stringify({ ...proof, ...change })

  const envelopes: Case[] = [
    ['an empty envelope', receive(() => new Uint8Array(0)), 'wire.truncated'],
    ['an envelope cut in its header', receive(() => envelope.subarray(0, 100)), 'wire.truncated'],
    ['an envelope cut in its ciphertext', receive(() => envelope.subarray(0, -1)), 'wire.truncated'],
    ['an envelope with a byte too many', receive(() => new Uint8Array([...envelope, 0])), 'wire.trailing_bytes'],
    ['an envelope above the limit', receive(() => new Uint8Array(maxEnvelopeBytes + 1)), 'wire.too_large'],
    ['an unknown version', receive(() => changed(envelope, 0, 9)), 'wire.unknown_version'],
    ['an unknown suite', receive(() => changed(envelope, 2, 0xff)), 'wire.unknown_suite'],
    ['an unknown priority', receive(() => changed(envelope, 84, 9)), 'wire.malformed_field'],
    ['a flipped bit', receive(() => changed(envelope, -1, (envelope.at(-1) as number) ^ 1)), 'sealed.open_failed'],
    ['an envelope for somebody else', async () => alice.receive(envelope), 'sealed.not_for_me'],
    ['a replay', receive(() => envelope), 'sealed.replayed'],
  ]

  for (const [what, attempt, code] of envelopes)
    it(`${what}: ${code}, and nothing is kept of it`, async () => {
      const before = await kept()
      expect(await rejectionCode(attempt())).to.equal(code)
      expect(await kept()).to.deep.equal(before)
    })

  const files: Case[] = [
    ['a proof file that is not JSON', read(() => 'proof'), 'wire.malformed_field'],
    ['a proof file that is not UTF-8', read(() => Uint8Array.of(0xff, 0xfe)), 'wire.malformed_field'],
    ['a proof file cut short', read(() => encodeProof(proof).slice(0, -20)), 'wire.malformed_field'],
    ['a proof file above the limit', read(() => new Uint8Array(maxProofBytes + 1)), 'wire.too_large'],
    ['a proof of another version', read(() => edited({ version: 2 })), 'wire.unknown_version'],
    ['a proof with a field too many', read(() => edited({ extra: 1 })), 'wire.malformed_field'],
    ['a proof with a field too few', read(() => edited({ statement: undefined })), 'wire.malformed_field'],
    ['a proof with a wrong length', read(() => edited({ signature: '0x00' })), 'wire.malformed_field'],
    ['a card cut short', async () => decodeCard(Uint8Array.of(1, 1, 0x64)), 'wire.truncated'],
    ['a card above the limit', async () => decodeCard(new Uint8Array(4097)), 'wire.too_large'],
  ]

  const chains: Case[] = [
    [
      'an endpoint of another chain',
      async () => {
        const agent = await createAgent(world.optionsOf(3, { chain: { id: 1, rpcUrl: world.chain.rpcUrl } }))
        await agent.register().finally(() => agent[Symbol.asyncDispose]())
      },
      'registry.wrong_chain',
    ],
    [
      'an endpoint that is down',
      async () => {
        const agent = await createAgent(world.optionsOf(3, { chain: { id: 31337, rpcUrl: 'http://127.0.0.1:9' } }))
        await agent.register().finally(() => agent[Symbol.asyncDispose]())
      },
      'registry.rpc_unreachable',
    ],
    [
      'a verifier whose endpoint is down',
      async () => verifyProof(proof, { client: { rpcUrl: 'http://127.0.0.1:9' } }),
      'registry.rpc_unreachable',
    ],
    [
      'an account that is no key',
      async () => createAgent(world.optionsOf(3, { account: '0x1234' })),
      'core.invalid_argument',
    ],
    [
      'a registry that is no address',
      async () => createAgent(world.optionsOf(3, { registry: '0x12' })),
      'core.invalid_argument',
    ],
    [
      'a chain without an endpoint',
      async () => createAgent(world.optionsOf(3, { chain: { id: 31337 } })),
      'core.invalid_argument',
    ],
    ['a peer that is not CAIP-10', async () => alice.peer('bob'), 'core.invalid_argument'],
    [
      'a peer that is not registered',
      async () => alice.peer(`eip155:31337:0x${'77'.repeat(20)}`),
      'registry.not_registered',
    ],
  ]

  const anything = undefined as never
  const wrongTypes: Case[] = [
    ['createAgent of nothing', async () => createAgent(anything), 'core.invalid_argument'],
    [
      'an agent without an account',
      async () => createAgent(world.optionsOf(3, { account: anything })),
      'core.invalid_argument',
    ],
    [
      'an agent without a chain',
      async () => createAgent(world.optionsOf(3, { chain: anything })),
      'core.invalid_argument',
    ],
    [
      'an agent with a registry that is no address',
      async () => createAgent(world.optionsOf(3, { registry: 5 as never })),
      'core.invalid_argument',
    ],
    [
      'an agent whose deployments are no list',
      async () => createAgent(world.optionsOf(3, { registry: undefined as never, deployments: 5 as never })),
      'core.invalid_argument',
    ],
    [
      'an agent on a chain that its deployments leave out',
      async () => createAgent(world.optionsOf(3, { registry: undefined as never, deployments: [] })),
      'registry.no_deployment',
    ],
    [
      'an agent without a relay',
      async () => createAgent(world.optionsOf(3, { relay: anything })),
      'core.invalid_argument',
    ],
    [
      'a relay that is no URL',
      async () => createAgent(world.optionsOf(3, { relay: 'localhost:1' })),
      'core.invalid_argument',
    ],
    ['an envelope that is text', async () => bob.receive('0x' as never), 'wire.malformed_field'],
    ['an envelope that is nothing', async () => bob.receive(anything), 'wire.malformed_field'],
    ['a verifier without an endpoint', async () => verifyProof(proof, anything), 'core.invalid_argument'],
    [
      'a verifier whose endpoint is text',
      async () => verifyProof(proof, { client: 'http://x' as never }),
      'core.invalid_argument',
    ],
    ['a handler that is no function', async () => bob.on('message', anything), 'core.invalid_argument'],
    [
      'text that is none',
      async () => (await alice.peer(bob.account)).send({ text: anything }),
      'core.invalid_argument',
    ],
    ['a grace period that is no number', async () => bob.rotate({ graceMillis: Number.NaN }), 'core.invalid_argument'],
    ['a conversation that is none', async () => alice.peer(bob.account, '0x12'), 'core.invalid_argument'],
  ]

  for (const [what, attempt, code] of [...files, ...chains, ...wrongTypes])
    it(`${what}: ${code}`, async () => {
      expect(await rejectionCode(attempt())).to.equal(code)
    })

  it('a sender whose clock is far ahead: refused for now, by name, and taken once our clock gets there', async () => {
    const ahead = {
      now: () => Date.now() + day,
      random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    }
    const early = await world.agent(4, { ambient: ahead })
    await early.register({ connect: false })
    const peer = await early.peer(bob.account)
    const { id } = await peer.send({ text: 'from tomorrow' })
    expect(await rejectionCode(bob.receive(world.overheard.get(id)!))).to.equal('sealed.clock_window')
    await early[Symbol.asyncDispose]()
  })

  it('a message that expired while it lay at the relay: sealed.expired', async () => {
    const { id } = await (await alice.peer(bob.account)).send({ text: 'too late' }, { lifetimeMillis: 300 })
    await new Promise((resolve) => setTimeout(resolve, 310))
    expect(await rejectionCode(bob.receive(world.overheard.get(id)!))).to.equal('sealed.expired')
  })
})
