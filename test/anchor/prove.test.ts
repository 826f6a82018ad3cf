import { expect } from 'chai'
import { createBatch, messageLeaf } from '../../src/anchor/batch.ts'
import { assembleProof, eraseOpenings, type ProofParts } from '../../src/anchor/prove.ts'
import { toHex } from '../../src/core/bytes.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { asAddress } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { asProof, encodeProof } from '../../src/wire/proof.ts'
import { createTestAgent, signStatement } from '../support/signed-statement.ts'

const agentAt = (digit: string) =>
  createTestAgent({
    chainId: 1,
    registry: asAddress(`0x${'aa'.repeat(20)}`),
    address: asAddress(`0x${digit.repeat(40)}`),
  })

function codeOf(call: () => unknown): string {
  try {
    call()
    return 'made'
  } catch (error) {
    return isHeraldError(error) ? error.code : `raw ${String(error)}`
  }
}

describe('anchor/prove', () => {
  const [alice, bob] = [agentAt('1'), agentAt('2')]
  const messages = [1, 2, 3].map((created) => signStatement(alice, bob, { created }))
  const { statement, signature, opening, content, binding } = messages[1]!
  const batch = createBatch(messages.map((message) => messageLeaf(nodeBackend, message)))
  const publication = {
    contract: asAddress(`0x${'bb'.repeat(20)}`),
    anchorer: asAddress(`0x${'cc'.repeat(20)}`),
    transactionHash: toHex(new Uint8Array(32)),
  }
  const anchor = { batch, publication }
  const bare: ProofParts = { sender: alice.agent, card: alice.cardBytes, statement, signature, opening }
  const assemble = (change: Partial<ProofParts> = {}) => assembleProof(nodeBackend, { ...bare, ...change })

  describe('assembleProof', () => {
    it('finds the place of the message in its batch', () => {
      const proof = assemble({ content, binding, anchor })
      expect(proof.anchor).to.include({ index: 1, size: 3, root: toHex(batch.root) })
      expect(asProof(proof)).to.deep.equal(proof)
    })

    it('reveals nothing that it was not told to', () => {
      const proof = assemble()
      expect(proof).to.include({ content: null, binding: null, anchor: null })
      const text = encodeProof(assemble({ anchor }))
      expect(text).to.not.include(bob.agent.address.slice(2))
      expect(text).to.not.include(Buffer.from(content.body).toString('base64'))
    })

    it('gives away no part but those it reveals, and never the opening', () => {
      const parts = [
        assemble({ content }).content!.part,
        assemble({ binding }).binding!.part,
        assemble({ anchor }).anchor!.part!,
      ]
      expect(new Set(parts).size).to.equal(3)
      const text = encodeProof(assemble({ content, binding, anchor }))
      expect(text).to.not.include(toHex(opening).slice(2))
      expect(encodeProof(assemble({ anchor })))
        .to.not.include(parts[0]!.slice(2))
        .and.not.include(parts[1]!.slice(2))
    })

    it('refuses a message that is not in the batch', () => {
      const other = signStatement(alice, bob, { created: 4 })
      const { statement, signature, opening } = other
      expect(codeOf(() => assemble({ statement, signature, opening, anchor }))).to.equal('anchor.leaf_not_in_batch')
    })

    it('proves the place in the batch after the opening was erased, and refuses to reveal anything', () => {
      const erased = assemble({ opening: undefined, anchor: { ...anchor, index: 1 } })
      expect(erased).to.deep.equal(eraseOpenings(assemble({ content, binding, anchor })))
      expect(codeOf(() => assemble({ opening: undefined, anchor }))).to.equal('core.invalid_argument')
      expect(codeOf(() => assemble({ opening: undefined, content }))).to.equal('core.invalid_argument')
      expect(codeOf(() => assemble({ opening: undefined, binding }))).to.equal('core.invalid_argument')
      expect(codeOf(() => assemble({ opening: undefined, anchor: { ...anchor, index: 3 } }))).to.equal(
        'anchor.leaf_index',
      )
    })

    it('refuses bytes out of bounds by name', () => {
      expect(codeOf(() => assemble({ statement: new Uint8Array(131) }))).to.equal('wire.malformed_field')
      expect(codeOf(() => assemble({ card: new Uint8Array(4097) }))).to.equal('wire.too_large')
    })
  })

  describe('eraseOpenings', () => {
    it('leaves no part in the proof', () => {
      const proof = assemble({ content, binding, anchor })
      const text = encodeProof(eraseOpenings(proof))
      for (const part of [proof.content!.part, proof.binding!.part, proof.anchor!.part!])
        expect(text).to.not.include(part)
      expect(eraseOpenings(assemble({ content })).anchor).to.equal(null)
    })
  })
})
