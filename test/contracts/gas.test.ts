/** What a transaction costs its sender: the receipt's figure, base fee of 21,000 gas and call data included. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { dataLength, keccak256, toUtf8Bytes, Wallet } from 'ethers'
import hre from 'hardhat'
import {
  deployAnchor,
  deployRegistry,
  loadFixture,
  makeCard,
  mined,
  networkHelpers,
  noCard,
  type Publication,
  Reason,
} from './support/deploy.ts'
import { argsOf, signPublication } from './support/sign.ts'

/** The figures that Gas.t.sol measures; `npm run check` keeps them fresh. */
function readSnapshot(): Record<string, string> {
  return JSON.parse(readFileSync(join(hre.config.paths.root, 'snapshots', 'gas.json'), 'utf8'))
}

describe('gas of a whole transaction', () => {
  before(function skipUnderCoverage() {
    // Instrumented code costs more.
    if (hre.globalOptions.coverage) this.skip()
  })

  describe('AgentRegistry', () => {
    it('publishes a first card of 64 bytes for at most 80,000', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const { gasUsed } = await mined(registry.publish(agent.address, makeCard('a').card, noCard, 0))
      expect(gasUsed).to.be.at.most(80_000n)
    })

    it('publishes a first card of 1,248 bytes for at most 109,000', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const { card } = makeCard('a', { length: 1248 })
      const { gasUsed } = await mined(registry.publish(agent.address, card, noCard, 0))
      expect(gasUsed).to.be.at.most(109_000n)
    })

    it('replaces a card with a grace period for at most 69,000', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const first = makeCard('a')
      await registry.publish(agent.address, first.card, noCard, 0)
      const grace = (await networkHelpers.time.latest()) + 86_400
      const { gasUsed } = await mined(registry.publish(agent.address, makeCard('b').card, first.cardId, grace))
      expect(gasUsed).to.be.at.most(69_000n)
    })

    it('revokes a card with a backdated compromise for at most 34,000', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const { card, cardId } = makeCard('a')
      await registry.publish(agent.address, card, noCard, 0)
      const published = await networkHelpers.time.latest()
      const { gasUsed } = await mined(registry.revoke(agent.address, cardId, Reason.KeyCompromise, published))
      expect(gasUsed).to.be.at.most(34_000n)
    })
  })

  describe('AgentRegistry, by signature', () => {
    it('publishes a first card of 64 bytes for at most 88,000', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, agent, { agent: agent.address, card: makeCard('a') })
      const { gasUsed } = await mined(registry.connect(relayer).publishFor(...argsOf(signed)))
      expect(gasUsed).to.be.at.most(88_000n)
    })

    it('publishes a first card by a wallet with ERC-1271 for at most 96,000', () => {
      // Gas.t.sol has the wallet.
      const gasUsed = Number(readSnapshot()['publishFor by ERC-1271 wallet, first card, 64 bytes'])
      expect(gasUsed).to.be.within(80_000, 96_000)
    })

    it('publishes a hundred first cards of 64 bytes in one batch for at most 69,000 each', async () => {
      const { registry, relayer } = await loadFixture(deployRegistry)
      const batch: Publication[] = []
      for (let index = 0; index < 100; index++) {
        const key = Wallet.createRandom()
        batch.push(await signPublication(registry, key, { agent: key.address, card: makeCard(`${index}`) }))
      }
      const { gasUsed } = await mined(registry.connect(relayer).publishForMany(batch))
      expect(await registry.queryFilter('CardPublished')).to.have.length(100)
      expect(gasUsed / 100n).to.be.at.most(69_000n)
    })
  })

  describe('snapshots/gas.json', () => {
    for (const name of ['AgentRegistry', 'MessageAnchor'] as const) {
      it(`has a figure for every function of ${name}`, async () => {
        const { abi } = await hre.artifacts.readArtifact(name)
        const functions = (abi as readonly { type: string; name: string }[]).filter(({ type }) => type === 'function')
        const figures = Object.keys(readSnapshot())
        const missing = functions.filter(
          ({ name }) => !figures.some((text) => new RegExp(`^(read )?${name}\\b`).test(text)),
        )
        expect(functions.length).to.be.greaterThan(6)
        expect(missing).to.deep.equal([])
      })
    }
  })

  describe('runtime code', () => {
    for (const name of ['AgentRegistry', 'MessageAnchor'] as const) {
      it(`of ${name} has at most 12 KB`, async () => {
        const { deployedBytecode } = await hre.artifacts.readArtifact(name)
        expect(dataLength(deployedBytecode)).to.be.at.most(12 * 1024)
      })
    }
  })

  describe('MessageAnchor', () => {
    it('stores an anchor for at most 47,000', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      const { gasUsed } = await mined(anchor.anchorStored(keccak256(toUtf8Bytes('root')), 1000))
      expect(gasUsed).to.be.at.most(47_000n)
    })

    it('anchors a root for at most 24,000', async () => {
      const { anchor } = await loadFixture(deployAnchor)
      const { gasUsed } = await mined(anchor.anchor(keccak256(toUtf8Bytes('root')), 1000))
      expect(gasUsed).to.be.at.most(24_000n)
    })
  })
})
