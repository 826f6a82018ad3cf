/** Who acts for an agent: controller, guardian, recovery. */

import { expect } from 'chai'
import { ZeroAddress } from 'ethers'
import { first, second, withOneCard } from './support/card-life.ts'
import { type AgentRegistry, at, ethers, loadFixture, Reason, start } from './support/deploy.ts'

const week = 7 * 24 * 3600

async function stateOf(registry: AgentRegistry, agent: string) {
  const { controller, candidate, guardian, recoveryCandidate, recoverableAt } = await registry.control(agent)
  return { controller, candidate, guardian, recoveryCandidate, recoverableAt }
}

const none = { candidate: ZeroAddress, guardian: ZeroAddress, recoveryCandidate: ZeroAddress, recoverableAt: 0n }

/** The agent has passed control to `other`. */
async function withController() {
  const deployed = await loadFixture(withOneCard)
  const { registry, agent, other } = deployed
  await registry.proposeController(agent.address, other.address)
  await registry.connect(other).acceptControl(agent.address)
  return deployed
}

/** The agent has a guardian. */
async function withGuardian() {
  const deployed = await loadFixture(withOneCard)
  const { registry, agent, guardian } = deployed
  await registry.setGuardian(agent.address, guardian.address)
  return deployed
}

/** At +1000 the guardian has started to recover control for `other`. */
async function withRecovery() {
  const deployed = await loadFixture(withGuardian)
  const { registry, agent, other, guardian } = deployed
  await at(1000)
  await registry.connect(guardian).startRecovery(agent.address, other.address)
  return deployed
}

