/** One test for each invariant that the interfaces number on the events about control, batches and tombstones. */

import { expect } from 'chai'
import { type EventLog, keccak256, toUtf8Bytes, Wallet, ZeroAddress } from 'ethers'
import { first, withOneCard } from './support/card-life.ts'
import { at, deployAnchor, deployRegistry, loadFixture, makeCard, start } from './support/deploy.ts'
import { argsOf, signPublication, withHighS } from './support/sign.ts'

const week = 7 * 24 * 3600

/**
 * Control of the first agent: offered to `stranger`, then to `other`, who accepts; back to the agent; then a guardian who
 * starts a recovery that is vetoed, one that is replaced, and one that `stranger` finishes.
 */
async function withHistory() {
  const deployed = await loadFixture(withOneCard)
  const { registry, agent, other, stranger, guardian } = deployed
  await at(100)
  await registry.proposeController(agent.address, stranger.address)
  await registry.proposeController(agent.address, other.address)
  await registry.setGuardian(agent.address, guardian.address)
  await registry.connect(other).acceptControl(agent.address)
  await registry.connect(other).proposeController(agent.address, agent.address)
  await registry.acceptControl(agent.address)
  await registry.setGuardian(agent.address, guardian.address)
  await at(1000)
  await registry.connect(guardian).startRecovery(agent.address, other.address)
  await registry.vetoRecovery(agent.address)
  await registry.connect(guardian).startRecovery(agent.address, other.address)
  await at(2000)
  await registry.connect(guardian).startRecovery(agent.address, stranger.address)
  await at(2000 + week)
  await registry.connect(stranger).finishRecovery(agent.address)
  const logsOf = async (name: string) => (await registry.queryFilter(name)) as EventLog[]
  return { ...deployed, logsOf }
}

async function senderOf(log: EventLog): Promise<string> {
  return (await log.getTransaction()).from
}

async function timeOf(log: EventLog): Promise<number> {
  return (await log.getBlock()).timestamp
}

