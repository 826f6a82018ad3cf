/** Publication and revocation by signature, handed in by anybody. */

import { expect } from 'chai'
import { getCreateAddress, Wallet, ZeroAddress } from 'ethers'
import { first, second, withGrace, withOneCard } from './support/card-life.ts'
import {
  type AgentRegistry,
  at,
  deployRegistry,
  ethers,
  loadFixture,
  makeCard,
  mined,
  networkHelpers,
  noCard,
  Reason,
  start,
} from './support/deploy.ts'
import {
  argsOf,
  far,
  publicationDigest,
  type RevocationArgs,
  revocationDigest,
  signPublication,
  signRevocation,
  withHighS,
} from './support/sign.ts'
import { callingWallet, placeCode, walletCode } from './support/wallets.ts'

/** What the controller has to sign for an agent's first card. */
async function digestOf(registry: AgentRegistry, agent: string): Promise<string> {
  const { card } = first
  const item = { agent, card, previous: noCard, previousValidUntil: 0, deadline: far, signature: '0x' }
  return publicationDigest(registry, item)
}

describe('AgentRegistry', () => {
  describe('publishFor', () => {
    it('publishes what the agent signed, whoever hands it in', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, agent, { agent: agent.address, card: first })
      await at(0)
      await expect(registry.connect(relayer).publishFor(...argsOf(signed)))
        .to.emit(registry, 'CardPublished')
        .withArgs(agent.address, first.cardId, 0, noCard, 0, first.card)
      expect((await registry.current(agent.address)).cardId).to.equal(first.cardId)
    })

    it('returns the card id', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, agent, { agent: agent.address, card: first })
      expect(await registry.connect(relayer).publishFor.staticCall(...argsOf(signed))).to.equal(first.cardId)
    })

    it('replaces a card with the grace period that was signed', async () => {
      const { registry, agent, relayer } = await loadFixture(withOneCard)
      const signed = await signPublication(registry, agent, {
        agent: agent.address,
        card: second,
        previous: first.cardId,
        previousValidUntil: start + 500,
      })
      await registry.connect(relayer).publishFor(...argsOf(signed))
      expect((await registry.record(agent.address, first.cardId)).validUntil).to.equal(BigInt(start + 500))
    })

    it('takes a signature in the second of its deadline, and none after', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      const deadline = start + 10
      const signed = await signPublication(registry, agent, { agent: agent.address, card: first, deadline })
      await at(11)
      await expect(registry.connect(relayer).publishFor(...argsOf(signed)))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryExpiredSignature')
        .withArgs(agent.address, deadline, start + 11)
      const fresh = await loadFixture(deployRegistry)
      await at(10)
      await fresh.registry.connect(fresh.relayer).publishFor(...argsOf(signed))
      expect((await fresh.registry.current(agent.address)).cardId).to.equal(first.cardId)
    })

    it('refuses a replay', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      const signed = argsOf(await signPublication(registry, agent, { agent: agent.address, card: first }))
      await registry.connect(relayer).publishFor(...signed)
      await expect(registry.connect(relayer).publishFor(...signed))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryStaleEpoch')
        .withArgs(agent.address, noCard, first.cardId)
    })

    it('refuses another chain, contract, name and version than its own', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const changes = [
        { chainId: 1 },
        { verifyingContract: getCreateAddress({ from: agent.address, nonce: 99 }) },
        { name: 'Herald' },
        { version: '2' },
      ]
      for (const change of changes) {
        const signed = await signPublication(registry, agent, { agent: agent.address, card: first }, change)
        await expect(registry.publishFor(...argsOf(signed)))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
          .withArgs(agent.address, agent.address, await digestOf(registry, agent.address))
      }
    })

    it('refuses the signature of another account', async () => {
      const { registry, agent, stranger } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, stranger, { agent: agent.address, card: first })
      await expect(registry.publishFor(...argsOf(signed)))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
        .withArgs(agent.address, agent.address, await digestOf(registry, agent.address))
    })

    it('refuses a signature over other values', async () => {
      const { registry, agent, other } = await loadFixture(withOneCard)
      const publication = { agent: agent.address, card: second, previous: first.cardId, previousValidUntil: far }
      const signed = await signPublication(registry, agent, publication)
      for (const change of [
        { agent: other.address },
        { card: makeCard('forged').card },
        { previous: second.cardId },
        { previousValidUntil: far + 1 },
        { deadline: far + 1 },
      ]) {
        const forged = { ...signed, ...change }
        await expect(registry.publishFor(...argsOf(forged)))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
          .withArgs(forged.agent, forged.agent, await publicationDigest(registry, forged))
      }
    })

    it('refuses a revocation in place of a publication', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const [, , , , , signature] = await signRevocation(registry, agent, {
        agent: agent.address,
        cardId: first.cardId,
        reason: 0,
      })
      await expect(registry.publishFor(agent.address, first.card, noCard, 0, far, signature))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
        .withArgs(agent.address, agent.address, await digestOf(registry, agent.address))
    })

    it('refuses a signature with a high s', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, agent, { agent: agent.address, card: first })
      await expect(registry.publishFor(...argsOf({ ...signed, signature: withHighS(signed.signature) })))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryMalleableSignature')
        .withArgs(agent.address, agent.address, await digestOf(registry, agent.address))
    })

    for (const [what, signature] of [
      ['an empty signature', '0x'],
      ['64 bytes', `0x${'11'.repeat(64)}`],
      ['66 bytes', `0x${'11'.repeat(66)}`],
      ['zeros', `0x${'00'.repeat(65)}`],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { registry, agent } = await loadFixture(deployRegistry)
        await expect(registry.publishFor(agent.address, first.card, noCard, 0, far, signature))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
          .withArgs(agent.address, agent.address, await digestOf(registry, agent.address))
      })
    }

    it('refuses the zero address, for which a signature of nobody might pass', async () => {
      const { registry } = await loadFixture(deployRegistry)
      await expect(
        registry.publishFor(ZeroAddress, first.card, noCard, 0, far, `0x${'00'.repeat(65)}`),
      ).to.be.revertedWithCustomError(registry, 'AgentRegistryZeroAgent')
    })

    it('refuses what publish refuses: empty, oversized and duplicate cards, a stale previous, grace in the past', async () => {
      const { registry, agent } = await loadFixture(withGrace)
      await at(2000)
      const previous = second.cardId
      const cases = [
        { card: makeCard('e', { length: 0 }), previous, error: 'AgentRegistryCardTooShort', values: [0, 4] },
        { card: makeCard('l', { length: 4097 }), previous, error: 'AgentRegistryCardTooLong', values: [4097, 4096] },
        { card: first, previous, error: 'AgentRegistryDuplicateCard', values: [agent.address, first.cardId] },
        {
          card: makeCard('late'),
          previous: first.cardId,
          error: 'AgentRegistryStaleEpoch',
          values: [agent.address, first.cardId, second.cardId],
        },
      ]
      for (const { card, previous, error, values } of cases) {
        const signed = await signPublication(registry, agent, { agent: agent.address, card, previous })
        await expect(registry.publishFor(...argsOf(signed)))
          .to.be.revertedWithCustomError(registry, error)
          .withArgs(...values)
      }
    })

    it('counts the controller’s signature once control has passed, and no longer the agent’s', async () => {
      const { registry, agent, other } = await loadFixture(deployRegistry)
      await registry.proposeController(agent.address, other.address)
      await registry.connect(other).acceptControl(agent.address)
      const byAgent = await signPublication(registry, agent, { agent: agent.address, card: first })
      await expect(registry.publishFor(...argsOf(byAgent)))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
        .withArgs(agent.address, other.address, await digestOf(registry, agent.address))
      const byController = await signPublication(registry, other, { agent: agent.address, card: first })
      await registry.publishFor(...argsOf(byController))
      expect((await registry.current(agent.address)).cardId).to.equal(first.cardId)
    })
  })

  describe('publishFor, by a wallet with code', () => {
    const anything = '0x1234'

    it('takes what the wallet says yes to, of any length', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const wallet = await placeCode(walletCode.yes)
      for (const [index, signature] of ['0x', anything, `0x${'22'.repeat(65)}`, `0x${'33'.repeat(500)}`].entries()) {
        const snapshot = await networkHelpers.takeSnapshot()
        await registry.publishFor(wallet, makeCard(`${index}`).card, noCard, 0, far, signature)
        await snapshot.restore()
      }
    })

    for (const kind of ['no', 'short', 'untidy', 'reverting', 'silent', 'burning', 'lengthy'] as const) {
      it(`refuses the ${kind} wallet's signature, and names wallet and digest`, async () => {
        const { registry } = await loadFixture(deployRegistry)
        const wallet = await placeCode(walletCode[kind])
        await expect(registry.publishFor(wallet, first.card, noCard, 0, far, anything))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
          .withArgs(wallet, wallet, await digestOf(registry, wallet))
      })
    }

    it('lets a wallet that burns all gas burn 300,000 at most', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const signed = await signPublication(registry, agent, { agent: agent.address, card: first })
      const wallet = await placeCode(walletCode.no)
      const costWith = async (code: string) => {
        await placeCode(code, wallet)
        const snapshot = await networkHelpers.takeSnapshot()
        const batch = [{ ...signed, agent: wallet }, signed]
        const { gasUsed } = await mined(registry.publishForMany(batch, { gasLimit: 10_000_000 }))
        expect((await registry.current(agent.address)).cardId).to.equal(first.cardId)
        await snapshot.restore()
        return gasUsed
      }
      // The wallet that says no spends 20 gas or so.
      const burnt = (await costWith(walletCode.burning)) - (await costWith(walletCode.no))
      expect(burnt).to.be.within(299_900, 300_000)
    })

    it('takes an ECDSA signature of an account with code that knows no ERC-1271', async () => {
      const { registry, agent, relayer } = await loadFixture(deployRegistry)
      for (const kind of ['silent', 'reverting', 'no', 'burning'] as const) {
        const key = Wallet.createRandom()
        await placeCode(walletCode[kind], key.address)
        const signed = await signPublication(registry, key, { agent: key.address, card: first })
        await registry.connect(relayer).publishFor(...argsOf(signed))
        expect((await registry.current(key.address)).cardId).to.equal(first.cardId)
      }
      expect((await registry.current(agent.address)).cardId).to.equal(noCard)
    })

    it('takes an ECDSA signature of an account that delegates by EIP-7702', async () => {
      const { registry, relayer } = await loadFixture(deployRegistry)
      const key = Wallet.createRandom()
      const delegate = await placeCode(walletCode.silent)
      await placeCode(`0xef0100${delegate.slice(2)}`, key.address)
      const signed = await signPublication(registry, key, { agent: key.address, card: first })
      await registry.connect(relayer).publishFor(...argsOf(signed))
      expect((await registry.current(key.address)).cardId).to.equal(first.cardId)
    })

    it('gives a reentrant wallet no way to change anything', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const wallet = await placeCode('0x00')
      const inner = makeCard('inner')
      const again = registry.interface.encodeFunctionData('publish', [wallet, inner.card, noCard, 0])
      await placeCode(callingWallet(await registry.getAddress(), again), wallet)
      await registry.publishFor(wallet, first.card, noCard, 0, far, anything)
      const { cardId, cardRecord } = await registry.current(wallet)
      expect([cardId, cardRecord.epoch]).to.deep.equal([first.cardId, 0n])
      expect((await registry.record(wallet, inner.cardId)).validFrom).to.equal(0n)
      expect(await registry.queryFilter('CardPublished')).to.have.length(1)
    })

    it('gives a wallet that publishes itself while it is asked, by signature or in a batch, no way either', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const wallet = await placeCode('0x00')
      const inner = { ...makeCard('inner'), previous: noCard, previousValidUntil: 0, deadline: far }
      const item = { agent: wallet, ...inner, signature: anything }
      for (const again of [
        registry.interface.encodeFunctionData('publishFor', argsOf(item)),
        registry.interface.encodeFunctionData('publishForMany', [[item]]),
        registry.interface.encodeFunctionData('setGuardian', [wallet, wallet]),
        registry.interface.encodeFunctionData('proposeController', [wallet, wallet]),
      ]) {
        const snapshot = await networkHelpers.takeSnapshot()
        await placeCode(callingWallet(await registry.getAddress(), again), wallet)
        const { logs } = await mined(registry.publishFor(wallet, first.card, noCard, 0, far, anything))
        expect(logs).to.have.length(1)
        expect((await registry.current(wallet)).cardId).to.equal(first.cardId)
        expect(await registry.control(wallet)).to.deep.equal([wallet, ZeroAddress, ZeroAddress, ZeroAddress, 0n])
        await snapshot.restore()
      }
    })

    it('would let the same call through outside of the question, so that the wallet above does try', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const wallet = await placeCode('0x00')
      const data = registry.interface.encodeFunctionData('publish', [wallet, first.card, noCard, 0])
      await placeCode(callingWallet(await registry.getAddress(), data), wallet)
      await agent.sendTransaction({ to: wallet })
      expect((await registry.current(wallet)).cardId).to.equal(first.cardId)
    })
  })

  describe('revokeFor', () => {
    it('revokes what the agent signed, whoever hands it in', async () => {
      const { registry, agent, relayer } = await loadFixture(withOneCard)
      const args = await signRevocation(registry, agent, {
        agent: agent.address,
        cardId: first.cardId,
        compromisedSince: start + 300,
      })
      await at(700)
      await expect(registry.connect(relayer).revokeFor(...args))
        .to.emit(registry, 'CardRevoked')
        .withArgs(agent.address, first.cardId, Reason.KeyCompromise, start + 300)
      const { revokedAt, reason } = await registry.record(agent.address, first.cardId)
      expect([revokedAt, reason]).to.deep.equal([BigInt(start + 700), 1n])
    })

    it('refuses a replay: the first revocation wins', async () => {
      const { registry, agent, relayer } = await loadFixture(withOneCard)
      const args = await signRevocation(registry, agent, { agent: agent.address, cardId: first.cardId })
      await at(700)
      await registry.connect(relayer).revokeFor(...args)
      await expect(registry.connect(relayer).revokeFor(...args))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryAlreadyRevoked')
        .withArgs(agent.address, first.cardId, start + 700)
    })

    it('refuses an expired deadline, another chain, another signer, high s, and other values', async () => {
      const { registry, agent, stranger } = await loadFixture(withOneCard)
      const revocation = { agent: agent.address, cardId: first.cardId }
      await at(700)
      const expired = await signRevocation(registry, agent, { ...revocation, deadline: start + 699 })
      await expect(registry.revokeFor(...expired))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryExpiredSignature')
        .withArgs(agent.address, start + 699, start + 700)
      const good = await signRevocation(registry, agent, revocation)
      const [, , , , , signature] = good
      const bad = [
        await signRevocation(registry, agent, revocation, { chainId: 1 }),
        await signRevocation(registry, stranger, revocation),
        [agent.address, first.cardId, Reason.Superseded, 0, far, signature],
        [agent.address, first.cardId, Reason.KeyCompromise, start + 1, far, signature],
        [agent.address, first.cardId, Reason.KeyCompromise, 0, far + 1, signature],
        [agent.address, second.cardId, Reason.KeyCompromise, 0, far, signature],
      ] as RevocationArgs[]
      for (const args of bad) {
        await expect(registry.revokeFor(...args))
          .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
          .withArgs(agent.address, agent.address, await revocationDigest(registry, args))
      }
      await expect(registry.revokeFor(agent.address, first.cardId, Reason.KeyCompromise, 0, far, withHighS(signature)))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryMalleableSignature')
        .withArgs(agent.address, agent.address, await revocationDigest(registry, good))
    })

    it('refuses the zero address, an unknown card and a compromise in the future', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      await at(700)
      await expect(
        registry.revokeFor(ZeroAddress, first.cardId, 0, 0, far, `0x${'00'.repeat(65)}`),
      ).to.be.revertedWithCustomError(registry, 'AgentRegistryZeroAgent')
      const unknown = await signRevocation(registry, agent, { agent: agent.address, cardId: second.cardId })
      await expect(registry.revokeFor(...unknown))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryUnknownCard')
        .withArgs(agent.address, second.cardId)
      await at(800)
      const early = { agent: agent.address, cardId: first.cardId, compromisedSince: start + 801 }
      await expect(registry.revokeFor(...(await signRevocation(registry, agent, early))))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryCompromiseOutOfRange')
        .withArgs(start + 801, start, start + 800)
    })

    it('does not count a guardian’s signature', async () => {
      const { registry, agent, guardian } = await loadFixture(withOneCard)
      await registry.setGuardian(agent.address, guardian.address)
      const args = await signRevocation(registry, guardian, { agent: agent.address, cardId: first.cardId })
      await expect(registry.revokeFor(...args))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
        .withArgs(agent.address, agent.address, await revocationDigest(registry, args))
    })

    it('refuses a publication in place of a revocation', async () => {
      const { registry, agent } = await loadFixture(withOneCard)
      const { signature } = await signPublication(registry, agent, { agent: agent.address, card: first })
      const args: RevocationArgs = [agent.address, first.cardId, Reason.Unspecified, 0, far, signature]
      await expect(registry.revokeFor(...args))
        .to.be.revertedWithCustomError(registry, 'AgentRegistryInvalidSignature')
        .withArgs(agent.address, agent.address, await revocationDigest(registry, args))
    })
  })

  describe('eip712Domain', () => {
    it('names the contract, this chain, and nothing else', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const { fields, name, version, chainId, verifyingContract, salt, extensions } = await registry.eip712Domain()
      expect({ fields, name, version, chainId, verifyingContract, salt, extensions: [...extensions] }).to.deep.equal({
        fields: '0x0f',
        name: 'Herald AgentRegistry',
        version: '1',
        chainId: (await ethers.provider.getNetwork()).chainId,
        verifyingContract: await registry.getAddress(),
        salt: noCard,
        extensions: [],
      })
    })
  })

  describe('supportsInterface', () => {
    const interfaceId = (fragments: readonly string[], contract: { interface: { getFunction(n: string): unknown } }) =>
      fragments.reduce((id, name) => {
        const { selector } = contract.interface.getFunction(name) as { selector: string }
        return id ^ BigInt(selector)
      }, 0n)

    it('knows ERC-165, ERC-5267 and its own two interfaces, and nothing else', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const cards = ['publish', 'publishFor', 'publishForMany', 'revoke', 'revokeFor', 'current', 'record', 'statusAt']
      const control = ['proposeController', 'acceptControl', 'setGuardian', 'startRecovery', 'vetoRecovery']
      const ids = [
        interfaceId([...cards, 'isErc8004Wallet'], registry),
        interfaceId([...control, 'finishRecovery', 'controllerOf', 'control', 'recoveryDelay'], registry),
      ].map((id) => `0x${id.toString(16).padStart(8, '0')}`)
      for (const id of ['0x01ffc9a7', '0x84b0196e', ...ids]) expect(await registry.supportsInterface(id)).to.equal(true)
      for (const id of ['0xffffffff', '0x00000000', '0x12345678'])
        expect(await registry.supportsInterface(id)).to.equal(false)
    })
  })

  describe('isErc8004Wallet', () => {
    /** Answers every question with the address. */
    const registryOf = (wallet: string) => placeCode(`0x73${wallet.slice(2)}5f5260205ff3`)

    it('follows the wallet that the ERC-8004 registry names, and remembers nothing', async () => {
      const { registry, agent, other } = await loadFixture(deployRegistry)
      const identity = await registryOf(agent.address)
      expect(await registry.isErc8004Wallet(identity, 7, agent.address)).to.equal(true)
      expect(await registry.isErc8004Wallet(identity, 7, other.address)).to.equal(false)
      await placeCode(`0x73${ZeroAddress.slice(2)}5f5260205ff3`, identity)
      expect(await registry.isErc8004Wallet(identity, 7, agent.address)).to.equal(false)
    })

    it('asks getAgentWallet for the id', async () => {
      const { registry } = await loadFixture(deployRegistry)
      // Answers with the second word of the question, the id, if the first four bytes are right.
      const selector = ethers.id('getAgentWallet(uint256)').slice(2, 10)
      const identity = await placeCode(`0x5f3560e01c63${selector}14600f57005b6004355f5260205ff3`)
      const wallet = '0x00000000000000000000000000000000000000ff'
      expect(await registry.isErc8004Wallet(identity, 255, wallet)).to.equal(true)
      expect(await registry.isErc8004Wallet(identity, 256, wallet)).to.equal(false)
    })

    it('is false for the zero address, even when an agent was just sold', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const identity = await registryOf(ZeroAddress)
      expect(await registry.isErc8004Wallet(identity, 7, ZeroAddress)).to.equal(false)
    })

    it('is false when the answer is missing, short, too large, a revert or too costly', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const address = agent.address.slice(2)
      for (const code of [
        '0x',
        walletCode.silent,
        `0x73${address}60601b5f5260145ff3`,
        `0x74ff${address}5f5260205ff3`,
        `0x73${address}5f5260205ffd`,
        walletCode.burning,
      ]) {
        const identity = await placeCode(code)
        expect(await registry.isErc8004Wallet(identity, 7, agent.address)).to.equal(false)
      }
    })

    it('is false when the last byte is missing, even if it is zero', async () => {
      const { registry } = await loadFixture(deployRegistry)
      const address = `${'11'.repeat(19)}00`
      const whole = await placeCode(`0x73${address}5f5260205ff3`)
      const short = await placeCode(`0x73${address}5f52601f5ff3`)
      expect(await registry.isErc8004Wallet(whole, 7, `0x${address}`)).to.equal(true)
      expect(await registry.isErc8004Wallet(short, 7, `0x${address}`)).to.equal(false)
    })

    it('lets a registry that burns all gas burn 100,000 at most', async () => {
      const { registry, agent } = await loadFixture(deployRegistry)
      const to = await registry.getAddress()
      const costWith = async (code: string) => {
        const identity = await placeCode(code)
        const data = registry.interface.encodeFunctionData('isErc8004Wallet', [identity, 7, agent.address])
        const receipt = await (await agent.sendTransaction({ to, data, gasLimit: 1_000_000 })).wait()
        return receipt?.gasUsed ?? 0n
      }
      const burnt = (await costWith(walletCode.burning)) - (await costWith(walletCode.silent))
      expect(burnt).to.be.within(99_900, 100_000)
    })
  })
})
