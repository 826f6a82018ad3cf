/** Agents whose cryptographic backends their owners chose understand each other, and nobody else's is used. */
import { expect } from 'chai'
import type { Agent } from '../../src/client/agent.ts'
import type { CryptoBackend } from '../../src/crypto/backend.ts'
import { nobleBackend } from '../../src/crypto/noble.ts'
import { nodeBackend } from '../../src/crypto/node.ts'
import { verifyProof } from '../../src/index.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

/** A backend that counts how often it seals and opens bodies. */
function counting(backend: CryptoBackend): { backend: CryptoBackend; uses: { seal: number; open: number } } {
  const uses = { seal: 0, open: 0 }
  const counted: CryptoBackend = {
    ...backend,
    aes256GcmSeal(...given) {
      uses.seal += 1
      return backend.aes256GcmSeal(...given)
    },
    aes256GcmOpen(...given) {
      uses.open += 1
      return backend.aes256GcmOpen(...given)
    },
  }
  return { backend: counted, uses }
}

describe('scenario: agents with the crypto backends of their choice', () => {
  let world: TestWorld
  let alice: Agent
  let bob: Agent
  const onNoble = counting(nobleBackend)
  const onNode = counting(nodeBackend)

  before(async () => {
    world = await startTestWorld()
    alice = await world.agent(1, { backend: onNoble.backend })
    bob = await world.agent(2, { backend: onNode.backend })
    await alice.register()
    await bob.register()
  })

  after(async () => {
    await alice[Symbol.asyncDispose]()
    await bob[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })

  it('ask and answer, each sealing and opening by its own', async () => {
    bob.on('message', (message) => message.reply({ text: `${message.text()} yourself` }))
    const peer = await alice.peer(bob.account)
    const answer = await peer.request({ text: 'hello' })
    expect(answer.text()).to.equal('hello yourself')
    expect([onNoble.uses, onNode.uses]).to.deep.equal([
      { seal: 1, open: 1 },
      { seal: 1, open: 1 },
    ])
  })

  it('prove what was said, to whoever verifies with either', async () => {
    const peer = await alice.peer(bob.account)
    const sent = await peer.send({ text: 'on record' })
    await alice.anchor()
    const proof = await alice.prove(sent.id)
    for (const backend of [nobleBackend, nodeBackend]) {
      const { verdict } = await verifyProof(proof, { client: { rpcUrl: world.chain.rpcUrl }, backend })
      expect(verdict).to.equal('verified')
    }
  })
})
