import { expect } from 'chai'
import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Agent } from '../../src/client/agent.ts'
import { accountRelayer } from '../../src/contracts.ts'
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

  it('hands a relayer of one’s own what was signed, with a deadline ten minutes away', async () => {
    const seen: SignedPublication[] = []
    const agent = await pennilessAgent()
    const relayer = relayerOf(({ publish }) => ({
      publish: (signed) => {
        seen.push(signed)
        return publish(signed)
      },
    }))
    await agent.register({ via: relayer, connect: false })
    expect(seen).to.have.length(1)
    expect(seen[0]!.agent).to.equal(agent.address)
    expect(seen[0]!.deadline - Date.now() / 1000).to.be.within(500, 700)
  })

  it('goes by the chain’s clock where that is ahead', async () => {
    const seen: SignedRevocation[] = []
    const agent = await pennilessAgent()
    await agent.register({ via: payer, connect: false })
    const slow = {
      now: () => 1_000_000_000_000,
      random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    }
    const lagging = await pennilessAgent({ ambient: slow })
    const relayer = relayerOf(({ revoke }) => ({
      revoke: (signed) => {
        seen.push(signed)
        return revoke(signed)
      },
    }))
    await lagging.register({ via: payer, connect: false })
    await lagging.revoke({ via: relayer })
    expect(seen[0]!.deadline).to.be.greaterThan(Date.now() / 1000 - 60)
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
  })

  it('refuses who is none', async () => {
    const agent = await pennilessAgent()
    for (const via of ['0x12', 5, {}, null])
      expect(await rejectionCode(agent.register({ via: via as never, connect: false })), String(via)).to.equal(
        'core.invalid_argument',
      )
  })
})
