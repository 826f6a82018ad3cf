/** One test for each invariant that the interface numbers on its events. */

import { expect } from 'chai'
import { type EventLog, keccak256 } from 'ethers'
import { at, deployRegistry, loadFixture, makeCard, noCard, Reason, start } from './support/deploy.ts'

const cards = ['a', 'b', 'c', 'd'].map((name) => makeCard(name))
const [a, b, c, d] = cards as [(typeof cards)[0], (typeof cards)[0], (typeof cards)[0], (typeof cards)[0]]

/**
 * Two agents with four cards each, published in turn: grace after the first and third rotation, none after the second.
 * Each agent has revoked its first card, and its last and current one.
 */
async function withHistory() {
  const { registry, agent, other } = await loadFixture(deployRegistry)
  let seconds = 0
  const steps = [
    { card: a, previous: noCard, grace: 0 },
    { card: b, previous: a.cardId, grace: 50 },
    { card: c, previous: b.cardId, grace: 0 },
    { card: d, previous: c.cardId, grace: 5000 },
  ]
  for (const { card, previous, grace } of steps) {
    for (const signer of [agent, other]) {
      seconds += 100
      await at(seconds)
      const previousValidUntil = grace === 0 ? 0 : start + seconds + grace
      await registry.connect(signer).publish(signer.address, card.card, previous, previousValidUntil)
    }
  }
  for (const signer of [agent, other]) {
    seconds += 100
    await at(seconds)
    await registry.connect(signer).revoke(signer.address, a.cardId, Reason.KeyCompromise, start + 250)
    await registry.connect(signer).revoke(signer.address, d.cardId, Reason.Superseded, 0)
  }
  const published = (await registry.queryFilter('CardPublished')) as EventLog[]
  const revoked = (await registry.queryFilter('CardRevoked')) as EventLog[]
  return { registry, agents: [agent.address, other.address], published, revoked }
}

function of(agent: string, logs: readonly EventLog[]): EventLog[] {
  return logs.filter(({ args }) => args['agent'] === agent)
}

async function blockTime(log: EventLog): Promise<bigint> {
  return BigInt((await log.getBlock()).timestamp)
}

describe('AgentRegistry', () => {
  describe('CardPublished', () => {
    it('1. names the card by the keccak256 of its bytes', async () => {
      const { published } = await loadFixture(withHistory)
      expect(published).to.have.length(8)
      for (const { args } of published) expect(args['cardId']).to.equal(keccak256(args['card']))
    })

    it('2. carries the epochs 0, 1, 2, … of each agent in log order', async () => {
      const { agents, published } = await loadFixture(withHistory)
      for (const agent of agents) {
        expect(of(agent, published).map(({ args }) => args['epoch'])).to.deep.equal([0n, 1n, 2n, 3n])
      }
    })

    it('3. chains each card to the one an epoch earlier', async () => {
      const { agents, published } = await loadFixture(withHistory)
      for (const agent of agents) {
        const previous = of(agent, published).map(({ args }) => args['previous'])
        expect(previous).to.deep.equal([noCard, a.cardId, b.cardId, c.cardId])
      }
    })

    it('4. gives the end of the replaced card as its record keeps it, never before the block', async () => {
      const { registry, agents, published } = await loadFixture(withHistory)
      for (const agent of agents) {
        const [firstLog, ...laterLogs] = of(agent, published)
        expect(firstLog?.args['previousValidUntil']).to.equal(0n)
        for (const log of laterLogs) {
          const { previous, previousValidUntil } = log.args.toObject()
          expect((await registry.record(agent, previous)).validUntil).to.equal(previousValidUntil)
          expect(previousValidUntil >= (await blockTime(log))).to.equal(true)
        }
      }
    })

    it('5. occurs once for a pair of agent and card', async () => {
      const { published } = await loadFixture(withHistory)
      const pairs = new Set(published.map(({ args }) => `${args['agent']} ${args['cardId']}`))
      expect(pairs.size).to.equal(published.length)
    })

    it('6. comes with the record of the card, and the last one with the current card', async () => {
      const { registry, agents, published } = await loadFixture(withHistory)
      for (const agent of agents) {
        const logs = of(agent, published)
        expect((await registry.current(agent)).cardId).to.equal(logs.at(-1)?.args['cardId'])
        for (const log of logs) {
          const { validFrom, epoch, hint } = await registry.record(agent, log.args['cardId'])
          expect(validFrom).to.equal(await blockTime(log))
          expect(epoch).to.equal(log.args['epoch'])
          expect(hint).to.equal(BigInt(log.blockNumber))
        }
      }
    })

    it('is found by agent, by card and by epoch', async () => {
      const { registry, agents } = await loadFixture(withHistory)
      const found = async (...topics: unknown[]) => {
        const filter = registry.filters['CardPublished']?.(...topics)
        if (filter === undefined) throw new Error('no such event')
        return (await registry.queryFilter(filter)).length
      }
      expect(await found(agents[0])).to.equal(4)
      expect(await found(null, b.cardId)).to.equal(2)
      expect(await found(agents[1], null, 2)).to.equal(1)
    })
  })

  describe('CardRevoked', () => {
    it('1. follows the publication of the card', async () => {
      const { published, revoked } = await loadFixture(withHistory)
      expect(revoked).to.have.length(4)
      for (const { args, blockNumber } of revoked) {
        const earlier = of(args['agent'], published).find((log) => log.args['cardId'] === args['cardId'])
        expect(earlier?.blockNumber).to.be.lessThan(blockNumber)
      }
    })

    it('2. occurs once for a pair of agent and card', async () => {
      const { revoked } = await loadFixture(withHistory)
      const pairs = new Set(revoked.map(({ args }) => `${args['agent']} ${args['cardId']}`))
      expect(pairs.size).to.equal(revoked.length)
    })

    it('3. claims no compromise, or one between publication and the block', async () => {
      const { registry, revoked } = await loadFixture(withHistory)
      const claims = []
      for (const log of revoked) {
        const { agent, cardId, compromisedSince } = log.args.toObject()
        if (compromisedSince === 0n) continue
        claims.push(compromisedSince)
        expect(compromisedSince >= (await registry.record(agent, cardId)).validFrom).to.equal(true)
        expect(compromisedSince <= (await blockTime(log))).to.equal(true)
      }
      expect(claims).to.deep.equal([BigInt(start + 250), BigInt(start + 250)])
    })

    it('4. agrees with the record of the card', async () => {
      const { registry, revoked } = await loadFixture(withHistory)
      for (const log of revoked) {
        const record = await registry.record(log.args['agent'], log.args['cardId'])
        expect(record.reason).to.equal(log.args['reason'])
        expect(record.compromisedSince).to.equal(log.args['compromisedSince'])
        expect(record.revokedAt).to.equal(await blockTime(log))
      }
    })

    it('5. leaves the revoked card current', async () => {
      const { registry, agents } = await loadFixture(withHistory)
      for (const agent of agents) {
        const { cardId, cardRecord } = await registry.current(agent)
        expect(cardId).to.equal(d.cardId)
        expect(cardRecord.revokedAt).to.not.equal(0n)
      }
    })
  })
})
