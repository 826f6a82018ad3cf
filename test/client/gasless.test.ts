import { inspect } from 'node:util'
import { expect } from 'chai'
import { createPublicClient, createTestClient, http, type LocalAccount } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Agent } from '../../src/client/agent.ts'
import { accountRelayer } from '../../src/contracts.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import { asAddress } from '../../src/core/ids.ts'
import type { AgentOptions } from '../../src/create-agent.ts'
import type { Relayer, SignedPublication, SignedRevocation } from '../../src/index.ts'
import { createControlClient } from '../../src/registry/control-client.ts'
import { rejection, rejectionCode } from '../support/refusal.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

let made = 0
/** A key that nobody ever funded. */
const freshKey = () => `0x${String(++made).padStart(64, '9')}` as const

describe('client/agent, with somebody else who pays', () => {
  let world: TestWorld
  let payer: `0x${string}`
  const open: Agent[] = []

  before(async () => {
    world = await startTestWorld()
    payer = world.chain.accounts[9]!.privateKey
  })
  afterEach(async () => {
    for (const agent of open.splice(0)) await agent[Symbol.asyncDispose]()
  })
  after(() => world[Symbol.asyncDispose]())

  async function pennilessAgent(change: Partial<AgentOptions> = {}): Promise<Agent> {
    const agent = await world.agent(0, { account: freshKey(), ...change })
    open.push(agent)
    return agent
  }

  function relayerOf(change: (relayer: Relayer) => Partial<Relayer>): Relayer {
    const { rpcUrl, chainId } = world.chain
    const honest = accountRelayer({ rpcUrl, chainId, registry: world.registry, account: payer })
    return { ...honest, ...change(honest) }
  }

  it('registers, is written to, rotates and revokes with an account that holds nothing', async () => {
    const agent = await pennilessAgent()
    const sender = await world.agent(1)
    open.push(sender)
    await sender.register({ connect: false })
    const { cardId, transaction } = await agent.register({ via: payer })
    expect(transaction?.cardId).to.equal(cardId)
    const heard = new Promise((resolve) => agent.on('message', (message) => resolve(message.text())))
    await (await sender.peer(agent.account)).send({ text: 'welcome' })
    expect(await heard).to.equal('welcome')

    const rotated = await agent.rotate({ via: privateKeyToAccount(payer) })
    expect(rotated.cardId).to.not.equal(cardId)
    const revoked = await agent.revoke({ reason: 'cessation_of_operation', via: payer })
    expect(revoked.cardId).to.equal(rotated.cardId)
    // One that never asked before: the sender's memory of the card may be older than the revocation (SPEC §7).
    const newcomer = await world.agent(2)
    open.push(newcomer)
    expect(await rejectionCode(newcomer.peer(agent.account))).to.equal('identity.card_revoked')

    const client = createPublicClient({ transport: http(world.chain.rpcUrl) })
    expect(await client.getBalance({ address: agent.address })).to.equal(0n)
    expect(await client.getTransactionCount({ address: agent.address })).to.equal(0)
  })

  it('says that it cannot pay when nobody is named', async () => {
    const agent = await pennilessAgent()
    expect(await rejectionCode(agent.register())).to.equal('registry.insufficient_funds')
    const poor = await rejection(agent.register({ via: freshKey() }))
    expect(poor.code).to.equal('registry.insufficient_funds')
  })

  it('hands a relayer of one’s own what was signed, with a deadline ten minutes away by the chain’s clock', async () => {
    const client = createPublicClient({ transport: http(world.chain.rpcUrl) })
    const year = 365 * 86_400_000
    for (const now of [Date.now, () => Date.now() - year, () => Date.now() + year]) {
      const agent = await pennilessAgent({ ambient: { ...systemAmbient, now } })
      const seen: (SignedPublication | SignedRevocation)[] = []
      const relayer = relayerOf(({ publish, revoke }) => ({
        publish: (signed) => {
          seen.push(signed)
          return publish(signed)
        },
        revoke: (signed) => {
          seen.push(signed)
          return revoke(signed)
        },
      }))
      await agent.register({ via: relayer, connect: false })
      await agent.revoke({ via: relayer })
      const { timestamp } = await client.getBlock()
      expect(seen.map((signed) => signed.agent)).to.deep.equal([agent.address, agent.address])
      for (const { deadline } of seen) expect(deadline - Number(timestamp)).to.be.within(540, 660)
    }
  })

  it('believes no relayer: one that claims success is found out, nothing is adopted, and trying again works', async () => {
    const agent = await pennilessAgent()
    const hash = `0x${'ab'.repeat(32)}` as const
    const receipt = { transactionHash: hash, blockNumber: 1n, gasUsed: 1n, l1Fee: undefined }
    const liar = relayerOf(() => ({ publish: async () => receipt }))
    const error = await rejection(agent.register({ via: liar, connect: false }))
    expect([error.code, error.retry]).to.deep.equal(['registry.not_relayed', 'later'])
    expect(error.facts).to.include({ agent: agent.address, transactionHash: hash })
    expect(await rejectionCode(agent.revoke())).to.equal('client.not_registered_yet')
    const nothing = relayerOf(() => ({ publish: async () => undefined as never }))
    expect(await rejectionCode(agent.register({ via: nothing, connect: false }))).to.equal('registry.not_relayed')
    const { transaction } = await agent.register({ via: payer, connect: false })
    expect(transaction).to.not.equal(undefined)
    const idle = relayerOf(() => ({ revoke: async () => receipt }))
    expect(await rejectionCode(agent.revoke({ via: idle }))).to.equal('registry.not_relayed')
    await agent.revoke({ via: payer })
  })

  it('repeats nothing that a relayer makes up in place of a transaction', async () => {
    const agent = await pennilessAgent()
    const made = `0xfeed\n${'z'.repeat(3000)}`
    const liar = relayerOf(() => ({ publish: async () => ({ transactionHash: made }) as never }))
    const error = await rejection(agent.register({ via: liar, connect: false }))
    expect([error.code, error.message.length < 300]).to.deep.equal(['registry.not_relayed', true])
    expect(inspect(error, { depth: 5 })).to.not.include('zzz')
  })

  it('says so when a relayer did it and answers with no receipt; trying again takes the card up', async () => {
    const agent = await pennilessAgent()
    const mute = relayerOf(({ publish }) => ({
      publish: async (signed) => {
        await publish(signed)
        return { transactionHash: 'done' } as never
      },
    }))
    const error = await rejection(agent.register({ via: mute, connect: false }))
    expect([error.code, error.retry]).to.deep.equal(['registry.relayer_failed', 'later'])
    const { cardId, transaction } = await agent.register({ connect: false })
    expect([cardId, transaction]).to.deep.equal([(error.facts as { cardId: string }).cardId, undefined])
  })

  it('tells a wallet that does not sign from an endpoint or a relayer that fails, and quotes nothing of it', async () => {
    const key = world.chain.accounts[6]!.privateKey
    const refusal = Object.assign(new Error('rejected, secret-of-the-wallet'), { code: 4001 })
    const refuses = async () => {
      throw refusal
    }
    const account = privateKeyToAccount(key)
    const wallets: readonly [LocalAccount, Parameters<Agent['register']>[0]][] = [
      [{ ...account, signTypedData: refuses }, { via: payer }],
      [{ ...account, signTypedData: async () => 'signed' as never }, { via: payer }],
      [{ ...account, signTransaction: refuses }, {}],
      [account, { via: { ...privateKeyToAccount(payer), signTransaction: refuses } }],
    ]
    for (const [place, [wallet, options]] of wallets.entries()) {
      const agent = await pennilessAgent({ account: wallet })
      const error = await rejection(agent.register({ ...options, connect: false }))
      expect([error.code, error.retry], String(place)).to.deep.equal(['registry.signing_failed', 'later'])
      const signer = place === 3 ? privateKeyToAccount(payer).address : account.address
      expect((error.facts as { account: string }).account).to.equal(asAddress(signer))
      expect(inspect(error, { depth: 5 })).to.not.include('secret-of-the-wallet')
    }
  })

  it('takes up the card of a relayer that sends it only later', async () => {
    const agent = await pennilessAgent()
    let later = async (): Promise<unknown> => undefined
    const slow = relayerOf(({ publish }) => ({
      publish: async (signed) => {
        later = () => publish(signed)
        throw new Error('queued')
      },
    }))
    const error = await rejection(agent.register({ via: slow, connect: false }))
    expect([error.code, error.retry]).to.deep.equal(['registry.relayer_failed', 'later'])
    await later()
    const { transaction, cardId } = await agent.register({ connect: false })
    expect(transaction).to.equal(undefined)
    expect(cardId).to.equal((error.facts as { cardId: string }).cardId)
  })

  it('is not hurt by a relayer that changes card or grace period, or sends twice', async () => {
    const agent = await pennilessAgent()
    const forging = relayerOf(({ publish }) => ({
      publish: (signed) => publish({ ...signed, card: Uint8Array.of(1, 1, 0, 32) }),
    }))
    expect(await rejectionCode(agent.register({ via: forging, connect: false }))).to.equal('registry.invalid_signature')
    const first = await agent.register({ via: payer, connect: false })
    const ending = relayerOf(({ publish }) => ({ publish: (signed) => publish({ ...signed, previousValidUntil: 0 }) }))
    expect(await rejectionCode(agent.rotate({ via: ending }))).to.equal('registry.invalid_signature')
    const twice = relayerOf(({ publish }) => ({
      publish: async (signed) => {
        await publish(signed)
        return publish(signed)
      },
    }))
    const replay = await rejection(agent.rotate({ via: twice }))
    expect(replay.code).to.equal('registry.stale_epoch')
    const { cardId } = await agent.register({ connect: false })
    expect(cardId).to.not.equal(first.cardId)
  })

  it('signs nothing once control of the agent was passed on', async () => {
    const { rpcUrl, chainId, accounts } = world.chain
    const control = (account: number) =>
      createControlClient({ rpcUrl, chainId, registry: world.registry, account: accounts[account]!.privateKey })
    const agent = await world.agent(7)
    open.push(agent)
    await control(7).proposeController(asAddress(accounts[8]!.address))
    await control(8).acceptControl(agent.address)
    const client = createPublicClient({ transport: http(rpcUrl) })
    const sent = () => client.getTransactionCount({ address: agent.address })
    const before = await sent()
    let asked = 0
    const counting = relayerOf(({ publish }) => ({
      publish: (signed) => {
        asked++
        return publish(signed)
      },
    }))
    const error = await rejection(agent.register({ via: counting, connect: false }))
    expect(error.code).to.equal('registry.unauthorized')
    expect(error.facts).to.deep.equal({ agent: agent.address, caller: agent.address })
    expect(asked).to.equal(0)
    expect(await rejectionCode(agent.register({ connect: false }))).to.equal('registry.unauthorized')
    expect(await sent(), 'gas was burnt').to.equal(before)
  })

  it('refuses who is none', async () => {
    const agent = await pennilessAgent()
    const half = { publish: async () => undefined }
    for (const via of ['0x12', 5, {}, null, half])
      expect(await rejectionCode(agent.register({ via: via as never, connect: false })), String(via)).to.equal(
        'core.invalid_argument',
      )
  })

  it('has nothing to fear from what a relayer kept beyond its deadline', async () => {
    // A chain of its own: its clock moves on, away from that of messages.
    await using later = await startTestWorld()
    const { rpcUrl, chainId, accounts, mine } = later.chain
    const honest = accountRelayer({ rpcUrl, chainId, registry: later.registry, account: accounts[9]!.privateKey })
    const kept: SignedPublication[] = []
    const keeping: Relayer = {
      ...honest,
      publish: async (signed) => {
        kept.push(signed)
        throw new Error('queued')
      },
    }
    await using agent = await later.agent(0, { account: freshKey() })
    expect(await rejectionCode(agent.register({ via: keeping, connect: false }))).to.equal('registry.relayer_failed')
    await mine(700)
    const late = await rejection(honest.publish(kept[0]!))
    expect(late.code).to.equal('registry.expired_signature')
    expect(late.facts).to.include({ deadline: kept[0]!.deadline })
    expect((await agent.register({ via: honest, connect: false })).transaction).to.not.equal(undefined)
  })

  it('registers on a chain that made no block for longer than a signature is good', async () => {
    await using idle = await startTestWorld()
    const clock = createTestClient({ mode: 'hardhat', transport: http(idle.chain.rpcUrl) })
    await clock.increaseTime({ seconds: 3600 })
    await using agent = await idle.agent(0, { account: freshKey() })
    const { transaction } = await agent.register({ via: idle.chain.accounts[9]!.privateKey, connect: false })
    expect(transaction).to.not.equal(undefined)
  })
})