describe('AgentRegistry', () => {
  describe('controllerOf', () => {
    it('is the agent itself at first, also of an address never seen', async () => {
      const { registry, agent, stranger } = await loadFixture(withOneCard)
      expect(await registry.controllerOf(agent.address)).to.equal(agent.address)
      expect(await registry.controllerOf(stranger.address)).to.equal(stranger.address)
      expect(await stateOf(registry, stranger.address)).to.deep.equal({ ...none, controller: stranger.address })
    })
  })

  describe('proposeController', () => {
    it('offers control, and leaves it where it is', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      await expect(registry.proposeController(agent.address, other.address))
        .to.emit(registry, 'ControllerProposed')
        .withArgs(agent.address, other.address)
      expect(await stateOf(registry, agent.address)).to.deep.equal({
        ...none,
        controller: agent.address,
        candidate: other.address,
      })
      await registry.publish(agent.address, second.card, first.cardId, 0)
    })

    it('takes an offer back with the zero address', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      await registry.proposeController(agent.address, other.address)
      await registry.proposeController(agent.address, ZeroAddress)
      await expect(registry.connect(other).acceptControl(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
        .withArgs(agent.address, other.address, ZeroAddress)
    })

    it('refuses all but the controller: a stranger, the guardian, the candidate', async () => {
      const { registry, agent, other, stranger, guardian } = await loadFixture(withGuardian)
      await registry.proposeController(agent.address, other.address)
      for (const caller of [stranger, guardian, other]) {
        await expect(registry.connect(caller).proposeController(agent.address, caller.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
          .withArgs(agent.address, caller.address)
      }
    })
  })

  describe('acceptControl', () => {
    it('passes control to the candidate', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      await registry.proposeController(agent.address, other.address)
      await expect(registry.connect(other).acceptControl(agent.address))
        .to.emit(registry, 'ControllerChanged')
        .withArgs(agent.address, agent.address, other.address)
      expect(await registry.controllerOf(agent.address)).to.equal(other.address)
      expect(await stateOf(registry, agent.address)).to.deep.equal({ ...none, controller: other.address })
    })

    it('gives publication and revocation to the new controller, and takes them from the agent', async () => {
      const { registry, agent, other } = await loadFixture(withController)
      await expect(registry.publish(agent.address, second.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, agent.address)
      await expect(registry.revoke(agent.address, first.cardId, Reason.Unspecified, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, agent.address)
      await registry.connect(other).publish(agent.address, second.card, first.cardId, 0)
      await registry.connect(other).revoke(agent.address, second.cardId, Reason.KeyCompromise, 0)
      expect((await registry.current(agent.address)).cardId).to.equal(second.cardId)
    })

    it('leaves the controller’s own agent, and other agents, as they are', async () => {
      const { registry, other, stranger } = await loadFixture(withController)
      expect(await registry.controllerOf(other.address)).to.equal(other.address)
      expect(await registry.controllerOf(stranger.address)).to.equal(stranger.address)
    })

    it('can bring control back to the agent', async () => {
      const { registry, agent, other } = await loadFixture(withController)
      await registry.connect(other).proposeController(agent.address, agent.address)
      await expect(registry.acceptControl(agent.address))
        .to.emit(registry, 'ControllerChanged')
        .withArgs(agent.address, other.address, agent.address)
      await registry.publish(agent.address, second.card, first.cardId, 0)
    })

    it('removes the guardian and stops a recovery: they were the choice of the one before', async () => {
      const { registry, agent, other, stranger } = await loadFixture(withRecovery)
      await registry.proposeController(agent.address, stranger.address)
      await expect(registry.connect(stranger).acceptControl(agent.address))
        .to.emit(registry, 'RecoveryVetoed')
        .withArgs(agent.address, other.address)
        .and.to.emit(registry, 'GuardianSet')
        .withArgs(agent.address, ZeroAddress)
      expect(await stateOf(registry, agent.address)).to.deep.equal({ ...none, controller: stranger.address })
    })

    it('refuses all but the candidate, and a second time', async () => {
      const { registry, agent, other, stranger } = await loadFixture(withOneCard)
      await registry.proposeController(agent.address, other.address)
      for (const caller of [stranger, agent]) {
        await expect(registry.connect(caller).acceptControl(agent.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
          .withArgs(agent.address, caller.address, other.address)
      }
      await registry.connect(other).acceptControl(agent.address)
      await expect(registry.connect(other).acceptControl(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
        .withArgs(agent.address, other.address, ZeroAddress)
    })

    it('refuses a call from the zero address where nothing is offered', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      const { acceptControl } = registry.connect(ethers.provider)
      await expect(acceptControl.staticCall(agent.address, { from: ZeroAddress }))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
        .withArgs(agent.address, ZeroAddress, ZeroAddress)
    })
  })

  describe('setGuardian', () => {
    it('names a guardian, another, and none', async () => {
      const { registry, agent, guardian, stranger } = await loadFixture(withOneCard)
      for (const named of [guardian.address, stranger.address, ZeroAddress]) {
        await expect(registry.setGuardian(agent.address, named))
          .to.emit(registry, 'GuardianSet')
          .withArgs(agent.address, named)
        expect((await registry.control(agent.address)).guardian).to.equal(named)
      }
    })

    it('stops the recovery that the guardian had started', async () => {
      const { registry, agent, other } = await loadFixture(withRecovery)
      await expect(registry.setGuardian(agent.address, ZeroAddress))
        .to.emit(registry, 'RecoveryVetoed')
        .withArgs(agent.address, other.address)
      await at(1000 + week)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNoRecovery')
        .withArgs(agent.address)
    })

    it('refuses all but the controller, the guardian included', async () => {
      const { registry, agent, guardian, stranger } = await loadFixture(withGuardian)
      for (const caller of [stranger, guardian]) {
        await expect(registry.connect(caller).setGuardian(agent.address, caller.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
          .withArgs(agent.address, caller.address)
      }
    })
  })

  describe('revoke, by a guardian', () => {
    it('takes effect at once', async () => {
      const { registry, agent, guardian } = await loadFixture(withGuardian)
      await at(700)
      await expect(registry.connect(guardian).revoke(agent.address, first.cardId, Reason.KeyCompromise, 0))
        .to.emit(registry, 'CardRevoked')
        .withArgs(agent.address, first.cardId, Reason.KeyCompromise, 0)
      expect((await registry.record(agent.address, first.cardId)).revokedAt).to.equal(BigInt(start + 700))
    })

    it('refuses any claim about the past', async () => {
      const { registry, agent, guardian } = await loadFixture(withGuardian)
      for (const since of [start, start + 699, start + 700]) {
        await at(700)
        await expect(
          registry.connect(guardian).revoke.staticCall(agent.address, first.cardId, Reason.KeyCompromise, since),
        )
          .to.be.revertedWithCustomError(registry, 'AgentRegistryGuardianBackdates')
          .withArgs(agent.address, guardian.address, since)
      }
    })

    it('is final for the controller too, who cannot add a claim to it', async () => {
      const { registry, agent, guardian } = await loadFixture(withGuardian)
      await at(700)
      await registry.connect(guardian).revoke(agent.address, first.cardId, Reason.KeyCompromise, 0)
      await expect(registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start + 100))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryAlreadyRevoked')
        .withArgs(agent.address, first.cardId, start + 700)
      expect((await registry.record(agent.address, first.cardId)).compromisedSince).to.equal(0n)
    })

    it('lets a controller that is its own guardian claim what it likes', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await registry.setGuardian(agent.address, agent.address)
      await registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start)
      expect((await registry.record(agent.address, first.cardId)).compromisedSince).to.equal(BigInt(start))
    })

    it('refuses a dismissed guardian, the guardian of another agent, and no guardian at all', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withGuardian)
      await registry.setGuardian(agent.address, ZeroAddress)
      await registry.connect(other).setGuardian(other.address, guardian.address)
      await expect(registry.connect(guardian).revoke(agent.address, first.cardId, Reason.Unspecified, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, guardian.address)
      const { revoke } = registry.connect(ethers.provider)
      await expect(revoke.staticCall(agent.address, first.cardId, Reason.Unspecified, 0, { from: ZeroAddress }))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, ZeroAddress)
    })

    it('does not let a guardian publish', async () => {
      const { registry, agent, guardian } = await loadFixture(withGuardian)
      await expect(registry.connect(guardian).publish(agent.address, second.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, guardian.address)
    })
  })

  describe('startRecovery', () => {
    it('tells who may take control, and when', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withGuardian)
      await at(1000)
      await expect(registry.connect(guardian).startRecovery(agent.address, other.address))
        .to.emit(registry, 'RecoveryStarted')
        .withArgs(agent.address, guardian.address, other.address, start + 1000 + week)
      expect(await stateOf(registry, agent.address)).to.deep.equal({
        ...none,
        controller: agent.address,
        guardian: guardian.address,
        recoveryCandidate: other.address,
        recoverableAt: BigInt(start + 1000 + week),
      })
    })

    it('waits for as long as recoveryDelay says', async () => {
      const { registry } = await loadFixture(withGuardian)
      expect(await registry.recoveryDelay()).to.equal(BigInt(week))
    })

    it('starts anew with another candidate, from whom alone the delay counts', async () => {
      const { registry, agent, other, stranger, guardian } = await loadFixture(withRecovery)
      await at(1000 + week - 1)
      await registry.connect(guardian).startRecovery(agent.address, stranger.address)
      await at(1000 + week)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
        .withArgs(agent.address, other.address, stranger.address)
      await at(1000 + week + 1)
      await expect(registry.connect(stranger).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryRecoveryTooEarly')
        .withArgs(agent.address, start + 1000 + 2 * week - 1, start + 1000 + week + 1)
    })

    it('refuses all but the guardian, the controller included, and the zero address', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withGuardian)
      for (const caller of [agent, other]) {
        await expect(registry.connect(caller).startRecovery(agent.address, other.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
          .withArgs(agent.address, caller.address)
      }
      await expect(registry.connect(guardian).startRecovery(agent.address, ZeroAddress))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryZeroCandidate')
        .withArgs(agent.address)
    })

    it('refuses everybody where there is no guardian', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      const { startRecovery } = registry.connect(ethers.provider)
      await expect(startRecovery.staticCall(agent.address, other.address, { from: ZeroAddress }))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, ZeroAddress)
    })
  })

  describe('vetoRecovery', () => {
    it('stops the recovery, also after its delay', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withRecovery)
      await at(1000 + week)
      await expect(registry.vetoRecovery(agent.address))
        .to.emit(registry, 'RecoveryVetoed')
        .withArgs(agent.address, other.address)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNoRecovery')
        .withArgs(agent.address)
      expect(await stateOf(registry, agent.address)).to.deep.equal({
        ...none,
        controller: agent.address,
        guardian: guardian.address,
      })
    })

    it('refuses all but the controller, and where there is nothing to stop', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withRecovery)
      for (const caller of [guardian, other]) {
        await expect(registry.connect(caller).vetoRecovery(agent.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
          .withArgs(agent.address, caller.address)
      }
      await registry.vetoRecovery(agent.address)
      await expect(registry.vetoRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNoRecovery')
        .withArgs(agent.address)
    })
  })

  describe('finishRecovery', () => {
    it('passes control in the second the delay ends, and keeps the guardian', async () => {
      const { registry, agent, other, stranger, guardian } = await loadFixture(withRecovery)
      await registry.proposeController(agent.address, stranger.address)
      await at(1000 + week)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.emit(registry, 'ControllerChanged')
        .withArgs(agent.address, agent.address, other.address)
      expect(await stateOf(registry, agent.address)).to.deep.equal({
        ...none,
        controller: other.address,
        guardian: guardian.address,
      })
    })

    it('drops what the lost controller had offered', async () => {
      const { registry, agent, other, stranger } = await loadFixture(withRecovery)
      await registry.proposeController(agent.address, stranger.address)
      await at(1000 + week)
      await registry.connect(other).finishRecovery(agent.address)
      await expect(registry.connect(stranger).acceptControl(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
        .withArgs(agent.address, stranger.address, ZeroAddress)
    })

    it('refuses before its delay is over', async () => {
      const { registry, agent, other } = await loadFixture(withRecovery)
      await at(1000 + week - 1)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryRecoveryTooEarly')
        .withArgs(agent.address, start + 1000 + week, start + 1000 + week - 1)
    })

    it('refuses all but the candidate: the guardian, the controller and a stranger', async () => {
      const { registry, agent, other, stranger, guardian } = await loadFixture(withRecovery)
      await at(1000 + week)
      for (const caller of [guardian, agent, stranger]) {
        await expect(registry.connect(caller).finishRecovery.staticCall(agent.address))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryNotCandidate')
          .withArgs(agent.address, caller.address, other.address)
      }
    })

    it('refuses where none is under way, and a second time', async () => {
      const { registry, agent, other, stranger } = await loadFixture(withRecovery)
      await expect(registry.connect(stranger).finishRecovery(stranger.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNoRecovery')
        .withArgs(stranger.address)
      await at(1000 + week)
      await registry.connect(other).finishRecovery(agent.address)
      await expect(registry.connect(other).finishRecovery(agent.address))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryNoRecovery')
        .withArgs(agent.address)
    })
  })
})
