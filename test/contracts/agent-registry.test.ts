import { expect } from 'chai'
import { ZeroAddress } from 'ethers'
import { first, second, third, withBackdatedRevocation, withGrace, withOneCard } from './support/card-life.ts'
import {
  at,
  CardStatus,
  deployRegistry,
  ethers,
  loadFixture,
  makeCard,
  noCard,
  Reason,
  type RecordView,
  start,
} from './support/deploy.ts'

function plain({ validFrom, validUntil, revokedAt, compromisedSince, epoch, suite, reason, hint }: RecordView) {
  return { validFrom, validUntil, revokedAt, compromisedSince, epoch, suite, reason, hint }
}

const zeroRecord = {
  validFrom: 0n,
  validUntil: 0n,
  revokedAt: 0n,
  compromisedSince: 0n,
  epoch: 0n,
  suite: 0n,
  reason: 0n,
  hint: 0n,
}

describe('AgentRegistry', () => {
  describe('publish', () => {
    it('makes the first card current, with epoch 0, its suite and no end', async () => {
      const { registry, agent, receipt } = await loadFixture(withOneCard)
      const { cardId, cardRecord } = await registry.current(agent.address)
      expect(cardId).to.equal(first.cardId)
      expect(plain(cardRecord)).to.deep.equal({
        ...zeroRecord,
        validFrom: BigInt(start),
        suite: 0x647an,
        hint: BigInt(receipt.blockNumber),
      })
    })

    it('logs the card, its epoch and that it replaces none', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      await expect(registry.publish(agent.address, first.card, noCard, 0))
        .to.emit(registry, 'CardPublished')
        .withArgs(agent.address, first.cardId, 0, noCard, 0, first.card)
    })

    it('returns the card id', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const cardId = await registry.publish.staticCall(agent.address, first.card, noCard, 0)
      expect(cardId).to.equal(first.cardId)
    })

    it('counts epochs up from 0 and logs the card replaced', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      await at(3000)
      await expect(registry.publish(agent.address, third.card, second.cardId, 0))
        .to.emit(registry, 'CardPublished')
        .withArgs(agent.address, third.cardId, 2, second.cardId, start + 3000, third.card)
      expect((await registry.record(agent.address, second.cardId)).epoch).to.equal(1n)
      expect((await registry.record(agent.address, third.cardId)).epoch).to.equal(2n)
    })

    it('ends the replaced card now when no grace period is asked for', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(1000)
      await registry.publish(agent.address, second.card, first.cardId, 0)
      expect((await registry.record(agent.address, first.cardId)).validUntil).to.equal(BigInt(start + 1000))
    })

    it('takes an end of now as no grace period', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(1000)
      await registry.publish(agent.address, second.card, first.cardId, start + 1000)
      expect((await registry.record(agent.address, first.cardId)).validUntil).to.equal(BigInt(start + 1000))
    })

    it('keeps both cards in force during a grace period', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      const asOf = start + 1499
      expect(await registry.statusAt(agent.address, first.cardId, asOf, asOf)).to.equal(CardStatus.Valid)
      expect(await registry.statusAt(agent.address, second.cardId, asOf, asOf)).to.equal(CardStatus.Valid)
      expect(await registry.statusAt(agent.address, first.cardId, asOf + 1, asOf + 1)).to.equal(CardStatus.Expired)
      expect(await registry.statusAt(agent.address, second.cardId, asOf + 1, asOf + 1)).to.equal(CardStatus.Valid)
    })

    it('reads the suite of each card from its bytes 2 and 3, big endian', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      expect((await registry.record(agent.address, first.cardId)).suite).to.equal(0x647an)
      expect((await registry.record(agent.address, second.cardId)).suite).to.equal(0x0020n)
    })

    it('replaces a revoked card and leaves its revocation as it is', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(500)
      await registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start + 100)
      const revoked = plain(await registry.record(agent.address, first.cardId))
      await at(1000)
      await registry.publish(agent.address, second.card, first.cardId, start + 1500)
      expect(plain(await registry.record(agent.address, first.cardId))).to.deep.equal({
        ...revoked,
        validUntil: BigInt(start + 1500),
      })
    })

    it('lets two agents publish the same bytes, apart from each other', async () => {
      const { registry, agent, other } = await loadFixture(withGrace)
      await at(1100)
      await registry.connect(other).publish(other.address, first.card, noCard, 0)
      expect((await registry.current(other.address)).cardId).to.equal(first.cardId)
      expect((await registry.record(other.address, first.cardId)).validFrom).to.equal(BigInt(start + 1100))
      expect((await registry.record(agent.address, first.cardId)).validFrom).to.equal(BigInt(start))
    })

    it('takes cards of 4 and of 4,096 bytes', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const shortest = makeCard('shortest', { length: 4, suite: 0xabcd })
      const longest = makeCard('longest', { length: 4096 })
      await registry.publish(agent.address, shortest.card, noCard, 0)
      await registry.publish(agent.address, longest.card, shortest.cardId, 0)
      expect((await registry.current(agent.address)).cardId).to.equal(longest.cardId)
      expect((await registry.record(agent.address, shortest.cardId)).suite).to.equal(0xabcdn)
    })

    it('refuses the zero address', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const { publish } = registry.connect(ethers.provider)
      await expect(
        publish.staticCall(ZeroAddress, first.card, noCard, 0, { from: ZeroAddress }),
      ).to.be.revertedWithCustomError(registry, 'AgentRegistryZeroAgent')
    })

    it('refuses a caller who is not the agent', async () => {
      const { registry, agent, stranger } = await loadFixture(withOneCard)
      await expect(registry.connect(stranger).publish(agent.address, second.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, stranger.address)
    })

    it('refuses a first card that names a previous one', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      await expect(registry.publish(agent.address, second.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryStaleEpoch')
        .withArgs(agent.address, first.cardId, noCard)
    })

    it('refuses a first card that grants a grace period', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      await expect(registry.publish(agent.address, first.card, noCard, start + 5000))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryGraceWithoutPrevious')
        .withArgs(agent.address, start + 5000)
    })

    it('refuses a previous card that is not the current one any more', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      await expect(registry.publish(agent.address, third.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryStaleEpoch')
        .withArgs(agent.address, first.cardId, second.cardId)
    })

    it('refuses a replay of an earlier publication', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await expect(registry.publish(agent.address, first.card, noCard, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryStaleEpoch')
        .withArgs(agent.address, noCard, first.cardId)
    })

    it('refuses an earlier card of the agent', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      await expect(registry.publish(agent.address, first.card, second.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryDuplicateCard')
        .withArgs(agent.address, first.cardId)
    })

    it('refuses the current card of the agent', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await expect(registry.publish(agent.address, first.card, first.cardId, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryDuplicateCard')
        .withArgs(agent.address, first.cardId)
    })

    it('refuses to end the replaced card in the past', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(1000)
      await expect(registry.publish(agent.address, second.card, first.cardId, start + 999))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryGraceInPast')
        .withArgs(start + 999, start + 1000)
    })

    for (const length of [0, 1, 3]) {
      it(`refuses a card of ${length} bytes`, async () => {
        const { registry, agent } = await loadFixture(deployRegistry)
        await expect(registry.publish(agent.address, makeCard('short', { length }).card, noCard, 0))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryCardTooShort')
          .withArgs(length, 4)
      })
    }

    it('refuses a card of 4,097 bytes', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      await expect(registry.publish(agent.address, makeCard('long', { length: 4097 }).card, noCard, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryCardTooLong')
        .withArgs(4097, 4096)
    })
  })

  describe('revoke', () => {
    it('records when and why, and leaves the rest of the record', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      const before = plain(await registry.record(agent.address, first.cardId))
      await at(700)
      await registry.revoke(agent.address, first.cardId, Reason.CessationOfOperation, 0)
      expect(plain(await registry.record(agent.address, first.cardId))).to.deep.equal({
        ...before,
        revokedAt: BigInt(start + 700),
        reason: BigInt(Reason.CessationOfOperation),
      })
    })

    it('logs the reason and the claimed start of the compromise', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(700)
      await expect(registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start + 300))
        .to.emit(registry, 'CardRevoked')
        .withArgs(agent.address, first.cardId, Reason.KeyCompromise, start + 300)
    })

    for (const [name, reason] of Object.entries(Reason)) {
      it(`takes the reason ${name}`, async () => {
        const { registry, agent } = await loadFixture(withOneCard)
        await registry.revoke(agent.address, first.cardId, reason, 0)
        expect((await registry.record(agent.address, first.cardId)).reason).to.equal(BigInt(reason))
      })
    }

    it('leaves the current card current', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await registry.revoke(agent.address, first.cardId, Reason.Unspecified, 0)
      expect((await registry.current(agent.address)).cardId).to.equal(first.cardId)
    })

    it('takes a card that has expired', async () => {
      const { registry, agent } = await loadFixture(withBackdatedRevocation)
      const { validUntil, revokedAt } = await registry.record(agent.address, first.cardId)
      expect([validUntil, revokedAt]).to.deep.equal([BigInt(start + 1500), BigInt(start + 2000)])
    })

    it('takes a compromise since publication, and one since now', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      await at(2000)
      await registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start)
      await at(2001)
      await registry.revoke(agent.address, second.cardId, Reason.KeyCompromise, start + 2001)
      expect((await registry.record(agent.address, first.cardId)).compromisedSince).to.equal(BigInt(start))
      expect((await registry.record(agent.address, second.cardId)).compromisedSince).to.equal(BigInt(start + 2001))
    })

    it('refuses a caller who is not the agent', async () => {
      const { registry, agent, stranger } = await loadFixture(withOneCard)
      await expect(registry.connect(stranger).revoke(agent.address, first.cardId, Reason.Unspecified, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnauthorized')
        .withArgs(agent.address, stranger.address)
    })

    it('refuses a card that the agent never published, even if another did', async () => {
      const { registry, other } = await loadFixture(withOneCard)
      await expect(registry.connect(other).revoke(other.address, first.cardId, Reason.Unspecified, 0))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnknownCard')
        .withArgs(other.address, first.cardId)
    })

    it('refuses a second revocation, and a replay of the first', async () => {
      const { registry, agent } = await loadFixture(withBackdatedRevocation)
      const before = plain(await registry.record(agent.address, first.cardId))
      for (const [reason, since] of [
        [Reason.KeyCompromise, start + 800],
        [Reason.Unspecified, 0],
      ] as const) {
        await expect(registry.revoke(agent.address, first.cardId, reason, since))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryAlreadyRevoked')
          .withArgs(agent.address, first.cardId, start + 2000)
      }
      expect(plain(await registry.record(agent.address, first.cardId))).to.deep.equal(before)
    })

    it('refuses a compromise before the card was published', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(700)
      await expect(registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start - 1))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryCompromiseOutOfRange')
        .withArgs(start - 1, start, start + 700)
    })

    it('refuses a compromise in the future', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(700)
      await expect(registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start + 701))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryCompromiseOutOfRange')
        .withArgs(start + 701, start, start + 700)
    })

    it('refuses a reason that has no name', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await expect(registry.revoke(agent.address, first.cardId, 4, 0)).to.be.revertedWithoutReason(ethers)
    })
  })

  describe('current', () => {
    it('is zero for an address that has published nothing', async () => {
      const { registry, stranger } = await loadFixture(withOneCard)
      const { cardId, cardRecord } = await registry.current(stranger.address)
      expect(cardId).to.equal(noCard)
      expect(plain(cardRecord)).to.deep.equal(zeroRecord)
    })

    it('answers with the same record as record', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      const { cardId, cardRecord } = await registry.current(agent.address)
      expect(plain(cardRecord)).to.deep.equal(plain(await registry.record(agent.address, cardId)))
    })
  })

  describe('record', () => {
    it('is zero for a card that the agent never published, even if another did', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      expect(plain(await registry.record(agent.address, second.cardId))).to.deep.equal(zeroRecord)
      expect(plain(await registry.record(other.address, first.cardId))).to.deep.equal(zeroRecord)
      expect(plain(await registry.record(agent.address, noCard))).to.deep.equal(zeroRecord)
    })

    it('occupies one storage slot', async () => {
      const { registry, agent } = await loadFixture(withBackdatedRevocation)
      const { structLogs } = await ethers.provider.send('debug_traceCall', [
        {
          to: await registry.getAddress(),
          data: registry.interface.encodeFunctionData('record', [agent.address, first.cardId]),
        },
        'latest',
        { disableMemory: true, disableStorage: true },
      ])
      const loads = structLogs.filter(({ op }: { op: string }) => op === 'SLOAD')
      const slots = loads.map(({ stack }: { stack: string[] }) => stack.at(-1))
      expect(new Set(slots).size).to.equal(1)
    })
  })
})
