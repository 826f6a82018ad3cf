/** Many signed publications in one transaction, of which some may be bad. */

import { expect } from 'chai'
import { type EventLog, Wallet } from 'ethers'
import hre from 'hardhat'
import { first } from './support/card-life.ts'
import {
  type AgentRegistry,
  at,
  deployRegistry,
  loadFixture,
  makeCard,
  mined,
  networkHelpers,
  noCard,
  type Publication,
  start,
} from './support/deploy.ts'
import { argsOf, far, signPublication, withHighS } from './support/sign.ts'
import { placeCode, walletCode } from './support/wallets.ts'

/** Signed first cards of that many fresh agents. */
async function signMany(registry: AgentRegistry, count: number): Promise<Publication[]> {
  const signed: Publication[] = []
  for (let index = 0; index < count; index++) {
    const key = Wallet.createRandom()
    signed.push(await signPublication(registry, key, { agent: key.address, card: makeCard(`card ${index}`) }))
  }
  return signed
}

/** A batch of six of which the first and last are good, and what is wrong with the others. */
async function withMixedBatch() {
  const deployed = await loadFixture(deployRegistry)
  const { registry } = deployed
  const signed = (await signMany(registry, 6)) as [
    Publication,
    Publication,
    Publication,
    Publication,
    Publication,
    Publication,
  ]
  const [good, replayed, expired, malleable, empty, last] = signed
  await at(0)
  await registry.publishFor(...argsOf(replayed))
  const wrongChain = Wallet.createRandom()
  const batch = [
    good,
    replayed,
    { ...expired, deadline: start },
    { ...malleable, signature: withHighS(malleable.signature) },
    await signPublication(registry, wrongChain, { agent: wrongChain.address, card: first }, { chainId: 1 }),
    { ...empty, card: '0x' },
    last,
  ]
  const errors = [
    'AgentRegistryStaleEpoch',
    'AgentRegistryExpiredSignature',
    'AgentRegistryMalleableSignature',
    'AgentRegistryInvalidSignature',
    'AgentRegistryInvalidSignature',
  ]
  return { ...deployed, batch, errors }
}

async function skipped(registry: AgentRegistry): Promise<EventLog[]> {
  return (await registry.queryFilter('PublicationSkipped')) as EventLog[]
}

