import { expect } from 'chai'
import type { Agent } from '../../src/client/agent.ts'
import type { ReceivedMessage } from '../../src/client/received-message.ts'
import { utf8 } from '../../src/core/bytes.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { verifyAcceptance, verifyProof } from '../../src/verify.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isHeraldError(error)) return error.code
    throw error
  }
  throw new Error('expected a refusal')
}

/** The next messages of an agent, as a promise. */
function nextMessages(agent: Agent, count: number): Promise<ReceivedMessage[]> {
  const seen: ReceivedMessage[] = []
  return new Promise((resolve) => {
    const stop = agent.on('message', (message) => {
      seen.push(message)
      if (seen.length === count) {
        stop()
        resolve(seen)
      }
    })
  })
}

describe('client/agent', () => {
  let world: TestWorld
  let alice: Agent
  let bob: Agent

  before(async () => {
    world = await startTestWorld()
    alice = await world.agent(1)
    bob = await world.agent(2)
    await alice.register()
    await bob.register()
  })

  after(async () => {
    await alice[Symbol.asyncDispose]()
    await bob[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })

  describe('receipt', () => {
    it('is the relay’s receipt for a message that was accepted, and nothing for any other', async () => {
      const arrived = nextMessages(bob, 1)
      const sent = await (await alice.peer(bob.account)).send({ text: 'with a receipt' })
      await arrived
      const receipt = await alice.receipt(sent.id)
      expect(verifyAcceptance(receipt!).receipt).to.include({ messageId: sent.id, mailbox: bob.mailbox })
      expect(await bob.receipt(sent.id)).to.equal(undefined)
    })
  })

  describe('send', () => {
    it('delivers a verified message with its sender, content and conversation', async () => {
      const arrived = nextMessages(bob, 1)
      const peer = await alice.peer(bob.account)
      const sent = await peer.send({ text: 'hello' }, { priority: 'high' })
      const [message] = await arrived
      expect(sent.state).to.equal('accepted')
      expect(message?.text()).to.equal('hello')
      expect(message).to.include({ from: alice.account, id: sent.id, conversation: peer.conversation, seq: 0 })
      expect(message).to.include({ senderKind: 'agent', kind: 'message', priority: 'high' })
    })

    it('numbers the messages of a conversation', async () => {
      const arrived = nextMessages(bob, 3)
      const peer = await alice.peer(bob.account)
      for (const n of [0, 1, 2]) await peer.send({ json: { n } })
      expect((await arrived).map(({ seq }) => seq)).to.deep.equal([0, 1, 2])
    })

    it('delivers what was sent while the recipient was offline, urgent first', async () => {
      await bob.disconnect()
      const peer = await alice.peer(bob.account)
      await peer.send({ text: 'first' })
      await peer.send({ text: 'second' }, { priority: 'low' })
      await peer.send({ text: 'fire!' }, { priority: 'urgent' })
      const arrived = nextMessages(bob, 3)
      await bob.connect()
      expect((await arrived).map((message) => message.text())).to.deep.equal(['fire!', 'first', 'second'])
    })

    it('refuses an unregistered peer, a foreign chain, a body above its limit and what JSON cannot say', async () => {
      const stranger = `eip155:31337:0x${'77'.repeat(20)}`
      expect(await codeOf(alice.peer(stranger))).to.equal('registry.not_registered')
      expect(await codeOf(alice.peer(`eip155:1:${bob.address}`))).to.equal('registry.foreign_registry')
      const peer = await alice.peer(bob.account)
      expect(await codeOf(peer.send({ text: 'x'.repeat(1_048_577) }))).to.equal('wire.too_large')
      expect(await codeOf(peer.send({ json: 1n }))).to.equal('core.invalid_argument')
      expect(await codeOf(peer.send({ text: 'x' }, { lifetimeMillis: 0 }))).to.equal('core.invalid_argument')
    })

    it('sends nothing before the agent is registered', async () => {
      await using carol = await world.agent(3)
      const peer = await carol.peer(bob.account)
      expect(await codeOf(peer.send({ text: 'too early' }))).to.equal('client.not_registered_yet')
    })
  })

  describe('request', () => {
    it('resolves with the answer of the peer that was asked, also while a handler asks back', async () => {
      const stopAlice = alice.on('message', (message) => message.reply({ text: 'seven' }))
      const stopBob = bob.on('message', async (message) => {
        const asker = await bob.peer(message.from, message.conversation)
        const lucky = await asker.request({ text: 'your lucky number?' })
        await message.reply({ text: `${lucky.text()} it is` })
      })
      const peer = await alice.peer(bob.account)
      const answer = await peer.request({ text: 'quote?' }, { timeout: 10_000 })
      expect(answer.text()).to.equal('seven it is')
      expect(answer.kind).to.equal('response')
      stopAlice()
      stopBob()
    })

    it('times out with a typed error when no answer comes', async () => {
      const stop = bob.on('message', () => undefined)
      const peer = await alice.peer(bob.account)
      expect(await codeOf(peer.request({ text: 'anyone?' }, { timeout: 50 }))).to.equal('client.request_timeout')
      stop()
    })

    it('refuses a timeout that no timer can wait for', async () => {
      const peer = await alice.peer(bob.account)
      for (const timeout of [0, -1, 2 ** 31, Number.NaN])
        expect(await codeOf(peer.request({ text: 'x' }, { timeout }))).to.equal('core.invalid_argument')
    })
  })

  describe('on message', () => {
    it('hands a message out again when its handler rejects it', async () => {
      let attempts = 0
      const handled = new Promise<void>((resolve) => {
        const stop = bob.on('message', async () => {
          attempts += 1
          if (attempts < 3) throw new Error('not now')
          stop()
          resolve()
        })
      })
      const peer = await alice.peer(bob.account)
      await peer.send({ text: 'try, try again' })
      await handled
      expect(attempts).to.equal(3)
    })

    it('reports a replay and does not hand it out', async () => {
      const arrived = nextMessages(bob, 1)
      const peer = await alice.peer(bob.account)
      await peer.send({ text: 'once' })
      const [message] = await arrived
      const stop = bob.on('message', () => {
        throw new Error('handed out twice')
      })
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await codeOf(bob.receive(world.overheard.get(message!.id)!))).to.equal('sealed.replayed')
      stop()
    })
  })

  describe('register', () => {
    it('takes its card up again when its keys are kept, and publishes a new one when they are lost', async () => {
      const store = memoryStore()
      const first = await world.agent(4, { store })
      const published = await first.register()
      await first[Symbol.asyncDispose]()
      await using again = await world.agent(4, { store })
      expect(await again.register()).to.deep.equal({ cardId: published.cardId, transaction: undefined })
      await using forgetful = await world.agent(4)
      const renewed = await forgetful.register()
      expect(renewed.transaction).to.not.equal(undefined)
      expect(renewed.cardId).to.not.equal(published.cardId)
    })

    it('loses no message that was sent by or for the card before a rotation in the same second', async () => {
      await using heidi = await world.agent(9)
      await heidi.register()
      const arrived = nextMessages(bob, 4)
      for (const n of [1, 2, 3, 4]) {
        const toBob = await heidi.peer(bob.account)
        await toBob.send({ text: `message ${n}` })
        await heidi.rotate()
      }
      expect((await arrived).map((message) => message.text())).to.include.members(['message 1', 'message 4'])
    })

    it('publishes a new card after a revocation, although its cache still has the old record', async () => {
      const store = memoryStore()
      await using ivan = await world.agent(7, { store, pollMillis: 60_000 })
      const { cardId } = await ivan.register({ connect: false })
      const self = await ivan.peer(ivan.account)
      await self.send({ text: 'fills the cache' })
      await ivan.revoke({ reason: 'key_compromise' })
      const again = await ivan.register({ connect: false })
      expect(again.cardId).to.not.equal(cardId)
      expect(again.transaction).to.not.equal(undefined)
    })

    it('rotates again at once, although its cache still has the card before', async () => {
      await using grace = await world.agent(8, { pollMillis: 60_000 })
      const first = await grace.register({ connect: false })
      const second = await grace.rotate()
      const third = await grace.rotate({ graceMillis: 1000 })
      expect(new Set([first, second, third].map(({ cardId }) => cardId)).size).to.equal(3)
      await grace.revoke()
      expect((await grace.register({ connect: false })).transaction).to.not.equal(undefined)
    })

    it('opens mail sealed for a card it has rotated away from', async () => {
      const store = memoryStore()
      await using dave = await world.agent(5, { store })
      await dave.register({ connect: false })
      const peer = await alice.peer(dave.account)
      await peer.send({ text: 'for the old card' })
      await dave.rotate({ graceMillis: 60_000 })
      const arrived = nextMessages(dave, 1)
      await dave.connect()
      expect((await arrived)[0]?.text()).to.equal('for the old card')
    })
  })

  describe('revoke', () => {
    it('ends what the card can do: peers no longer seal for it and it no longer sends', async () => {
      await using erin = await world.agent(6)
      await erin.register()
      await erin.revoke({ reason: 'key_compromise' })
      const toBob = await erin.peer(bob.account)
      expect(await codeOf(toBob.send({ text: 'still me?' }))).to.equal('client.not_registered_yet')
      expect(await codeOf(alice.peer(erin.account))).to.equal('identity.card_revoked')
    })
  })

  describe('anchor and prove', () => {
    it('anchors what was said and proves it to somebody who has nothing but the proof and an endpoint', async () => {
      const stop = bob.on('message', (message) => message.reply({ text: '42' }))
      const peer = await alice.peer(bob.account)
      const answer = await peer.request({ text: 'quote?' })
      const anchored = await alice.anchor()
      expect(anchored?.size).to.be.greaterThan(1)
      const proof = await alice.prove(answer.id, { revealRecipient: true })
      const verification = await verifyProof(proof, { client: { rpcUrl: world.chain.rpcUrl } })
      expect(verification.checks.filter(({ outcome }) => outcome !== 'passed')).to.deep.equal([])
      expect(verification.verdict).to.equal('verified')
      expect(await alice.anchor()).to.equal(undefined)
      stop()
    })

    it('names the table when a kept batch cannot be read', async () => {
      const store = memoryStore()
      await using grace = await world.agent(8, { store })
      await grace.register({ connect: false })
      const { id } = await (await grace.peer(bob.account)).send({ text: 'kept' })
      await grace.anchor()
      const [row] = await store.scan('batches', { prefix: 'batch/', limit: 1 })
      for (const damaged of [
        utf8('{'),
        new Uint8Array(0),
        row!.value.subarray(1),
        new Uint8Array([...row!.value, 0]),
      ]) {
        await store.put('batches', row!.key, damaged)
        expect(await codeOf(grace.prove(id))).to.equal('messaging.corrupt_record')
      }
      await store.put('batches', row!.key, row!.value)
      expect((await grace.prove(id)).anchor?.size).to.equal(1)
    })

    it('refuses to anchor when that is off, and to prove what it does not keep', async () => {
      const { anchor: _, ...options } = world.optionsOf(7)
      const { createAgent } = await import('../../src/create-agent.ts')
      await using frank = await createAgent(options)
      expect(await codeOf(frank.anchor())).to.equal('client.anchoring_off')
      expect(await codeOf(frank.prove(`0x${'00'.repeat(16)}` as never))).to.equal('messaging.unknown_message')
    })
  })
})
