import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Connection, createConnection } from '../../src/client/connection.ts'
import { Emitter } from '../../src/client/events.ts'
import { type FakeInbox, fakeInbox } from '../support/fake-inbox.ts'
import { FakeTransportError } from '../support/fake-transport.ts'

const lost = new FakeTransportError('later')
const ambient = { now: () => 0, random: (length: number) => new Uint8Array(length) }

/** Lets everything happen that can happen without time passing. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await turn()
}

describe('client/connection', () => {
  let inboxes: FakeInbox[]
  let opening: () => Promise<FakeInbox>
  let states: unknown[]
  let connection: Connection

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    inboxes = []
    states = []
    const emitter = new Emitter()
    emitter.on('connection', (event) => void states.push(event))
    opening = async () => fakeInbox()
    connection = createConnection({
      ambient,
      emitter,
      async open() {
        const inbox = await opening()
        inboxes.push(inbox)
        return inbox
      },
      async work(inbox) {
        for await (const delivery of inbox.deliveries()) await inbox.acknowledge([delivery.seq])
      },
    })
  })

  afterEach(async () => {
    await connection.disconnect()
    mock.timers.reset()
  })

  describe('connect', () => {
    it('opens the inbox, tells so, and works it', async () => {
      await connection.connect()
      await settle()
      expect(states).to.deep.equal([{ state: 'open' }])
      inboxes[0]?.deliver(7, new Uint8Array(0))
      await settle()
      expect(inboxes[0]?.acknowledged).to.deep.equal([7])
    })

    it('opens one inbox however often it is called, also at the same time', async () => {
      await Promise.all([connection.connect(), connection.connect(), connection.connect()])
      await connection.connect()
      expect(inboxes).to.have.length(1)
    })

    it('rejects with the first error, and may be called again', async () => {
      opening = () => Promise.reject(lost)
      expect(await connection.connect().catch((error: unknown) => error)).to.equal(lost)
      opening = async () => fakeInbox()
      await connection.connect()
      expect(inboxes).to.have.length(1)
    })
  })

  describe('a lost relay', () => {
    it('is told, and the inbox opened again with growing pauses until it is there', async () => {
      await connection.connect()
      opening = () => Promise.reject(lost)
      inboxes[0]?.end(lost)
      await settle()
      expect(states).to.deep.equal([{ state: 'open' }, { state: 'lost', error: lost }])
      expect(inboxes[0]?.disposed).to.equal(true)
      let attempts = 0
      opening = async () => {
        attempts += 1
        throw lost
      }
      for (const [failed, millis] of [125, 250, 500, 1000].entries()) {
        mock.timers.tick(millis - 1)
        await settle()
        expect(attempts).to.equal(failed)
        mock.timers.tick(1)
        await settle()
        expect(attempts).to.equal(failed + 1)
      }
      opening = async () => fakeInbox()
      mock.timers.tick(2000)
      await settle()
      expect(inboxes).to.have.length(2)
      expect(states.at(-1)).to.deep.equal({ state: 'open' })
    })

    it('is met with the shortest pause again after it was there', async () => {
      await connection.connect()
      for (let i = 0; i < 3; i++) {
        inboxes.at(-1)?.end(lost)
        await settle()
        mock.timers.tick(125)
        await settle()
        expect(inboxes).to.have.length(i + 2)
      }
    })
  })

  describe('disconnect', () => {
    it('closes the inbox and opens no other', async () => {
      await connection.connect()
      await connection.disconnect()
      expect(inboxes[0]?.disposed).to.equal(true)
      mock.timers.tick(60_000)
      await settle()
      expect(inboxes).to.have.length(1)
      expect(states).to.deep.equal([{ state: 'open' }])
    })

    it('ends a pause, and may be followed by connect', async () => {
      await connection.connect()
      inboxes[0]?.end(lost)
      await settle()
      await connection.disconnect()
      await connection.connect()
      expect(inboxes).to.have.length(2)
    })

    it('does nothing when there is no connection', () => connection.disconnect())

    it('leaves no inbox open that was still being opened', async () => {
      const gate = Promise.withResolvers<FakeInbox>()
      opening = () => gate.promise
      const connecting = connection.connect().catch(() => undefined)
      const disconnecting = connection.disconnect()
      gate.resolve(fakeInbox())
      await Promise.all([connecting, disconnecting])
      await settle()
      expect(inboxes.every(({ disposed }) => disposed)).to.equal(true)
    })
  })
})