describe('AgentRegistry', () => {
  describe('publishForMany', () => {
    it('publishes all good items and returns their number', async () => {
      const { registry, relayer } = await loadFixture(deployRegistry)
      const batch = await signMany(registry, 5)
      expect(await registry.connect(relayer).publishForMany.staticCall(batch)).to.equal(5n)
      await registry.connect(relayer).publishForMany(batch)
      for (const { agent } of batch) expect((await registry.current(agent)).cardRecord.validFrom).to.not.equal(0n)
      expect(await skipped(registry)).to.deep.equal([])
    })

    it('skips bad items, and reports each with the reason that publishFor gives', async () => {
      const { registry, relayer, batch, errors } = await loadFixture(withMixedBatch)
      expect(await registry.connect(relayer).publishForMany.staticCall(batch)).to.equal(2n)
      await at(100)
      const receipt = await mined(registry.connect(relayer).publishForMany(batch))
      const logs = (await skipped(registry)).filter(({ transactionHash }) => transactionHash === receipt.hash)
      const reports = logs.map(({ args }) => ({
        agent: args['agent'],
        index: args['index'],
        error: registry.interface.parseError(args['reason'])?.name,
      }))
      expect(reports).to.deep.equal(
        errors.map((error, i) => ({ agent: batch[i + 1]?.agent, index: BigInt(i + 1), error })),
      )
    })

    it('gives the values of the error in the reason', async () => {
      const { registry, batch } = await loadFixture(withMixedBatch)
      await at(100)
      await registry.publishForMany(batch)
      const [stale, expired] = await skipped(registry)
      const [, replayed, late] = batch
      expect([...(registry.interface.parseError(stale?.args['reason'])?.args ?? [])]).to.deep.equal([
        replayed?.agent,
        noCard,
        (await registry.current(replayed?.agent ?? '')).cardId,
      ])
      expect([...(registry.interface.parseError(expired?.args['reason'])?.args ?? [])]).to.deep.equal([
        late?.agent,
        BigInt(start),
        BigInt(start + 100),
      ])
    })

    it('records nothing of an item that it skips', async () => {
      const { registry, batch } = await loadFixture(withMixedBatch)
      const before = await registry.current(batch[1]?.agent ?? '')
      await registry.publishForMany(batch)
      expect(await registry.current(batch[1]?.agent ?? '')).to.deep.equal(before)
      for (const { agent } of batch.slice(2, 6)) expect((await registry.current(agent)).cardId).to.equal(noCard)
      for (const item of [batch[0], batch[6]])
        expect((await registry.current(item?.agent ?? '')).cardRecord.epoch).to.equal(0n)
    })

    it('takes the second card of the same agent in the same batch, and not the same card twice', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const card = makeCard('next')
      const opening = await signPublication(registry, agent, { agent: agent.address, card: first })
      const next = await signPublication(registry, agent, { agent: agent.address, card, previous: first.cardId })
      await registry.publishForMany([opening, opening, next])
      expect((await registry.current(agent.address)).cardId).to.equal(card.cardId)
      expect((await skipped(registry)).map(({ args }) => args['index'])).to.deep.equal([1n])
    })

    it('takes an empty batch', async () => {
      const { registry } = await loadFixture(deployRegistry)
      expect(await registry.publishForMany.staticCall([])).to.equal(0n)
    })

    it('undoes the whole when less gas is left than an item may need', async () => {
      const { registry, relayer } = await loadFixture(deployRegistry)
      const batch = await signMany(registry, 3)
      const floor = 800_000n + 32n * (64n + 65n)
      // Enough for all three, were it not for the floor.
      await expect(registry.connect(relayer).publishForMany(batch, { gasLimit: 700_000 }))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryGasBelowFloor')
        .withArgs(0, (gasLeft: bigint) => gasLeft < floor, floor)
      await expect(registry.connect(relayer).publishForMany(batch, { gasLimit: 920_000 }))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryGasBelowFloor')
        .withArgs(
          (index: bigint) => index > 0n,
          (gasLeft: bigint) => gasLeft < floor,
          floor,
        )
      for (const { agent } of batch) expect((await registry.current(agent)).cardId).to.equal(noCard)
    })

    it('never skips a good item for lack of gas, whatever the relayer sends', async function nothingStarves() {
      // Instrumented code needs more than the floor leaves room for.
      if (hre.globalOptions.coverage) this.skip()
      const { registry, relayer } = await loadFixture(deployRegistry)
      const wallet = await placeCode(walletCode.yes)
      const long = makeCard('long', { length: 4096 })
      const item = { agent: wallet, card: long.card, previous: noCard, previousValidUntil: 0, deadline: far }
      const burner = { ...item, agent: await placeCode(walletCode.burning), signature: '0x' }
      const batch = [burner, { ...item, signature: `0x${'ab'.repeat(3000)}` }]
      const snapshot = await networkHelpers.takeSnapshot()
      let published = 0
      for (let gasLimit = 600_000; gasLimit < 1_800_000; gasLimit += 20_000) {
        await registry
          .connect(relayer)
          .publishForMany(batch, { gasLimit })
          .catch(() => undefined)
        const [burnt, ...others] = await skipped(registry)
        expect(others).to.deep.equal([])
        const isDone = (await registry.current(wallet)).cardId === long.cardId
        // All or nothing: the good item is in exactly when the bad one is reported.
        expect(burnt !== undefined).to.equal(isDone)
        if (isDone) published += 1
        await snapshot.restore()
      }
      expect(published).to.be.within(5, 40)
    })
  })
})