describe('AgentRegistry', () => {
  describe('ControllerProposed', () => {
    it('1. comes from the controller', async () => {
      const { logsOf, agent, other } = await loadFixture(withHistory)
      const senders = await Promise.all((await logsOf('ControllerProposed')).map(senderOf))
      expect(senders).to.deep.equal([agent.address, agent.address, other.address])
    })

    it('2. makes the offer that stands, until control changes', async () => {
      const { registry, agent, other, stranger } = await loadFixture(withOneCard)
      await registry.proposeController(agent.address, stranger.address)
      await registry.proposeController(agent.address, other.address)
      expect((await registry.control(agent.address)).candidate).to.equal(other.address)
      await registry.connect(other).acceptControl(agent.address)
      expect((await registry.control(agent.address)).candidate).to.equal(ZeroAddress)
    })
  })

  describe('ControllerChanged', () => {
    it('1. comes from the new controller', async () => {
      const { logsOf, agent, other, stranger } = await loadFixture(withHistory)
      const logs = await logsOf('ControllerChanged')
      const controllers = logs.map(({ args }) => args['controller'])
      expect(controllers).to.deep.equal([other.address, agent.address, stranger.address])
      expect(await Promise.all(logs.map(senderOf))).to.deep.equal(controllers)
    })

    it('2. chains each controller to the one before, the first to the agent', async () => {
      const { logsOf, agent, other } = await loadFixture(withHistory)
      const previous = (await logsOf('ControllerChanged')).map(({ args }) => args['previous'])
      expect(previous).to.deep.equal([agent.address, other.address, agent.address])
    })

    it('3. follows an offer, or a recovery that is a week old and was not vetoed', async () => {
      const { logsOf } = await loadFixture(withHistory)
      const [accepted, back, recovered] = (await logsOf('ControllerChanged')) as [EventLog, EventLog, EventLog]
      const offers = await logsOf('ControllerProposed')
      for (const [log, offer] of [
        [accepted, offers[1]],
        [back, offers[2]],
      ] as const) {
        expect(offer?.args['candidate']).to.equal(log.args['controller'])
        expect(offer?.blockNumber).to.be.lessThan(log.blockNumber)
      }
      const started = (await logsOf('RecoveryStarted')).at(-1) as EventLog
      expect(started.args['candidate']).to.equal(recovered.args['controller'])
      expect((await timeOf(recovered)) - (await timeOf(started))).to.equal(week)
      for (const { blockNumber } of await logsOf('RecoveryVetoed'))
        expect(blockNumber).to.be.lessThan(started.blockNumber)
    })

    it('4. leaves no offer and no recovery, and after an offer no guardian', async () => {
      const { registry, logsOf, agent, guardian } = await loadFixture(withHistory)
      const state = await registry.control(agent.address)
      expect([state.candidate, state.recoveryCandidate, state.recoverableAt]).to.deep.equal([
        ZeroAddress,
        ZeroAddress,
        0n,
      ])
      expect(state.guardian).to.equal(guardian.address)
      const [accepted] = (await logsOf('ControllerChanged')) as [EventLog]
      const removed = (await logsOf('GuardianSet')).filter(({ args }) => args['guardian'] === ZeroAddress)
      expect(removed.map(({ transactionHash }) => transactionHash)).to.deep.equal([accepted.transactionHash])
    })
  })

  describe('GuardianSet', () => {
    it('1. comes from the controller, or from the next one in accepting, which leaves none', async () => {
      const { logsOf, agent, other, guardian } = await loadFixture(withHistory)
      const logs = await logsOf('GuardianSet')
      expect(logs.map(({ args }) => args['guardian'])).to.deep.equal([guardian.address, ZeroAddress, guardian.address])
      expect(await Promise.all(logs.map(senderOf))).to.deep.equal([agent.address, other.address, agent.address])
    })

    it('2. leaves no recovery under way', async () => {
      const { registry, agent, other, guardian } = await loadFixture(withOneCard)
      await registry.setGuardian(agent.address, guardian.address)
      await registry.connect(guardian).startRecovery(agent.address, other.address)
      await registry.setGuardian(agent.address, guardian.address)
      const { recoveryCandidate, recoverableAt } = await registry.control(agent.address)
      expect([recoveryCandidate, recoverableAt]).to.deep.equal([ZeroAddress, 0n])
    })
  })

  describe('RecoveryStarted', () => {
    it('1. comes from the guardian', async () => {
      const { logsOf, guardian } = await loadFixture(withHistory)
      const logs = await logsOf('RecoveryStarted')
      expect(logs).to.have.length(3)
      for (const log of logs) {
        expect(log.args['guardian']).to.equal(guardian.address)
        expect(await senderOf(log)).to.equal(guardian.address)
      }
    })

    it('2. gives the time of its block and a week', async () => {
      const { logsOf } = await loadFixture(withHistory)
      for (const log of await logsOf('RecoveryStarted'))
        expect(log.args['recoverableAt']).to.equal(BigInt((await timeOf(log)) + week))
    })

    it('3. replaces the recovery under way', async () => {
      const { registry, agent, other, stranger, guardian } = await loadFixture(withOneCard)
      await registry.setGuardian(agent.address, guardian.address)
      await at(1000)
      await registry.connect(guardian).startRecovery(agent.address, other.address)
      await at(2000)
      await registry.connect(guardian).startRecovery(agent.address, stranger.address)
      const { recoveryCandidate, recoverableAt } = await registry.control(agent.address)
      expect([recoveryCandidate, recoverableAt]).to.deep.equal([stranger.address, BigInt(start + 2000 + week)])
    })
  })

  describe('RecoveryVetoed', () => {
    it('1. comes from the controller, or from the next one in accepting', async () => {
      const { registry, logsOf, agent, other, stranger, guardian } = await loadFixture(withHistory)
      await registry.connect(guardian).startRecovery(agent.address, other.address)
      await registry.connect(stranger).proposeController(agent.address, agent.address)
      await registry.acceptControl(agent.address)
      const senders = await Promise.all((await logsOf('RecoveryVetoed')).map(senderOf))
      expect(senders).to.deep.equal([agent.address, agent.address])
    })

    it('2. ends the recovery that was under way, and names its candidate', async () => {
      const { logsOf, other } = await loadFixture(withHistory)
      const [vetoed] = (await logsOf('RecoveryVetoed')) as [EventLog]
      const [started] = (await logsOf('RecoveryStarted')) as [EventLog]
      expect(vetoed.args['candidate']).to.equal(other.address)
      expect(started.blockNumber).to.be.lessThan(vetoed.blockNumber)
    })
  })

  describe('PublicationSkipped', () => {
    async function withSkips() {
      const deployed = await loadFixture(deployRegistry)
      const { registry } = deployed
      const keys = [Wallet.createRandom(), Wallet.createRandom(), Wallet.createRandom()]
      const signed = []
      for (const key of keys) signed.push(await signPublication(registry, key, { agent: key.address, card: first }))
      const [good, forged, malleable] = signed as [(typeof signed)[0], (typeof signed)[0], (typeof signed)[0]]
      const batch = [
        { ...forged, card: makeCard('another').card },
        good,
        { ...malleable, signature: withHighS(malleable.signature) },
      ]
      await registry.publishForMany(batch)
      return { ...deployed, batch, logs: (await registry.queryFilter('PublicationSkipped')) as EventLog[] }
    }

    it('1. has no CardPublished beside it', async () => {
      const { registry, batch, logs } = await loadFixture(withSkips)
      expect(logs.map(({ args }) => args['agent'])).to.deep.equal([batch[0]?.agent, batch[2]?.agent])
      const published = (await registry.queryFilter('CardPublished')) as EventLog[]
      expect(published.map(({ args }) => args['agent'])).to.deep.equal([batch[1]?.agent])
    })

    it('2. gives the reason that publishFor reverts with', async () => {
      const { registry, batch, logs } = await loadFixture(withSkips)
      for (const { args } of logs) {
        const item = batch[Number(args['index'])]
        if (item === undefined) throw new Error('no such item')
        const error = registry.interface.parseError(args['reason'])
        await expect(registry.publishFor(...argsOf(item)))
          .to.be.revertedWithCustomError(registry, error?.name ?? 'none')
          .withArgs(...(error?.args ?? []))
      }
    })

    it('3. is no relayer’s doing: less gas than an item may need undoes the batch', async () => {
      const { registry, batch } = await loadFixture(withSkips)
      await expect(registry.publishForMany(batch, { gasLimit: 800_000 })).to.be.revertedWithCustomError(
        registry,
        'AgentRegistryGasBelowFloor',
      )
    })
  })
})

describe('MessageAnchor', () => {
  const root = keccak256(toUtf8Bytes('root'))

  describe('Anchored', () => {
    it('1. names who sent the call', async () => {
      const { anchor, anchorer, other } = await loadFixture(deployAnchor)
      await anchor.anchor(root, 3)
      await anchor.connect(other).anchorStored(root, 3)
      await anchor.connect(other).anchorMany([{ root, size: 3 }])
      const logs = (await anchor.queryFilter('Anchored')) as EventLog[]
      expect(logs.map(({ args }) => args['anchorer'])).to.deep.equal([anchorer.address, other.address, other.address])
      expect(await Promise.all(logs.map(senderOf))).to.deep.equal(logs.map(({ args }) => args['anchorer']))
    })
  })

  describe('Tombstoned', () => {
    it('1. names who sent the call', async () => {
      const { anchor, other } = await loadFixture(deployAnchor)
      await anchor.connect(other).tombstone(root, 3)
      const [log] = (await anchor.queryFilter('Tombstoned')) as [EventLog]
      expect([log.args['anchorer'], await senderOf(log)]).to.deep.equal([other.address, other.address])
    })
  })
})
