import { expect } from 'chai'
import { type Address, asAddress } from '../../src/core/ids.ts'
import { type ControlClient, createControlClient } from '../../src/registry/control-client.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

const day = 86_400

describe('registry/control-client', () => {
  let fixture: RegistryFixture
  let next = 1

  before(async () => {
    fixture = await startRegistryFixture()
  })
  after(() => fixture[Symbol.asyncDispose]())

  /** A fresh account of the chain, as it sees control. */
  function account(): { address: Address; control: ControlClient; key: `0x${string}` } {
    const { rpcUrl, chainId, accounts } = fixture.chain
    const { address, privateKey } = accounts[next++]!
    const { registry } = fixture
    const control = createControlClient({ rpcUrl, chainId, registry, account: privateKey })
    return { address: asAddress(address), control, key: privateKey }
  }

  it('says that an agent controls itself at first, with nothing under way', async () => {
    const { address, control } = account()
    expect(await control.control(address)).to.deep.equal({
      controller: address,
      candidate: undefined,
      guardian: undefined,
      recovery: undefined,
    })
    expect(await control.controllerOf(address)).to.equal(address)
  })

  it('passes control in two steps, after which only the new controller publishes', async () => {
    const [agent, owner, stranger] = [account(), account(), account()]
    await agent.control.proposeController(owner.address)
    expect((await agent.control.control(agent.address)).candidate).to.equal(owner.address)
    expect((await caught(stranger.control.acceptControl(agent.address))).code).to.equal('registry.not_candidate')
    const { gasUsed, transactionHash } = await owner.control.acceptControl(agent.address)
    expect(gasUsed > 21_000n).to.equal(true)
    expect(transactionHash).to.match(/^0x[0-9a-f]{64}$/)
    expect(await stranger.control.controllerOf(agent.address)).to.equal(owner.address)

    const { rpcUrl, chainId } = fixture.chain
    const { registry } = fixture
    const own = createRegistryClient({ rpcUrl, chainId, registry, account: agent.key })
    const error = await caught(own.publish({ card: Uint8Array.of(1, 1, 0, 32) }))
    expect(error.code).to.equal('registry.unauthorized')
    const theirs = createRegistryClient({ rpcUrl, chainId, registry, account: owner.key })
    await theirs.publish({ card: Uint8Array.of(1, 1, 0, 32), agent: agent.address })
    expect((await own.current(agent.address))?.record.epoch).to.equal(0)
  })

  it('takes an offer back', async () => {
    const [agent, owner] = [account(), account()]
    await agent.control.proposeController(owner.address)
    await agent.control.proposeController(undefined)
    expect((await caught(owner.control.acceptControl(agent.address))).code).to.equal('registry.not_candidate')
  })

  it('recovers control by a guardian after the delay, unless vetoed', async () => {
    const [agent, guardian, heir] = [account(), account(), account()]
    const recoverable = await agent.control.recoveryDelay()
    expect(recoverable).to.equal(7 * day)
    expect((await caught(agent.control.vetoRecovery())).code).to.equal('registry.no_recovery')
    await agent.control.setGuardian(guardian.address)
    expect((await caught(heir.control.startRecovery(agent.address, heir.address))).code).to.equal(
      'registry.unauthorized',
    )
    const zero = asAddress(`0x${'00'.repeat(20)}`)
    expect((await caught(guardian.control.startRecovery(agent.address, zero))).code).to.equal('registry.zero_candidate')

    await guardian.control.startRecovery(agent.address, heir.address)
    const state = await agent.control.control(agent.address)
    expect(state).to.deep.include({ controller: agent.address, guardian: guardian.address })
    expect(state.recovery?.candidate).to.equal(heir.address)
    await agent.control.vetoRecovery()
    expect((await agent.control.control(agent.address)).recovery).to.equal(undefined)

    await guardian.control.startRecovery(agent.address, heir.address)
    const early = await caught(heir.control.finishRecovery(agent.address))
    expect([early.code, early.retry]).to.deep.equal(['registry.recovery_too_early', 'later'])
    await fixture.chain.mine(7 * day + 1)
    await heir.control.finishRecovery(agent.address)
    expect(await agent.control.controllerOf(agent.address)).to.equal(heir.address)
    await heir.control.setGuardian(undefined, agent.address)
    expect((await heir.control.control(agent.address)).guardian).to.equal(undefined)
  })

  it('refuses what no contract could be given, and calls without an account', async () => {
    const { control } = account()
    const { rpcUrl, chainId } = fixture.chain
    const reader = createControlClient({ rpcUrl, chainId, registry: fixture.registry })
    const nobody = 'nobody' as Address
    for (const call of [
      () => control.proposeController(nobody),
      () => control.setGuardian(nobody),
      () => control.acceptControl(nobody),
      () => control.control(nobody),
      () => createControlClient({ rpcUrl, chainId, registry: 'nowhere' }),
    ])
      expect((await caught(call)).code).to.equal('core.invalid_argument')
    expect((await caught(reader.vetoRecovery())).code).to.equal('registry.no_account')
    const elsewhere = createControlClient({ rpcUrl, chainId: 1, registry: fixture.registry })
    expect((await caught(elsewhere.recoveryDelay())).code).to.equal('registry.wrong_chain')
  })
})
