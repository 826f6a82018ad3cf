import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type AgentEvents, Emitter } from '../../src/client/events.ts'
import type { ReceivedMessage } from '../../src/client/received-message.ts'
import { createReception, type Reception } from '../../src/client/reception.ts'
import { createRequests } from '../../src/client/requests.ts'
import { Turns } from '../../src/client/turns.ts'
import { HeraldError, type RetryVerdict } from '../../src/core/errors.ts'
import { asMessageId, type MessageId } from '../../src/core/ids.ts'
import type { Priority } from '../../src/core/priority.ts'
import { ClockWindowError, ReplayedError, ReplayMemoryFullError } from '../../src/messaging/errors.ts'
import type { Received } from '../../src/messaging/inbox/receiver.ts'
import { StoreClosedError, StoreFullError, StoreUnavailableError } from '../../src/store/errors.ts'
import type { InnerMessage } from '../../src/wire/inner-message.ts'
import { type FakeInbox, fakeInbox } from '../support/fake-inbox.ts'
import { FakeTransportError } from '../support/fake-transport.ts'

const idOf = (n: number): MessageId => asMessageId(`0x${n.toString(16).padStart(32, '0')}`)
const peer = { chainId: 1, registry: `0x${'5e'.repeat(20)}`, address: `0x${'b0'.repeat(20)}` } as never
const senderCard = `0x${'cc'.repeat(32)}` as never

/** An error of any folder. */
class CodedError extends HeraldError<object> {
  constructor(code: string, retry: RetryVerdict) {
    super({ name: 'Test.CodedError', code, retry, message: code, facts: {} })
  }
}

