import { expect } from 'chai'
import type { Agent } from '../../src/client/agent.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { startTestWorld, type TestWorld } from '../support/test-world.ts'

async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isHeraldError(error)) throw error ?? new Error('expected a refusal')
  return (error.facts as { refusal?: string }).refusal ?? error.code
}

describe('client/mailbox', () => {
  let world: TestWorld
  let alice: Agent
  let bob: Agent

  before(async () => {
    world = await startTestWorld()
  })
  after(() => world[Symbol.asyncDispose]())
  beforeEach(async () => {
    alice = await world.agent(1)
    bob = await world.agent(2)
    await alice.register()
    await bob.register()
  })
  afterEach(async () => {
    for (const part of [alice, bob]) await part[Symbol.asyncDispose]()
  })

  const texts = (agent: Agent) => {
    const seen: string[] = []
    agent.on('message', (message) => void seen.push(message.text()))
    return seen
  }
  const arrived = async (seen: string[], count: number) => {
    while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    return seen
  }

  describe('configureMailbox', () => {
    it('for contacts refuses strangers, and lets those answer that were written to', async () => {
      await alice.configureMailbox({ write: 'contacts' })
      const fromBob = await bob.peer(alice.account)
      expect(await refusalOf(fromBob.send({ text: 'let me in' }))).to.equal('relay.write_refused')
      bob.on('message', (message) => message.reply({ text: 'thank you' }))
      const answer = await (await alice.peer(bob.account)).request({ text: 'how are you?' }, { timeout: 10_000 })
      expect(answer.text()).to.equal('thank you')
      const seen = texts(alice)
      expect((await fromBob.send({ text: 'and again' })).state).to.equal('accepted')
      expect(await arrived(seen, 1)).to.deep.equal(['and again'])
    })

    it('sends a contact its token once, and shows it to nobody', async () => {
      await alice.configureMailbox({ write: 'contacts' })
      const seen = texts(bob)
      const peer = await alice.peer(bob.account)
      const before = world.overheard.size
      for (const text of ['one', 'two']) await peer.send({ text })
      expect(await arrived(seen, 2)).to.deep.equal(['one', 'two'])
      expect(world.overheard.size - before).to.equal(3)
    })

    it('withdraws all tokens when it is told to renew them', async () => {
      await alice.configureMailbox({ write: 'contacts' })
      const seen = texts(bob)
      const peer = await alice.peer(bob.account)
      await peer.send({ text: 'hello' })
      await arrived(seen, 1)
      await alice.configureMailbox({ write: 'contacts', renewToken: true })
      const fromBob = await bob.peer(alice.account)
      expect(await refusalOf(fromBob.send({ text: 'still there?' }))).to.equal('relay.write_refused')
      await peer.send({ text: 'again' })
      await arrived(seen, 2)
      expect((await fromBob.send({ text: 'now' })).state).to.equal('accepted')
    })

    it('opens the mailbox again, and gives out no more tokens', async () => {
      await alice.configureMailbox({ write: 'contacts' })
      await alice.configureMailbox({})
      expect((await (await bob.peer(alice.account)).send({ text: 'hi' })).state).to.equal('accepted')
      const before = world.overheard.size
      await (await alice.peer(bob.account)).send({ text: 'hi' })
      expect(world.overheard.size - before).to.equal(1)
    })

    it('for registered senders lets in those that may be shown', async () => {
      await alice.configureMailbox({ write: 'registered' })
      expect(await refusalOf((await bob.peer(alice.account)).send({ text: 'no' }))).to.equal('relay.write_refused')
      await using carol = await world.agent(3, { identify: true })
      await carol.register()
      expect((await (await carol.peer(alice.account)).send({ text: 'yes' })).state).to.equal('accepted')
    })

    it('needs a card', async () => {
      await using carol = await world.agent(3)
      expect(await refusalOf(carol.configureMailbox({ write: 'contacts' }))).to.equal('client.not_registered_yet')
    })
  })

  describe('invite', () => {
    it('lets an agent write that was never written to', async () => {
      await alice.configureMailbox({ write: 'contacts' })
      const before = world.overheard.size
      await alice.invite(bob.account)
      expect(world.overheard.size - before).to.equal(1)
      const fromBob = await bob.peer(alice.account)
      const tryOften = async () => {
        for (let i = 0; i < 200; i++) {
          const sent = await fromBob.send({ text: 'hi' }).catch(() => undefined)
          if (sent !== undefined) return sent.state
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return 'refused'
      }
      expect(await tryOften()).to.equal('accepted')
    })
  })
})
