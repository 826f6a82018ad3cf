import { expect } from 'chai'
import { createPublicClient, http } from 'viem'
import { eraseOpenings } from '../../src/anchor/prove.ts'
import { type CheckName, checkNames, type Outcome, type Verification } from '../../src/anchor/verification.ts'
import { verifyProof } from '../../src/anchor/verify.ts'
import { formatAccountId } from '../../src/core/agent-ref.ts'
import { fromUtf8, utf8 } from '../../src/core/bytes.ts'
import { maxClockSkewMillis } from '../../src/core/limits.ts'
import { nobleBackend } from '../../src/crypto/noble-backend.ts'
import { encodeProof, type Proof } from '../../src/wire/proof.ts'
import { type ChainAgent, type ProvenanceChain, startProvenanceChain } from '../support/provenance.ts'

/** The checks that came out otherwise than `passed`. */
function exceptions({ checks }: Verification): Partial<Record<CheckName, Outcome>> {
  return Object.fromEntries(checks.filter(({ outcome }) => outcome !== 'passed').map((c) => [c.name, c.outcome]))
}

function detailOf({ checks }: Verification, name: CheckName): string {
  return checks.find((check) => check.name === name)!.detail
}

describe('anchor/verify', () => {
  let chain: ProvenanceChain
  let alice: ChainAgent
  let bob: ChainAgent
  let proof: Proof

  before(async () => {
    chain = await startProvenanceChain()
    alice = await chain.registered()
    bob = await chain.registered()
    const messages = await Promise.all(
      ['one', 'two', 'three', 'four', 'five'].map((text) => chain.sign(alice, bob, { text })),
    )
    proof = (await chain.anchor(messages)).proofs[2]!
  })

  after(() => chain[Symbol.asyncDispose]())

  const verify = (given: Proof | string | Uint8Array) => verifyProof(given, { client: chain })

  describe('verifyProof', () => {
    it('passes every check of a proof that shows all', async () => {
      const verification = await verify(proof)
      expect(verification.checks.map(({ name }) => name)).to.deep.equal(checkNames)
      expect(exceptions(verification)).to.deep.equal({})
      expect(verification.verdict).to.equal('verified')
    })

    it('says who, what, to whom, and in which block', async () => {
      const verification = await verify(proof)
      expect(verification.sender).to.equal(formatAccountId(alice.agent))
      expect(verification.recipient).to.equal(formatAccountId(bob.agent))
      expect(verification.card).to.equal(alice.cardId)
      expect(verification.content).to.include({ kind: 'message', contentType: 'text/plain' })
      expect(fromUtf8(verification.content!.body)).to.equal('three')
      expect(verification.block).to.be.a('number')
      expect(verification.anchoredAt! % 1000).to.equal(0)
      expect(verification.laterClaim).to.equal(undefined)
    })

    it('takes the text, the bytes and the object of a proof alike', async () => {
      const text = encodeProof(proof)
      const fromObject = await verify(proof)
      expect(await verify(text)).to.deep.equal(fromObject)
      expect(await verify(utf8(text))).to.deep.equal(fromObject)
    })

    it('takes an RPC URL, a viem client and a bare EIP-1193 provider alike', async () => {
      const answers = await Promise.all(
        [{ rpcUrl: chain.rpcUrl }, createPublicClient({ transport: http(chain.rpcUrl) }), chain.provider].map(
          (client) => verifyProof(proof, { client }),
        ),
      )
      for (const answer of answers) expect(answer).to.deep.equal(answers[0])
    })

    it('answers the same with the primitives of a browser', async () => {
      expect(await verifyProof(proof, { client: chain, backend: nobleBackend })).to.deep.equal(await verify(proof))
    })

    it('verifies a message alone in its batch', async () => {
      const { proofs } = await chain.anchor([await chain.sign(alice, bob)])
      expect(proofs[0]!.anchor!.path).to.deep.equal([])
      expect((await verify(proofs[0]!)).verdict).to.equal('verified')
    })
  })

  describe('verifyProof of what is not shown', () => {
    it('verifies though the recipient is not revealed', async () => {
      const verification = await verify({ ...proof, binding: null })
      expect(exceptions(verification)).to.deep.equal({ recipient_matches: 'not_revealed' })
      expect(verification.verdict).to.equal('verified')
      expect(verification.recipient).to.equal(undefined)
    })

    it('is incomplete when the content is not revealed', async () => {
      const verification = await verify({ ...proof, content: null })
      expect(exceptions(verification)).to.deep.equal({ content_matches: 'not_revealed' })
      expect(verification.verdict).to.equal('incomplete')
      expect(verification.content).to.equal(undefined)
    })

    it('is incomplete when the message is not anchored', async () => {
      const verification = await verify({ ...proof, anchor: null })
      expect(exceptions(verification)).to.deep.equal({
        card_valid_when_anchored_known_then: 'not_anchored',
        card_valid_when_anchored_known_now: 'not_anchored',
        anchored: 'not_anchored',
      })
      expect(verification.verdict).to.equal('incomplete')
      expect(verification.anchoredAt).to.equal(undefined)
    })

    it('says that the opening is erased, and never that anything was tampered with', async () => {
      const verification = await verify(eraseOpenings(proof))
      expect(exceptions(verification)).to.deep.equal({
        card_valid_when_anchored_known_then: 'erased',
        card_valid_when_anchored_known_now: 'erased',
        content_matches: 'erased',
        recipient_matches: 'erased',
        anchored: 'erased',
      })
      expect(verification.verdict).to.equal('incomplete')
      expect(detailOf(verification, 'anchored')).to.match(/^Opening erased/)
      expect(verification.anchoredAt).to.equal(undefined)
    })
  })

  describe('promise: a proof outlives rotation and revocation', () => {
    const anchoredProof = async (sender: ChainAgent, options = {}) => {
      const { proofs, publication } = await chain.anchor([await chain.sign(sender, bob, options)])
      return { proof: proofs[0]!, anchoredAt: publication.blockTime }
    }

    it('verifies a message anchored before its card was replaced', async () => {
      const carol = await chain.registered()
      const { proof } = await anchoredProof(carol)
      await chain.mine(100)
      await chain.rotate(carol)
      expect(exceptions(await verify(proof))).to.deep.equal({})
    })

    it('verifies a message made before its card was replaced and anchored after it, and says so', async () => {
      const carol = await chain.registered()
      const message = await chain.sign(carol, bob)
      await chain.mine(100)
      await chain.rotate(carol)
      const { proofs } = await chain.anchor([message])
      const verification = await verify(proofs[0]!)
      expect(exceptions(verification)).to.deep.equal({})
      expect(detailOf(verification, 'card_valid_when_anchored_known_now')).to.match(/had been replaced/)
    })

    it('fails a message made by a card that had been replaced', async () => {
      const carol = await chain.registered()
      await chain.mine(100)
      await chain.rotate(carol)
      await chain.mine(100)
      const { proof } = await anchoredProof(carol)
      expect(exceptions(await verify(proof))).to.deep.equal({
        card_valid_when_signed: 'failed',
        card_valid_when_anchored_known_then: 'failed',
      })
    })

    it('fails a message made by a card that was revoked before', async () => {
      const carol = await chain.registered()
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'superseded' })
      await chain.mine(100)
      const { proof } = await anchoredProof(carol)
      const verification = await verify(proof)
      expect(verification.verdict).to.equal('failed')
      expect(detailOf(verification, 'card_valid_when_signed')).to.match(/revoked on .* \(superseded\)/)
      expect(exceptions(verification)).to.include({ card_valid_when_signed: 'failed' })
    })

    it('verifies a message anchored before its card was revoked, and names the revocation', async () => {
      const carol = await chain.registered()
      const { proof } = await anchoredProof(carol)
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'key_compromise' })
      const verification = await verify(proof)
      expect(exceptions(verification)).to.deep.equal({})
      expect(detailOf(verification, 'card_valid_when_anchored_known_now')).to.match(/only later.*key_compromise/)
    })

    it('shows a backdated compromise as a later claim, and does not undo the anchored message by it', async () => {
      const carol = await chain.registered()
      const compromisedSince = await chain.time()
      await chain.mine(100)
      const { proof, anchoredAt } = await anchoredProof(carol)
      const before = await verify(proof)
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'key_compromise', compromisedSince })
      const verification = await verify(proof)
      expect(exceptions(verification)).to.deep.equal({
        card_valid_when_signed: 'disputed',
        card_valid_when_anchored_known_now: 'disputed',
      })
      expect(verification.verdict).to.equal('verified')
      expect(verification.laterClaim).to.include({ reason: 'key_compromise', compromisedSince })
      expect(verification.laterClaim!.revokedAt).to.be.greaterThan(anchoredAt)
      const then = 'card_valid_when_anchored_known_then'
      expect(detailOf(verification, then)).to.equal(detailOf(before, then))
    })

    it('fails a message that a stolen key backdated and anchored after the revocation', async () => {
      const carol = await chain.registered()
      const created = (await chain.time()) * 1000
      await chain.mine(1000)
      await chain.revoke(carol, { reason: 'key_compromise', compromisedSince: await chain.time() })
      await chain.mine(100)
      const { proof } = await anchoredProof(carol, { created })
      expect(exceptions(await verify(proof))).to.deep.equal({
        card_valid_when_signed: 'failed',
        card_valid_when_anchored_known_then: 'failed',
        card_valid_when_anchored_known_now: 'failed',
      })
    })

    it('fails a message without an anchor once its card is revoked for a reason that puts the key in doubt', async () => {
      const carol = await chain.registered()
      const unanchored = chain.proofOf(await chain.sign(carol, bob))
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'unspecified' })
      expect(exceptions(await verify(unanchored))).to.include({ card_valid_when_signed: 'failed' })
    })

    it('still believes a message without an anchor once its card is retired', async () => {
      const carol = await chain.registered()
      const unanchored = chain.proofOf(await chain.sign(carol, bob))
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'cessation_of_operation' })
      expect((await verify(unanchored)).verdict).to.equal('incomplete')
    })

    it('passes a message anchored after its card was retired, and says so', async () => {
      const carol = await chain.registered()
      const message = await chain.sign(carol, bob)
      await chain.mine(100)
      await chain.revoke(carol, { reason: 'superseded' })
      const { proofs } = await chain.anchor([message])
      const verification = await verify(proofs[0]!)
      expect(exceptions(verification)).to.deep.equal({})
      expect(detailOf(verification, 'card_valid_when_anchored_known_now')).to.match(/By then the card was revoked/)
    })

    it("allows for a clock that runs a little behind the card's block, and for no more", async () => {
      const carol = await chain.registered()
      const validFrom = (await chain.time()) * 1000
      const little = await anchoredProof(carol, { created: validFrom - maxClockSkewMillis })
      expect(exceptions(await verify(little.proof))).to.deep.equal({})
      const much = await anchoredProof(carol, { created: validFrom - maxClockSkewMillis - 1 })
      expect(exceptions(await verify(much.proof))).to.deep.equal({
        card_valid_when_signed: 'failed',
        card_valid_when_anchored_known_then: 'failed',
      })
    })

    it('fails a message that says it was made long after the block that holds it', async () => {
      const created = (await chain.time()) * 1000 + 10 * maxClockSkewMillis
      const { proof } = await anchoredProof(alice, { created })
      expect(exceptions(await verify(proof))).to.deep.equal({ card_valid_when_anchored_known_then: 'failed' })
    })

    it('fails a message signed and anchored before its card was published', async () => {
      const carol = await chain.newAgent()
      const { proof } = await anchoredProof(carol)
      await chain.mine(1000)
      await chain.publish(carol)
      expect(exceptions(await verify(proof))).to.deep.equal({
        card_valid_when_signed: 'failed',
        card_valid_when_anchored_known_then: 'failed',
        card_valid_when_anchored_known_now: 'failed',
      })
    })
  })
})