/** Lets handlers, turns and acknowledgements run, until nothing is left to do. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    await turn()
  }
}

describe('client/reception', () => {
  let inbox: FakeInbox
  let reception: Reception
  let emitter: Emitter
  let requests: ReturnType<typeof createRequests>
  let events: { [Name in keyof AgentEvents]: AgentEvents[Name][] }
  let marks: string[]
  let doneFails: unknown
  /** What the receiver says of each envelope, by its first byte. */
  let answers: Map<number, () => Received>

  /** A message that passed every check. */
  const opened = (n: number, change: Partial<InnerMessage> = {}, priority: Priority = 'normal') =>
    (() => ({
      header: { messageId: idOf(n), priority },
      message: {
        sender: peer,
        senderCard,
        kind: 'message',
        contentType: 'text/plain',
        inReplyTo: undefined,
        ...change,
      },
      sender: { card: { kind: 'agent' } },
      repeated: false,
      async done() {
        if (doneFails !== undefined) throw doneFails
        marks.push(`done ${n}`)
      },
      abandon: () => void marks.push(`abandon ${n}`),
    })) as unknown as () => Received

  const refusing = (error: unknown) => () => {
    throw error
  }

  beforeEach(() => {
    inbox = fakeInbox()
    emitter = new Emitter()
    requests = createRequests()
    events = { message: [], refused: [], deferred: [], failed: [], unhandled: [], connection: [] }
    for (const name of ['refused', 'deferred', 'unhandled'] as const)
      emitter.on(name, (event) => void events[name].push(event as never))
    marks = []
    doneFails = undefined
    answers = new Map()
    reception = createReception({
      receiver: { receive: async ([n]) => (answers.get(n as number) as () => Received)() },
      requests,
      emitter,
      turns: new Turns(),
      replier: () => Promise.reject(new Error('no reply is made here')),
      tokens: { take: () => Promise.reject(new Error('no token comes here')) },
      ambient: { now: () => now },
      leaseMillis: 60_000,
    })
  })

  afterEach(() => inbox[Symbol.asyncDispose]())

  function listen(handle: (message: ReceivedMessage) => unknown = () => undefined): void {
    emitter.on('message', (message) => {
      events.message.push(message)
      return handle(message)
    })
  }

  /** Works the inbox until nothing happens any more. */
  async function deliver(n: number, answer: () => Received, attempt = 1): Promise<void> {
    answers.set(n, answer)
    inbox.deliver(n, Uint8Array.of(n), attempt)
    await settle()
  }

  let now = 1_000_000

  function startWork(): Promise<unknown> {
    const working = reception.work(inbox).catch((error: unknown) => error)
    return working
  }

  describe('a message that is handled', () => {
    it('is marked as done and then acknowledged, once every handler has ended', async () => {
      const gate = Promise.withResolvers<void>()
      listen(() => gate.promise)
      void startWork()
      await deliver(1, opened(1))
      expect(events.message.map(({ id }) => id)).to.deep.equal([idOf(1)])
      expect([marks, inbox.acknowledged]).to.deep.equal([[], []])
      gate.resolve()
      await settle()
      expect([marks, inbox.acknowledged, inbox.released]).to.deep.equal([['done 1'], [1], []])
    })

    it('waits for a handler when there is none yet', async () => {
      void startWork()
      await deliver(1, opened(1))
      expect(inbox.acknowledged).to.deep.equal([])
      listen()
      await settle()
      expect(inbox.acknowledged).to.deep.equal([1])
    })

    it('lets what is urgent overtake what waits for its turn', async () => {
      const gate = Promise.withResolvers<void>()
      listen(({ id }) => (id === idOf(1) ? gate.promise : undefined))
      void startWork()
      await deliver(1, opened(1))
      await deliver(2, opened(2, {}, 'low'))
      await deliver(3, opened(3, {}, 'urgent'))
      gate.resolve()
      await settle()
      expect(events.message.map(({ id }) => id)).to.deep.equal([idOf(1), idOf(3), idOf(2)])
    })

    it('stays handled when its acknowledgement is lost', async () => {
      inbox.acknowledge = () => Promise.reject(new FakeTransportError('later'))
      listen()
      void startWork()
      await deliver(1, opened(1))
      expect(marks).to.deep.equal(['done 1'])
    })
  })

  describe('a handler that rejects', () => {
    const fault = new Error('handler')

    it('gives the message back, to be handed out again', async () => {
      listen(() => Promise.reject(fault))
      void startWork()
      await deliver(1, opened(1))
      expect([marks, inbox.acknowledged, inbox.released]).to.deep.equal([['abandon 1'], [], [1]])
      expect(events.unhandled).to.deep.equal([])
    })

    it('has the message dropped at its fifth rejection, and told, however often it was leased', async () => {
      listen(() => Promise.reject(fault))
      void startWork()
      for (const attempt of [9, 10, 11, 12]) await deliver(1, opened(1), attempt)
      expect([inbox.acknowledged, inbox.released]).to.deep.equal([[], [1, 1, 1, 1]])
      await deliver(1, opened(1), 13)
      expect(inbox.acknowledged).to.deep.equal([1])
      expect(events.unhandled).to.deep.equal([{ messageId: idOf(1), error: fault }])
    })

    it('is not called for a message whose lease ran out before its turn: another reader may have it', async () => {
      const gate = Promise.withResolvers<void>()
      listen(() => gate.promise)
      void startWork()
      await deliver(1, opened(1))
      await deliver(2, opened(2))
      now += 60_000
      gate.resolve()
      await settle()
      expect(events.message.map(({ id }) => id)).to.deep.equal([idOf(1)])
      expect([inbox.acknowledged, inbox.released, marks]).to.deep.equal([[1], [], ['done 1', 'abandon 2']])
    })
  })

  describe('a refusal', () => {
    for (const error of [
      new CodedError('wire.truncated', 'never'),
      new CodedError('sealed.open_failed', 'never'),
      new CodedError('identity.card_revoked', 'refresh'),
      new CodedError('sealed.not_for_me', 'never'),
    ])
      it(`for good drops the message and is told: ${error.code}`, async () => {
        listen()
        void startWork()
        await deliver(1, refusing(error))
        expect([inbox.acknowledged, inbox.released]).to.deep.equal([[1], []])
        expect(events.refused).to.deep.equal([{ error }])
        expect(events.message).to.deep.equal([])
      })

    for (const error of [
      new CodedError('registry.unreachable', 'later'),
      new CodedError('registry.unknown_card', 'refresh'),
      new CodedError('registry.wrong_chain', 'never'),
      new CodedError('registry.rpc_refused', 'never'),
      new CodedError('messaging.corrupt_record', 'never'),
      new CodedError('messaging.key_missing', 'later'),
      new ReplayMemoryFullError({ limit: 1 }),
      new StoreFullError({ path: 'disk' }),
      new StoreUnavailableError({ path: 'disk', reason: 'EIO' }),
      new StoreClosedError({ path: undefined }),
      new TypeError('a fault of ours'),
    ])
      it(`that is not about the message loses nothing: ${'code' in error ? error.code : error.name}`, async () => {
        listen()
        void startWork()
        await deliver(1, refusing(error))
        expect([inbox.acknowledged, inbox.released, events.refused]).to.deep.equal([[], [], []])
        expect(events.deferred).to.deep.equal([{ error }])
      })

    for (const code of ['registry.not_registered', 'registry.unknown_card'])
      it(`of a sender that is still not on the chain at the third delivery drops the message: ${code}`, async () => {
        void startWork()
        await deliver(1, refusing(new CodedError(code, 'refresh')), 2)
        expect([inbox.acknowledged, events.refused]).to.deep.equal([[], []])
        await deliver(2, refusing(new CodedError(code, 'refresh')), 3)
        expect(inbox.acknowledged).to.deep.equal([2])
        expect(events.refused.map(({ error }) => error.code)).to.deep.equal([code])
      })

    it('of a message from the future leaves it for later, when our clock gets there', async () => {
      void startWork()
      const window = { messageId: idOf(1), limit: 120_000 }
      await deliver(1, refusing(new ClockWindowError({ ...window, created: 900_000, now: 700_000 })))
      expect([inbox.acknowledged, events.refused]).to.deep.equal([[], []])
      await deliver(2, refusing(new ClockWindowError({ ...window, created: 100_000, now: 700_000 })))
      expect(inbox.acknowledged).to.deep.equal([2])
    })

    it('does not hold up the messages behind it', async () => {
      listen()
      void startWork()
      await deliver(1, refusing(new CodedError('registry.unreachable', 'later')))
      await deliver(2, opened(2))
      expect(inbox.acknowledged).to.deep.equal([2])
    })
  })

  describe('a message that came before', () => {
    const replayed = (handled: boolean) => refusing(new ReplayedError({ messageId: idOf(1), senderCard, handled }))

    it('is told as a replay when it was handled', async () => {
      void startWork()
      await deliver(1, replayed(true))
      expect(inbox.acknowledged).to.deep.equal([1])
      expect(events.refused.map(({ error }) => error.code)).to.deep.equal(['sealed.replayed'])
    })

    it('is acknowledged without a word when only its acknowledgement had been lost', async () => {
      void startWork()
      await deliver(1, replayed(true), 2)
      expect([inbox.acknowledged, events.refused]).to.deep.equal([[1], []])
    })

    it('is left to the delivery that has it in hand', async () => {
      void startWork()
      await deliver(1, replayed(false), 2)
      expect([inbox.acknowledged, inbox.released, events.refused]).to.deep.equal([[], [], []])
    })
  })

  describe('an answer', () => {
    it('goes to its request and to no handler, and is acknowledged', async () => {
      listen()
      void startWork()
      const answer = requests.open(idOf(9), peer, 60_000)
      await deliver(1, opened(1, { kind: 'response', inReplyTo: idOf(9) }))
      expect((await answer).id).to.equal(idOf(1))
      expect([marks, inbox.acknowledged, events.message]).to.deep.equal([['done 1'], [1], []])
    })

    it('that nobody waits for is a message like any other', async () => {
      listen()
      void startWork()
      await deliver(1, opened(1, { kind: 'response', inReplyTo: idOf(9) }))
      expect(events.message.map(({ kind }) => kind)).to.deep.equal(['response'])
    })
  })

  describe('work', () => {
    it('ends when the inbox is closed, and rejects when the relay is lost', async () => {
      const closed = startWork()
      await inbox[Symbol.asyncDispose]()
      expect(await closed).to.equal(undefined)
      inbox = fakeInbox()
      const lost = new FakeTransportError('later')
      const working = startWork()
      inbox.end(lost)
      expect(await working).to.equal(lost)
    })
  })

  describe('take', () => {
    it('gives the message and hands it out, as the inbox does', async () => {
      listen()
      answers.set(1, opened(1))
      expect((await reception.take(Uint8Array.of(1))).id).to.equal(idOf(1))
      await settle()
      expect([events.message.length, marks]).to.deep.equal([1, ['done 1']])
    })

    it('rejects with what refuses the message', async () => {
      const error = new CodedError('sealed.open_failed', 'never')
      answers.set(1, refusing(error))
      expect(await reception.take(Uint8Array.of(1)).catch((thrown: unknown) => thrown)).to.equal(error)
    })

    it('tells of a handler that rejects', async () => {
      const fault = new Error('handler')
      listen(() => Promise.reject(fault))
      answers.set(1, opened(1))
      await reception.take(Uint8Array.of(1))
      await settle()
      expect(events.unhandled).to.deep.equal([{ messageId: idOf(1), error: fault }])
      expect(marks).to.deep.equal(['abandon 1'])
    })

    it('tells when what was handled cannot be marked as such', async () => {
      doneFails = new StoreFullError({ path: 'disk' })
      listen()
      answers.set(1, opened(1))
      await reception.take(Uint8Array.of(1))
      await settle()
      expect(events.unhandled).to.deep.equal([{ messageId: idOf(1), error: doneFails }])
    })
  })
})
