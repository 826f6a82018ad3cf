import { expect } from 'chai'
import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { waitForTransactionReceipt } from 'viem/actions'
import { type Address, asAddress } from '../../src/core/ids.ts'
import { createControlClient } from '../../src/registry/control-client.ts'
import { createRegistryClient, type RegistryClient } from '../../src/registry/registry-client.ts'
import {
  noCard,
  type SignedPublication,
  signPublication,
  signRevocation,
  type TypedDataSigner,
} from '../../src/registry/signed-actions.ts'
import type { RegistryPlace, RegistryTypedData } from '../../src/registry/typed-data.ts'
import { caught } from './caught.ts'
import { type RegistryFixture, startRegistryFixture } from './fixture.ts'

const cardOf = (byte: number) => Uint8Array.of(1, 1, 0, 32, byte)
let made = 0
/** A fresh account that nobody ever funded. */
const freshAccount = () => privateKeyToAccount(`0x${String(++made).padStart(64, '7')}`)
const far = 2 ** 39

describe('registry/registry-transactions, by signature', () => {
  let fixture: RegistryFixture
  let relayer: RegistryClient
  let place: RegistryPlace

  before(async () => {
    fixture = await startRegistryFixture()
    relayer = fixture.nextAgent().client
    place = { chainId: relayer.chainId, registry: relayer.registry }
  })
  beforeEach(() => {
    fixture.proxy.liar = undefined
  })
  after(() => fixture[Symbol.asyncDispose]())

  function signed(signer = freshAccount(), change: Partial<SignedPublication> = {}, at = place) {
    const terms = { agent: asAddress(signer.address), card: cardOf(made), previous: noCard, previousValidUntil: 0 }
    return signPublication(signer, at, { ...terms, deadline: far, ...change })
  }

  describe('publishFor', () => {
    it('publishes for an account that holds nothing, once', async () => {
      const publication = await signed()
      const { cardId, gasUsed } = await relayer.publishFor(publication)
      expect((await relayer.current(publication.agent))?.cardId).to.equal(cardId)
      expect(Number(gasUsed)).to.be.within(21_000, 90_000)
      expect((await caught(relayer.publishFor(publication))).code).to.equal('registry.stale_epoch')
    })

    it('publishes for an agent whose controller signs, and no longer for the agent itself', async () => {
      const owner = fixture.nextAgent()
      const agent = fixture.nextAgent()
      const { rpcUrl, chainId, accounts } = fixture.chain
      const keyOf = (address: Address) => accounts.find((each) => asAddress(each.address) === address)!.privateKey
      const control = (address: Address) =>
        createControlClient({ rpcUrl, chainId, registry: fixture.registry, account: keyOf(address) })
      await control(agent.address).proposeController(owner.address)
      await control(owner.address).acceptControl(agent.address)
      const byAgent = await signed(privateKeyToAccount(keyOf(agent.address)), { agent: agent.address })
      expect((await caught(relayer.publishFor(byAgent))).code).to.equal('registry.invalid_signature')
      const byOwner = await signed(privateKeyToAccount(keyOf(owner.address)), { agent: agent.address })
      await relayer.publishFor(byOwner)
      expect((await relayer.current(agent.address))?.record.epoch).to.equal(0)
    })

    it('is refused when anything that was signed is changed, with the values', async () => {
      const good = await signed()
      const changes: readonly Partial<SignedPublication>[] = [
        { card: cardOf(255) },
        { agent: asAddress(freshAccount().address) },
        { deadline: far + 1 },
        { signature: `${good.signature.slice(0, -4)}0000` as never },
        { signature: '0x' },
      ]
      for (const change of changes) {
        const error = await caught(relayer.publishFor({ ...good, ...change }))
        expect(error.code, JSON.stringify(Object.keys(change))).to.equal('registry.invalid_signature')
        expect(error.facts).to.have.property('controller')
      }
      const first = await signed()
      const { cardId } = await relayer.publishFor(first)
      const next = await signed(freshAccount(), { previous: cardId })
      expect((await caught(relayer.publishFor({ ...next, previousValidUntil: far }))).code).to.equal(
        'registry.invalid_signature',
      )
    })

    it('is refused when it was signed for another chain, another registry, or until a time that has come', async () => {
      const elsewhere = [
        await signed(freshAccount(), {}, { ...place, chainId: 1 }),
        await signed(freshAccount(), {}, { ...place, registry: asAddress(`0x${'11'.repeat(20)}`) }),
      ]
      for (const publication of elsewhere)
        expect((await caught(relayer.publishFor(publication))).code).to.equal('registry.invalid_signature')
      const late = await caught(relayer.publishFor(await signed(freshAccount(), { deadline: 1_000_000_000 })))
      expect(late.code).to.equal('registry.expired_signature')
      expect(late.facts).to.include({ deadline: 1_000_000_000 })
    })

    it('refuses a malleable signature by its name', async () => {
      const good = await signed()
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const s = order - BigInt(`0x${good.signature.slice(66, 130)}`)
      const v = good.signature.endsWith('1b') ? '1c' : '1b'
      const signature = `${good.signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}` as `0x${string}`
      expect((await caught(relayer.publishFor({ ...good, signature }))).code).to.equal('registry.malleable_signature')
    })
  })

  describe('publishForMany', () => {
    it('publishes what is good, and says why each of the others was left out', async () => {
      const twice = await signed()
      const forged = { ...(await signed()), deadline: far + 1 }
      const late = await signed(freshAccount(), { deadline: 1_000_000_000 })
      const batch = [await signed(), forged, twice, twice, late, await signed()]
      const { items, gasUsed } = await relayer.publishForMany(batch)
      expect(items.map(({ refusal }) => refusal?.code)).to.deep.equal([
        undefined,
        'registry.invalid_signature',
        undefined,
        'registry.stale_epoch',
        'registry.expired_signature',
        undefined,
      ])
      expect(items.map(({ agent }) => agent)).to.deep.equal(batch.map(({ agent }) => agent))
      for (const { agent, cardId, refusal } of items.filter((_, place) => place !== 3))
        expect((await relayer.current(agent))?.cardId === cardId).to.equal(refusal === undefined)
      expect(gasUsed > 0n).to.equal(true)
    })

    it('refuses an empty batch, and an endpoint whose receipt does not account for every item', async () => {
      expect((await caught(relayer.publishForMany([]))).code).to.equal('core.invalid_argument')
      fixture.proxy.liar = async ({ method }, truth) => {
        if (method !== 'eth_getTransactionReceipt') return undefined
        const receipt = (await truth()) as { logs: unknown[] } | null
        return receipt === null ? undefined : { result: { ...receipt, logs: [] } }
      }
      const { chainId, accounts } = fixture.chain
      const account = accounts[9]!.privateKey
      const lied = createRegistryClient({ rpcUrl: fixture.proxy.rpcUrl, chainId, registry: fixture.registry, account })
      expect((await caught(lied.publishForMany([await signed()]))).code).to.equal('registry.malformed_answer')
    })
  })

  describe('revokeFor', () => {
    it('revokes for an account that holds nothing, once', async () => {
      const signer = freshAccount()
      const publication = await signed(signer)
      const { agent } = publication
      const { cardId } = await relayer.publishFor(publication)
      const terms = { agent, cardId, reason: 'key_compromise', compromisedSince: 0, deadline: far } as const
      const revocation = await signRevocation(signer, place, terms)
      const changed = await caught(relayer.revokeFor({ ...revocation, reason: 'superseded' }))
      expect(changed.code).to.equal('registry.invalid_signature')
      await relayer.revokeFor(revocation)
      expect(await relayer.record(agent, cardId)).to.include({ reason: 'key_compromise' })
      expect((await caught(relayer.revokeFor(revocation))).code).to.equal('registry.already_revoked')
    })
  })

  describe('signPublication', () => {
    it('takes whoever signs typed data, and names one that does not', async () => {
      const account = freshAccount()
      const service = { signTypedData: (data: RegistryTypedData) => account.signTypedData(data as never) }
      const terms = { agent: asAddress(account.address), card: cardOf(made), previous: noCard, previousValidUntil: 0 }
      await relayer.publishFor(await signPublication(service, place, { ...terms, deadline: far }))
      const refuses = async () => {
        throw new Error('no')
      }
      for (const [signer, named] of [
        [{ signTypedData: refuses }, undefined],
        [{ ...account, signTypedData: refuses }, asAddress(account.address)],
        [{ ...account, signTypedData: async () => '0x' }, asAddress(account.address)],
      ] as const) {
        const error = await caught(signPublication(signer as TypedDataSigner, place, { ...terms, deadline: far }))
        expect(error.code).to.equal('registry.signing_failed')
        expect(error.facts).to.deep.equal({ account: named, method: 'a publication' })
      }
    })
  })

  describe('arguments', () => {
    it('are refused before anything is signed or sent when the contract could not be given them', async () => {
      const good = await signed()
      const revocation = {
        agent: good.agent,
        cardId: noCard,
        compromisedSince: 0,
        deadline: 1,
        signature: '0x',
      } as const
      for (const call of [
        () => signed(freshAccount(), { deadline: 2 ** 40 }),
        () => signed(freshAccount(), { previousValidUntil: -1 }),
        () => signed(freshAccount(), { card: 'text' as never }),
        () => signed(freshAccount(), { agent: 'bob' as never }),
        () => relayer.publishFor({ ...good, signature: 'signed' as never }),
        () => relayer.publishFor({ ...good, signature: '0x123' }),
        () => relayer.publishForMany([good, { ...good, deadline: 0.5 }]),
        () => relayer.revokeFor({ ...revocation, reason: 'because' as never }),
        () => relayer.isErc8004Wallet(good.agent, -1n, good.agent),
        () => relayer.supportsInterface('0x01' as never),
      ])
        expect((await caught(call)).code).to.equal('core.invalid_argument')
    })
  })

  describe('isErc8004Wallet and supportsInterface', () => {
    it('answers yes where an identity registry names the agent as its wallet, and no for any other', async () => {
      const wallet = freshAccount().address
      // Returns the wallet to whatever is asked: PUSH20, MSTORE at 0, RETURN 32 bytes; before it, what deploys these 29.
      const runtime = `73${wallet.slice(2)}60005260206000f3`
      const account = privateKeyToAccount(fixture.chain.accounts[0]!.privateKey)
      const sender = createWalletClient({ account, transport: http(fixture.chain.rpcUrl) })
      const hash = await sender.deployContract({
        abi: [],
        bytecode: `0x601d600c600039601d6000f3${runtime}`,
        chain: null,
      })
      const { contractAddress } = await waitForTransactionReceipt(sender, { hash })
      const identities = asAddress(contractAddress!)
      expect(await relayer.isErc8004Wallet(identities, 8n, asAddress(wallet))).to.equal(true)
      expect(await relayer.isErc8004Wallet(identities, 8n, identities)).to.equal(false)
    })

    it('answers no for a contract that is none of ERC-8004, and knows its interfaces', async () => {
      expect(await relayer.isErc8004Wallet(fixture.registry, 1n, relayer.rpc.account!)).to.equal(false)
      expect(await relayer.supportsInterface('0x01ffc9a7')).to.equal(true)
      expect(await relayer.supportsInterface('0xffffffff')).to.equal(false)
    })
  })
})
