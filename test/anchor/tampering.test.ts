import { expect } from 'chai'
import { messageAnchorBytecode } from '../../src/anchor/abi/message-anchor-bytecode.ts'
import { createAnchorPublisher } from '../../src/anchor/publisher.ts'
import type { CheckName, Outcome, Verification } from '../../src/anchor/verification.ts'
import { verifyProof } from '../../src/anchor/verify.ts'
import { type Hex, toBase64, toHex, utf8 } from '../../src/core/bytes.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import type { Address, ConversationId, MessageId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { deployAgentRegistry, deployContract } from '../../src/registry/deploy.ts'
import { createRegistryClient } from '../../src/registry/registry-client.ts'
import type { RpcProvider } from '../../src/registry/rpc.ts'
import type { Proof, ProofAnchor, ProofBinding, ProofContent } from '../../src/wire/proof.ts'
import {
  type ChainAgent,
  type ProvenanceChain,
  rememberingProvider,
  startProvenanceChain,
} from '../support/provenance.ts'
import { rejectionCode } from '../support/refusal.ts'

type Exceptions = Partial<Record<CheckName, Outcome>>

function exceptions({ checks }: Verification): Exceptions {
  return Object.fromEntries(checks.filter(({ outcome }) => outcome !== 'passed').map((c) => [c.name, c.outcome]))
}

/** What follows when no block is shown to hold the message. */
const withoutAnchorTime: Exceptions = {
  card_valid_when_anchored_known_then: 'not_checked',
  card_valid_when_anchored_known_now: 'not_checked',
}
/** What follows when the sender is not shown to hold the card. */
const withoutCard: Exceptions = { card_valid_when_signed: 'not_checked', ...withoutAnchorTime }

/** Every text that differs from the given hexadecimal in one bit. */
function bitFlips(hex: Hex): Hex[] {
  return Array.from({ length: (hex.length - 2) * 4 }, (_, bit) => {
    const at = 2 + (bit >> 2)
    const digit = (Number.parseInt(hex[at]!, 16) ^ (1 << (bit & 3))).toString(16)
    return `${hex.slice(0, at)}${digit}${hex.slice(at + 1)}` as Hex
  })
}

/** Another salt puts the same contract at another address. */
const salt = (number: number): Hex => `0x${String(number).padStart(64, '0')}`

