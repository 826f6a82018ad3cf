import { expect } from 'chai'
import { privateKeyToAccount } from 'viem/accounts'
import { deployContracts } from '../../src/anchor/deploy.ts'
import type { LocalChain } from '../../src/cli/local-chain.ts'
import { systemAmbient } from '../../src/core/ambient.ts'
import { asAddress, type MessageId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { type Agent, canonicalDeployment, createAgent, verifyProof } from '../../src/index.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import { noCard, signPublication } from '../../src/registry/signed-actions.ts'
import { createSwitchboard, memoryTransport } from '../../src/transport/memory-transport.ts'
import type { Transport } from '../../src/transport/port.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { startLocalChain } from '../support/local-chain.ts'
import { rejectionCode } from '../support/refusal.ts'
import { chargeForBaseChain } from '../support/rollup-fees.ts'

/** Both chains, alice and bob with the same accounts on each, and everything that was sent. */
interface Side extends AsyncDisposable {
  readonly chain: LocalChain
  readonly alice: Agent
  readonly bob: Agent
  readonly overheard: ReadonlyMap<MessageId, Uint8Array>
}

function tapped(): { transport: Transport; overheard: Map<MessageId, Uint8Array> } {
  const carrier = memoryTransport({
    ambient: systemAmbient,
    sha256: nodeBackend.sha256,
    switchboard: createSwitchboard(),
  })
  const overheard = new Map<MessageId, Uint8Array>()
  const submit: Transport['submit'] = (envelope, relays, options) => {
    overheard.set(decodeEnvelope(envelope).header.messageId, envelope)
    return carrier.submit(envelope, relays, options)
  }
  const transport: Transport = {
    submit,
    openInbox: (relay, owner, options) => carrier.openInbox(relay, owner, options),
    configure: (relay, owner, settings) => carrier.configure(relay, owner, settings),
    [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
  }
  return { transport, overheard }
}

async function startSide(chain: LocalChain): Promise<Side> {
  const { rpcUrl, chainId, accounts } = chain
  const { transport, overheard } = tapped()
  const open = (account: number) =>
    createAgent({
      account: accounts[account]!.privateKey,
      chain: { id: chainId, rpcUrl },
      anchor: canonicalDeployment(chainId).anchor,
      relay: 'http://127.0.0.1:1',
      transport,
      pollMillis: 100,
    })
  const [alice, bob] = [await open(1), await open(2)]
  return {
    chain,
    alice,
    bob,
    overheard,
    [Symbol.asyncDispose]: async () => {
      for (const agent of [alice, bob]) await agent[Symbol.asyncDispose]()
      await chain[Symbol.asyncDispose]()
    },
  }
}

describe('scenario: the same agents on two chains at once, one of them an OP-stack rollup', () => {
  let mainnet: Side
  let rollup: Side
  const deployments: unknown[] = []

  before(async () => {
    const chains = [await startLocalChain(), await startLocalChain({ chainId: 10, chainType: 'op' })] as const
    await chargeForBaseChain(chains[1])
    for (const [place, { rpcUrl, accounts }] of chains.entries()) {
      // Another deployer on each: the addresses do not depend on it.
      const { deployment } = await deployContracts({ rpcUrl, account: accounts[place]!.privateKey })
      deployments.push({ registry: deployment.registry, anchor: deployment.anchor })
    }
    mainnet = await startSide(chains[0])
    rollup = await startSide(chains[1])
  })

  after(async () => {
    for (const side of [mainnet, rollup]) await side[Symbol.asyncDispose]()
  })

  it('finds both contracts at the same addresses on each, without being told where', () => {
    expect(deployments[0]).to.deep.equal(deployments[1])
  })

  for (const name of ['mainnet', 'rollup'] as const)
    it(`registers, talks, anchors, proves, rotates and revokes on ${name}`, async () => {
      const { alice, bob, chain } = name === 'mainnet' ? mainnet : rollup
      const registered = (await alice.register()).transaction!
      await bob.register()
      bob.on('message', (message) => message.reply({ text: `on ${chain.chainId}` }))
      const answer = await (await alice.peer(bob.account)).request({ text: 'where?' }, { timeout: 10_000 })
      expect(answer.text()).to.equal(`on ${chain.chainId}`)
      const anchored = (await alice.anchor())!
      const proof = await alice.prove(answer.id)
      expect((await verifyProof(proof, { client: chain })).verdict).to.equal('verified')
      const rotated = (await alice.rotate()).transaction!
      const revoked = await alice.revoke({ reason: 'superseded' })
      const fees = [registered, anchored, rotated, revoked].map(({ l1Fee }) => l1Fee)
      if (name === 'mainnet') expect(fees).to.deep.equal([undefined, undefined, undefined, undefined])
      else {
        for (const fee of fees) expect(fee! > 0n).to.equal(true)
        // A post-quantum card is what costs on the base chain; an anchor or a revocation is small.
        expect(registered.l1Fee! > 5n * anchored.l1Fee!).to.equal(true)
      }
    })

  it('refuses an envelope of one chain on the other, though accounts and contracts have the same addresses', async () => {
    for (const side of [mainnet, rollup]) await side.alice.register()
    const sent = await (await mainnet.alice.peer(mainnet.bob.account)).send({ text: 'for chain 31337' })
    const envelope = mainnet.overheard.get(sent.id)!
    expect(await rejectionCode(rollup.bob.receive(envelope))).to.equal('sealed.not_for_me')
  })

  it('refuses a publication that was signed for one chain on the other', async () => {
    const { registry } = canonicalDeployment(1)
    const newcomer = privateKeyToAccount(`0x${'5a'.repeat(32)}`)
    const clientOf = ({ chain: { rpcUrl, chainId, accounts } }: Side) =>
      createRegistryClient({ rpcUrl, chainId, registry, account: accounts[0]!.privateKey })
    const [here, there] = [clientOf(mainnet), clientOf(rollup)]
    const signed = await signPublication(newcomer, here, {
      agent: asAddress(newcomer.address),
      card: Uint8Array.of(1, 1, 0x64, 0x7a),
      previous: noCard,
      previousValidUntil: 0,
      deadline: 2 ** 39,
    })
    expect(await rejectionCode(there.publishFor(signed))).to.equal('registry.invalid_signature')
    expect((await here.publishFor(signed)).blockNumber > 0n).to.equal(true)
  })

  it('refuses a proof of one chain on the other', async () => {
    const sent = await (await mainnet.alice.peer(mainnet.bob.account)).send({ text: 'proven on 31337' })
    await mainnet.alice.anchor()
    const proof = await mainnet.alice.prove(sent.id)
    expect((await verifyProof(proof, { client: mainnet.chain })).verdict).to.equal('verified')
    expect(await rejectionCode(verifyProof(proof, { client: rollup.chain }))).to.equal('registry.wrong_chain')
    const moved = { ...proof, chainId: rollup.chain.chainId }
    const { verdict, checks } = await verifyProof(moved, { client: rollup.chain })
    expect(verdict).to.equal('failed')
    expect(checks.find(({ outcome }) => outcome === 'failed')?.name).to.equal('card_published')
  })
})
