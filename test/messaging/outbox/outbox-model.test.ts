import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import { asMessageId, type MessageId } from '../../../src/core/ids.ts'
import { type Priority, priorities } from '../../../src/core/priority.ts'
import { createOutbox, type Outbox } from '../../../src/messaging/outbox/outbox.ts'
import { decodeOutboxEntry, type OutboxEntry } from '../../../src/messaging/outbox/outbox-entry.ts'
import { memoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/port.ts'
import { FakeTransportError, fakeTransport, type Submission } from '../../support/fake-transport.ts'

const now = 1_800_000_000_000
const concurrency = 16
const idOf = (n: number): MessageId => asMessageId(`0x${n.toString(16).padStart(32, '0')}`)
const numberOf = ({ envelope }: Submission) => Number(toHex(envelope))
/** An entry whose envelope is its message id, so that a submission can be told. */
const entryOf = (n: number, priority: Priority): OutboxEntry => ({
  messageId: idOf(n),
  priority,
  expires: now + 60_000,
  relays: ['http://relay.example'],
  envelope: fromHex(idOf(n)),
})
// The least a random pause can be: half of 500 ms at first.
const ambient = { now: () => now, random: (length: number) => new Uint8Array(length) }

describe('messaging/outbox/outbox: promise: nothing accepted is lost', () => {
  type Step =
    | { do: 'enqueue'; priority: Priority }
    | { do: 'answer'; which: number; how: 'accept' | 'later' | 'never' }
    | { do: 'pause'; millis: number }
    | { do: 'crash' }

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({ do: fc.constant('enqueue' as const), priority: fc.constantFrom(...priorities) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        which: fc.nat(concurrency),
        how: fc.constantFrom('accept' as const, 'later' as const, 'never' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pause' as const), millis: fc.nat(3000) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  )

  const answers = {
    accept: (submission: Submission) => void submission.accept(),
    later: (submission: Submission) => submission.refuse(new FakeTransportError('later')),
    never: (submission: Submission) => submission.refuse(new FakeTransportError('never')),
  }

  interface Modelled {
    readonly n: number
    readonly rank: number
    attempts: number
    state: 'waiting' | 'running' | { due: number; order: number }
  }

  /** What an outbox ought to do, in the plainest way. */
  class Model {
    kept: Modelled[] = []
    #clock = 0
    #order = 0

    /** Starts what there is room for and gives its numbers in order. */
    pump(): number[] {
      const started: number[] = []
      const running = () => this.kept.filter(({ state }) => state === 'running').length
      const [...waiting] = this.kept.filter(({ state }) => state === 'waiting')
      waiting.sort((a, b) => b.rank - a.rank || a.n - b.n)
      for (const message of waiting)
        if (running() < concurrency) {
          message.state = 'running'
          started.push(message.n)
        }
      return started
    }

    postpone(message: Modelled): void {
      message.attempts += 1
      const pause = Math.ceil(Math.min(30_000, 500 * 2 ** (message.attempts - 1)) / 2)
      message.state = { due: this.#clock + pause, order: this.#order++ }
    }

    /** Lets time pass; messages whose pause ends come back one after the other. */
    pass(millis: number): number[] {
      this.#clock += millis
      const due = this.kept.flatMap((message) =>
        typeof message.state === 'object' ? [{ message, ...message.state }] : [],
      )
      return due
        .filter((paused) => paused.due <= this.#clock)
        .sort((a, b) => a.due - b.due || a.order - b.order)
        .flatMap(({ message }) => {
          message.state = 'waiting'
          return this.pump()
        })
    }

    crash(): number[] {
      for (const message of this.kept) Object.assign(message, { state: 'waiting', attempts: 0 })
      return this.pump()
    }
  }

  let store: Store
  let transport: ReturnType<typeof fakeTransport>
  let outbox: Outbox
  const open = () => createOutbox({ store, transport, ambient })

  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  async function follow(steps: readonly Step[]): Promise<void> {
    store = memoryStore()
    transport = fakeTransport()
    outbox = open()
    const model = new Model()
    let next = 1
    let seen = 0
    const take: Record<Step['do'], (step: never) => Promise<number[]>> = {
      async enqueue({ priority }: Extract<Step, { do: 'enqueue' }>) {
        const n = next++
        await outbox.enqueue(entryOf(n, priority))
        model.kept.push({ n, rank: priorities.indexOf(priority), attempts: 0, state: 'waiting' })
        return model.pump()
      },
      async answer({ which, how }: Extract<Step, { do: 'answer' }>) {
        const unanswered = transport.submissions.filter(({ settled }) => !settled)
        const submission = unanswered[which % unanswered.length]
        if (submission === undefined) return []
        const message = model.kept.find(({ n }) => n === numberOf(submission)) as Modelled
        answers[how](submission)
        if (how === 'later') model.postpone(message)
        else model.kept = model.kept.filter((kept) => kept !== message)
        return model.pump()
      },
      async pause({ millis }: Extract<Step, { do: 'pause' }>) {
        mock.timers.tick(millis)
        return model.pass(millis)
      },
      async crash() {
        await outbox[Symbol.asyncDispose]()
        transport = fakeTransport()
        outbox = open()
        seen = 0
        expect(await outbox.resume()).to.equal(model.kept.length)
        return model.crash()
      },
    }
    for (const one of steps) {
      const started = await take[one.do](one as never)
      await turn()
      expect(transport.submissions.slice(seen).map(numberOf)).to.deep.equal(started)
      seen = transport.submissions.length
      const rows = await store.scan('outbox', { limit: 1000 })
      const kept = rows.map(({ value }) => Number(decodeOutboxEntry(value).messageId)).sort((a, b) => a - b)
      expect(kept).to.deep.equal(model.kept.map(({ n }) => n).sort((a, b) => a - b))
      expect(outbox.length).to.equal(kept.length)
    }
    await outbox[Symbol.asyncDispose]()
  }

  it('whatever is queued, answered, postponed or interrupted: it does as the model does', () =>
    fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), follow), {
      seed: 20261123,
      numRuns: 60,
    }))
})