describe('anchor/verify against tampering', function () {
  this.timeout(120_000)
  let chain: ProvenanceChain
  let client: RpcProvider
  let alice: ChainAgent
  let bob: ChainAgent
  let proof: Proof
  let other: Proof

  before(async () => {
    chain = await startProvenanceChain()
    alice = await chain.registered()
    bob = await chain.registered()
    const messages = await Promise.all(['one', 'two', 'three'].map((text) => chain.sign(alice, bob, { text })))
    proof = (await chain.anchor(messages)).proofs[0]!
    other = (await chain.anchor([await chain.sign(alice, bob), await chain.sign(bob, alice)])).proofs[0]!
  })

  beforeEach(() => {
    client = rememberingProvider(chain.provider)
  })

  after(() => chain[Symbol.asyncDispose]())

  const changed = async (change: Partial<Proof>) => exceptions(await verifyProof({ ...proof, ...change }, { client }))
  const withContent = (change: Partial<ProofContent>) => changed({ content: { ...proof.content!, ...change } })
  const withBinding = (change: Partial<ProofBinding>) => changed({ binding: { ...proof.binding!, ...change } })
  const withAnchor = (change: Partial<ProofAnchor>) => changed({ anchor: { ...proof.anchor!, ...change } })
  const badAnchor: Exceptions = { ...withoutAnchorTime, anchored: 'failed' }

  describe('a flipped bit', () => {
    const everyFlip = async (hex: Hex, verify: (flipped: Hex) => Promise<Exceptions>, expected: Exceptions) => {
      for (const flipped of bitFlips(hex)) expect(await verify(flipped), flipped).to.include(expected)
    }

    it('anywhere in the statement fails the signature and the anchor', () =>
      everyFlip(proof.statement, (statement) => changed({ statement }), { signature: 'failed', ...badAnchor }))

    it('anywhere in the signature fails the signature and the anchor', () =>
      everyFlip(proof.signature, (signature) => changed({ signature }), { signature: 'failed', ...badAnchor }))

    it('anywhere in the card fails the signature and the publication', () =>
      everyFlip(proof.card, (card) => changed({ card }), {
        signature: 'failed',
        card_published: 'failed',
        ...withoutCard,
      }))

    it('anywhere in the sender fails the publication', () =>
      everyFlip(proof.sender, (sender) => changed({ sender: sender as Address }), {
        card_published: 'failed',
        ...withoutCard,
      }))

    it('anywhere in the content part or body fails the content, and nothing else', async () => {
      const expected: Exceptions = { content_matches: 'failed' }
      for (const part of bitFlips(proof.content!.part)) expect(await withContent({ part })).to.deep.equal(expected)
      for (const body of bitFlips(toHex(utf8('one'))))
        expect(await withContent({ body: toBase64(Buffer.from(body.slice(2), 'hex')) })).to.deep.equal(expected)
    })

    it('anywhere in the binding part, header, recipient or conversation fails the recipient, and nothing else', async () => {
      const { part, header, recipient, conversation } = proof.binding!
      const changes: Partial<ProofBinding>[] = [
        ...bitFlips(part).map((flipped) => ({ part: flipped })),
        ...bitFlips(header).map((flipped) => ({ header: flipped })),
        ...bitFlips(recipient.address).map((address) => ({ recipient: { ...recipient, address: address as Address } })),
        ...bitFlips(recipient.registry).map((registry) => ({
          recipient: { ...recipient, registry: registry as Address },
        })),
        ...bitFlips(conversation).map((flipped) => ({ conversation: flipped as ConversationId })),
      ]
      for (const change of changes) expect(await withBinding(change)).to.deep.equal({ recipient_matches: 'failed' })
    })

    it('anywhere in the anchor fails the anchor, and nothing else', async () => {
      const { part, root, path, contract, anchorer, transaction } = proof.anchor!
      const changes: Partial<ProofAnchor>[] = [
        ...bitFlips(part!).map((flipped) => ({ part: flipped })),
        ...bitFlips(root).map((flipped) => ({ root: flipped })),
        ...path.flatMap((hash, i) => bitFlips(hash).map((flipped) => ({ path: path.with(i, flipped) }))),
        ...bitFlips(contract).map((flipped) => ({ contract: flipped as Address })),
        ...bitFlips(anchorer).map((flipped) => ({ anchorer: flipped as Address })),
        ...bitFlips(transaction).map((flipped) => ({ transaction: flipped })),
      ]
      for (const change of changes) expect(await withAnchor(change)).to.deep.equal(badAnchor)
    })
  })

  describe('a proof moved to another sender', () => {
    it('fails the publication, though the other has a card of its own', async () => {
      const moved = await changed({ sender: bob.agent.address })
      expect(moved).to.deep.equal({ card_published: 'failed', ...withoutCard })
    })

    it("fails the signature when it carries the other's card", async () => {
      const moved = await changed({ sender: bob.agent.address, card: toHex(bob.cardBytes) })
      expect(moved).to.deep.equal({ signature: 'failed', ...withoutCard })
    })

    it('fails the publication, though the other published the very same card', async () => {
      const thief = await chain.newAgent()
      await chain.publish({ ...alice, agent: thief.agent, account: thief.account })
      const moved = await changed({ sender: thief.agent.address })
      expect(moved).to.deep.equal({ card_published: 'failed', ...withoutCard })
    })
  })

  describe('a record that does not fit the card', () => {
    it('fails the publication when it names another suite', async () => {
      const lying: RpcProvider = {
        request: async (call) => {
          const answer = await client.request(call)
          // The sixth word of the record is the suite.
          return call.method === 'eth_call'
            ? `${answer.slice(0, 2 + 6 * 64 - 4)}647a${answer.slice(2 + 6 * 64)}`
            : answer
        },
      }
      const verification = await verifyProof(proof, { client: lying })
      expect(exceptions(verification)).to.deep.equal({ card_published: 'failed', ...withoutCard })
    })
  })

  describe('a swapped content or recipient', () => {
    it('fails the content, whichever field was changed', async () => {
      const changes: Partial<ProofContent>[] = [
        { body: toBase64(utf8('two')) },
        { body: '' },
        { kind: 'request' },
        { contentType: 'text/html' },
        { part: other.content!.part },
        other.content!,
      ]
      for (const change of changes) expect(await withContent(change)).to.deep.equal({ content_matches: 'failed' })
    })

    it('hands on no content that does not match, and none that nobody signed', async () => {
      const swapped = await verifyProof({ ...proof, content: other.content }, { client })
      expect(swapped.content).to.equal(undefined)
      const unsigned = await verifyProof({ ...proof, signature: other.signature }, { client })
      expect(unsigned.content).to.equal(undefined)
      expect(unsigned.recipient).to.equal(undefined)
    })

    it('fails the recipient, whichever field was changed', async () => {
      const { recipient } = proof.binding!
      const changes: Partial<ProofBinding>[] = [
        { recipient: alice.agent },
        { recipient: { ...recipient, chainId: 1 } },
        { expires: proof.binding!.expires + 1 },
        { inReplyTo: `0x${'11'.repeat(16)}` as MessageId },
        { header: '0x' },
        other.binding!,
      ]
      for (const change of changes) expect(await withBinding(change)).to.deep.equal({ recipient_matches: 'failed' })
    })
  })

  describe('a sender that signs one thing and puts another in the header', () => {
    it("fails the recipient when the header names another agent's mailbox", async () => {
      const header = { mailbox: mailboxOf(nodeBackend, alice.agent) }
      const lying = chain.proofOf(await chain.sign(alice, bob, { header }))
      expect(exceptions(await verifyProof(lying, { client }))).to.include({ recipient_matches: 'failed' })
    })

    it('fails the recipient when the header names another expiry', async () => {
      const lying = chain.proofOf(await chain.sign(alice, bob, { header: { expires: 1 } }))
      expect(exceptions(await verifyProof(lying, { client }))).to.include({ recipient_matches: 'failed' })
    })
  })

  describe('a wrong anchor', () => {
    it("fails the anchor when it is another message's", async () => {
      expect(await changed({ anchor: other.anchor })).to.deep.equal(badAnchor)
    })

    it('fails the anchor for every wrong place, size and path', async () => {
      const { path } = proof.anchor!
      const changes: Partial<ProofAnchor>[] = [
        { index: 1 },
        { index: 2 },
        { index: 3 },
        { size: 2 },
        { size: 4 },
        { index: 1_000_000 },
        { path: [] },
        { path: path.slice(1) },
        { path: [...path, path[0]!] },
        { path: path.toReversed() },
      ]
      for (const change of changes) expect(await withAnchor(change), JSON.stringify(change)).to.deep.equal(badAnchor)
    })

    it('fails the anchor when the transaction is another one, or none', async () => {
      const { rpcUrl } = chain
      const { transaction: made } = await deployAgentRegistry({
        rpcUrl,
        account: alice.account.privateKey,
        salt: salt(1),
      })
      const wrong: Hex[] = [other.anchor!.transaction, made!.transactionHash, `0x${'ab'.repeat(32)}`]
      for (const transaction of wrong) expect(await withAnchor({ transaction })).to.deep.equal(badAnchor)
    })

    it('fails the anchor when the transaction anchored another root over as many leaves', async () => {
      const messages = await Promise.all([1, 2, 3].map(() => chain.sign(alice, bob)))
      const { publication } = await chain.anchor(messages)
      expect(await withAnchor({ transaction: publication.transactionHash })).to.deep.equal(badAnchor)
    })

    it('fails the anchor when its log was removed by a reorganisation', async () => {
      const method = 'eth_getTransactionReceipt'
      const receipt = await client.request({ method, params: [proof.anchor!.transaction] })
      const logs = receipt.logs.map((log: object) => ({ ...log, removed: true }))
      const reorganised: RpcProvider = {
        request: async (call) => (call.method === method ? { ...receipt, logs } : client.request(call)),
      }
      expect(exceptions(await verifyProof(proof, { client: reorganised }))).to.deep.equal(badAnchor)
    })

    it('fails the anchor when someone else anchored the root', async () => {
      expect(await withAnchor({ anchorer: bob.agent.address })).to.deep.equal(badAnchor)
    })

    it('fails the anchor even when its opening is erased, if there is no such root', async () => {
      const { anchor } = other
      const erased = await withAnchor({ part: null, transaction: anchor!.transaction })
      expect(erased).to.include({ anchored: 'failed' })
    })

    it('fails the anchor when the contract only looks like a MessageAnchor', async () => {
      // The same instructions before another tail: it logs just the same, but nobody vouches for it.
      const lookalike = messageAnchorBytecode.replace(/..$/, '00') as Hex
      const { rpcUrl, chainId } = chain
      const account = alice.account.privateKey
      const { address } = await deployContract({ rpcUrl, account }, 'lookalike', lookalike)
      const publisher = createAnchorPublisher({ rpcUrl, chainId, contract: address, account })
      const { root, size } = proof.anchor!
      const { transactionHash, anchorer } = await publisher.publish({
        root: Buffer.from(root.slice(2), 'hex'),
        size,
        leaves: [],
      })
      const forged = { anchorer, transaction: transactionHash }
      expect(await withAnchor({ ...forged, contract: address })).to.deep.equal(badAnchor)
      expect(await withAnchor(forged)).to.deep.equal(badAnchor)
    })
  })

  describe('a wrong chain or registry', () => {
    const unanswered: Exceptions = {
      chain: 'failed',
      card_published: 'not_checked',
      ...withoutCard,
      anchored: 'not_checked',
    }

    it('checks nothing of a proof that names another chain than the endpoint’s, and says so', async () => {
      expect(await rejectionCode(changed({ chainId: 1 }))).to.equal('registry.wrong_chain')
    })

    it('fails the chain when there is no contract where the proof says the registry is', async () => {
      expect(await changed({ registry: alice.agent.address })).to.deep.equal(unanswered)
    })

    it('fails the chain when the registry is a contract of the forger', async () => {
      expect(await changed({ registry: chain.contract })).to.deep.equal(unanswered)
    })

    it('fails the chain when the registry is not the one named as trusted', async () => {
      const verification = await verifyProof(proof, { client, registry: chain.contract })
      expect(exceptions(verification)).to.deep.equal(unanswered)
      expect((await verifyProof(proof, { client, registry: chain.registry })).verdict).to.equal('verified')
    })

    it('fails the publication in another AgentRegistry of the same chain', async () => {
      const { rpcUrl, chainId } = chain
      const account = alice.account.privateKey
      const { address: registry } = await deployAgentRegistry({ rpcUrl, account, salt: salt(2) })
      await createRegistryClient({ rpcUrl, chainId, registry, account }).publish({ card: alice.cardBytes })
      expect(await changed({ registry })).to.deep.equal({ card_published: 'failed', ...withoutCard })
    })
  })

  describe('an endpoint that cannot be asked', () => {
    async function codeOf(call: Promise<unknown>): Promise<string> {
      try {
        await call
        return 'answered'
      } catch (error) {
        return isHeraldError(error) ? error.code : `raw ${String(error)}`
      }
    }

    it('throws a typed error when nothing listens', async () => {
      expect(await codeOf(verifyProof(proof, { client: { rpcUrl: 'http://127.0.0.1:1' } }))).to.equal(
        'registry.rpc_unreachable',
      )
    })

    it('throws a typed error when its URL is none', async () => {
      expect(await codeOf(verifyProof(proof, { client: { rpcUrl: 'nowhere' } }))).to.equal('core.invalid_argument')
    })

    it('never throws raw, and never verifies, whatever one of its answers is replaced by', async () => {
      const methods = ['eth_chainId', 'eth_getCode', 'eth_call', 'eth_getTransactionReceipt', 'eth_getBlockByHash']
      const junk: unknown[] = [null, undefined, 0, 'junk', '0x', '0x00', [], {}, { logs: 1 }, { logs: [{ topics: 1 }] }]
      for (const method of methods)
        for (const answer of junk) {
          const lying: RpcProvider = {
            request: (call) => (call.method === method ? Promise.resolve(answer) : client.request(call)),
          }
          const outcome = await codeOf(
            verifyProof(proof, { client: lying }).then(({ verdict }) => expect(verdict).to.equal('failed')),
          )
          expect(outcome, `${method} → ${JSON.stringify(answer)}`).to.match(/^(answered|registry\.)/)
        }
    })

    it('never throws raw, and never verifies, whatever field of a receipt or block is missing or junk', async () => {
      const { transaction } = proof.anchor!
      const receipt = await client.request({ method: 'eth_getTransactionReceipt', params: [transaction] })
      const block = await client.request({ method: 'eth_getBlockByHash', params: [receipt.blockHash, false] })
      const needed = { receipt: ['status', 'blockHash', 'blockNumber', 'logs'], block: ['hash', 'number', 'timestamp'] }
      const lie = (method: string, answer: unknown): RpcProvider => ({
        request: (call) => (call.method === method ? Promise.resolve(answer) : client.request(call)),
      })
      const lies = [null, 'junk', {}, [1]].flatMap((junk) => [
        ...needed.receipt.map((field) => lie('eth_getTransactionReceipt', { ...receipt, [field]: junk })),
        ...needed.block.map((field) => lie('eth_getBlockByHash', { ...block, [field]: junk })),
      ])
      for (const lying of lies) {
        const verdict = verifyProof(proof, { client: lying }).then((answer) =>
          expect(answer.verdict).to.equal('failed'),
        )
        expect(await codeOf(verdict)).to.match(/^(answered|registry\.)/)
      }
    })
  })
})
