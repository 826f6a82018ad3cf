import { expect } from 'chai'
import { first, second, withBackdatedRevocation, withGrace, withOneCard } from './support/card-life.ts'
import { at, CardStatus, loadFixture, noCard, Reason, start } from './support/deploy.ts'

describe('AgentRegistry', () => {
  describe('statusAt', () => {
    // The first card: published at 0, replaced at 1000 with grace until 1500, revoked at 2000 as compromised since 800.
    const table = [
      { time: -1, asOf: -1, status: 'Unknown', why: 'before publication, as known then' },
      { time: -1, asOf: 0, status: 'NotYetValid', why: 'before publication, as known from it on' },
      { time: -1, asOf: 3000, status: 'NotYetValid', why: 'before publication, as known after revocation' },
      { time: 0, asOf: 0, status: 'Valid', why: 'at publication' },
      { time: 799, asOf: 3000, status: 'Valid', why: 'before the compromise, as known after revocation' },
      { time: 800, asOf: 800, status: 'Valid', why: 'at the compromise, as known then' },
      { time: 800, asOf: 1999, status: 'Valid', why: 'at the compromise, as known just before revocation' },
      { time: 800, asOf: 2000, status: 'Compromised', why: 'at the compromise, as known from revocation on' },
      { time: 1499, asOf: 1499, status: 'Valid', why: 'at the end of grace, as known then' },
      { time: 1499, asOf: 2000, status: 'Compromised', why: 'at the end of grace, as known from revocation on' },
      { time: 1500, asOf: 1500, status: 'Expired', why: 'after grace' },
      { time: 1999, asOf: 1999, status: 'Expired', why: 'just before revocation' },
      { time: 1999, asOf: 2000, status: 'Compromised', why: 'expired and disowned, as known from revocation on' },
      { time: 2000, asOf: 2000, status: 'Revoked', why: 'at revocation' },
      { time: 2_000_000, asOf: 3_000_000, status: 'Revoked', why: 'long after revocation' },
    ] as const

    for (const { time, asOf, status, why } of table) {
      it(`is ${status} at ${time} as of ${asOf}: ${why}`, async () => {
        const { registry, agent } = await loadFixture(withBackdatedRevocation)
        const answer = await registry.statusAt(agent.address, first.cardId, start + time, start + asOf)
        expect(answer).to.equal(CardStatus[status])
      })
    }

    it('never counts a revocation without a claim of compromise before it was recorded', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(700)
      await registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, 0)
      const status = (time: number) => registry.statusAt(agent.address, first.cardId, start + time, start + 9000)
      expect(await status(699)).to.equal(CardStatus.Valid)
      expect(await status(700)).to.equal(CardStatus.Revoked)
    })

    it('stays Valid without an end while the card is current', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      const far = 2 ** 40 - 1
      expect(await registry.statusAt(agent.address, second.cardId, far, far)).to.equal(CardStatus.Valid)
    })

    it('is Unknown for a card that the agent never published, whatever the time', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      expect(await registry.statusAt(agent.address, second.cardId, start, start)).to.equal(CardStatus.Unknown)
      expect(await registry.statusAt(other.address, first.cardId, start, start)).to.equal(CardStatus.Unknown)
      expect(await registry.statusAt(other.address, first.cardId, 0, 0)).to.equal(CardStatus.Unknown)
      expect(await registry.statusAt(agent.address, noCard, start, start)).to.equal(CardStatus.Unknown)
    })

    it('answers the same for a past asOf after a rotation and a revocation', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      const asked = [0, 1, 400, 799, 800, 999].flatMap((asOf) => [0, asOf].map((time) => ({ time, asOf })))
      const ask = () =>
        Promise.all(
          asked.map(({ time, asOf }) => registry.statusAt(agent.address, first.cardId, start + time, start + asOf)),
        )
      const before = await ask()
      await at(1000)
      await registry.publish(agent.address, second.card, first.cardId, 0)
      expect(await ask()).to.deep.equal(before)
      await at(1001)
      await registry.revoke(agent.address, first.cardId, Reason.KeyCompromise, start)
      expect(await ask()).to.deep.equal(before)
    })

    it('refuses an asOf before the time', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await expect(registry.statusAt(agent.address, first.cardId, start + 1, start))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryAsOfBeforeTime')
        .withArgs(start + 1, start)
    })
  })
})
