import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import type { RelayConfig, RelayLimits } from '../../src/relay/config.ts'
import { StorageFullError } from '../../src/relay/mailbox/errors.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { decodeAcceptanceReceipt } from '../../src/wire/acceptance.ts'
import { decodeRelayFrame, encodeRelayFrame, maxFrameBytes, type RelayFrame } from '../../src/wire/relay-frame.ts'
import { randomEnvelope, startTestRelay, type TestRelay } from '../support/relay-world.ts'

/** A message of a delivery; a test looks at one after the other. */
interface Delivered {
  readonly type: 'delivery'
  readonly seq: number
  readonly attempt: number
  readonly leasedUntil: number
  readonly envelope: Uint8Array
}

type Seen = Exclude<RelayFrame, { type: 'delivery' }> | Delivered
type FrameOf<Type> = Extract<Seen, { type: Type }>

function messagesOf(frame: RelayFrame): readonly Seen[] {
  if (frame.type !== 'delivery') return [frame]
  const { type, leasedUntil } = frame
  return frame.messages.map(([seq, attempt, envelope]) => ({ type, seq, attempt, leasedUntil, envelope }))
}

/** A client that says exactly what a test wants. */
class RawClient {
  readonly socket: WebSocket
  readonly frames: Seen[] = []
  /** How many messages each delivery had. */
  readonly counts: number[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  #arrived = Promise.withResolvers<void>()

  constructor(relay: TestRelay) {
    this.socket = new WebSocket(`${relay.url.replace('http', 'ws')}/v1/stream`)
    this.socket.on('message', (data: Buffer) => {
      const frame = decodeRelayFrame(data)
      if (frame.type === 'delivery') this.counts.push(frame.messages.length)
      this.frames.push(...messagesOf(frame))
      this.#arrived.resolve()
    })
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  async open(...frames: RelayFrame[]): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open')
    for (const frame of frames) this.socket.send(encodeRelayFrame(frame))
    return this
  }

  /** The next frame of a type; frames before it are dropped. */
  async next<Type extends RelayFrame['type']>(type: Type): Promise<FrameOf<Type>> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === type)
      if (at >= 0) return this.frames.splice(0, at + 1).at(-1) as FrameOf<Type>
      this.#arrived = Promise.withResolvers()
      await this.#arrived.promise
    }
  }
}

describe('relay/stream-connection', () => {
  let relay: TestRelay
  let owner: MailboxOwner
  let token: string
  async function start(limits: Partial<RelayLimits> = {}, change: Partial<RelayConfig> = {}): Promise<void> {
    relay = await startTestRelay({ sweepMillis: 20, ...limits }, change)
    owner = relay.directory.register()
    token = await relay.session(owner)
  }
  afterEach(() => relay[Symbol.asyncDispose]())

  const client = (...frames: RelayFrame[]) => new RawClient(relay).open({ type: 'authenticate', token }, ...frames)
  const stream = (window = 10, leaseMillis = 60_000): RelayFrame => ({ type: 'stream', window, leaseMillis })
  const keep = (count: number, length = 256) =>
    Promise.all(
      Array.from({ length: count }, () => relay.post('/v1/envelopes', randomEnvelope(owner.mailbox, { length }))),
    )
  const seqOf = (outcome: Uint8Array | string | undefined) => decodeAcceptanceReceipt(outcome as Uint8Array).seq
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100))

  describe('authenticate', () => {
    it('is answered with the time', async () => {
      await start()
      expect((await (await client()).next('welcome')).now).to.be.closeTo(Date.now(), 5000)
    })

    it('is needed before anything else', async () => {
      await start()
      const early = await new RawClient(relay).open(stream())
      expect((await early.next('refused')).code).to.equal('relay.protocol_violation')
      expect(await early.closed).to.deep.equal({ code: 1002, reason: 'relay.protocol_violation' })
    })

    it('with a wrong token ends the connection by name, and nothing sent along with it is done', async () => {
      await start()
      await keep(1)
      const submit: RelayFrame = { type: 'submit', request: 1, envelopes: [randomEnvelope(owner.mailbox)] }
      const wrong = await new RawClient(relay).open({ type: 'authenticate', token: `${token}x` }, stream(), submit)
      expect(await wrong.closed).to.deep.equal({ code: 4401, reason: 'relay.session_invalid' })
      expect(wrong.frames.some(({ type }) => type === 'delivery' || type === 'accepted')).to.equal(false)
      expect((await relay.store.stats()).messages).to.equal(1)
    })

    it('has to come in time', async () => {
      await start({ authenticateMillis: 50 })
      const silent = await new RawClient(relay).open()
      expect((await silent.closed).reason).to.equal('relay.session_invalid')
    })

    it('happens once', async () => {
      await start()
      const twice = await client({ type: 'authenticate', token })
      expect((await twice.closed).reason).to.equal('relay.protocol_violation')
    })
  })

  describe('frames', () => {
    it('of a server, of text, malformed or oversized end the connection by name', async () => {
      await start()
      const server = await client({ type: 'done', request: 1, count: 1 })
      expect((await server.closed).reason).to.equal('relay.protocol_violation')
      const text = await client()
      text.socket.send('hello')
      expect((await text.closed).reason).to.equal('relay.protocol_violation')
      const malformed = await client()
      malformed.socket.send(Buffer.from([0x9f, 0xff]))
      expect(await malformed.closed).to.deep.equal({ code: 1002, reason: 'wire.malformed_field' })
      const oversized = await client()
      oversized.socket.send(Buffer.alloc(maxFrameBytes + 1))
      expect((await oversized.closed).code).to.equal(1009)
    })

    it('ping is answered', async () => {
      await start()
      expect(await (await client({ type: 'ping', request: 9 })).next('done')).to.include({ request: 9 })
    })
  })

  describe('submit', () => {
    it('is answered with a receipt once the message is kept, each request with its own', async () => {
      await start()
      const envelopes = Array.from({ length: 50 }, () => randomEnvelope(owner.mailbox))
      const sender = await client(
        ...envelopes.map((envelope, i): RelayFrame => ({ type: 'submit', request: i + 1, envelopes: [envelope] })),
      )
      const seqs = new Set<number>()
      for (let i = 0; i < 50; i++) seqs.add(seqOf((await sender.next('accepted')).outcomes[0]))
      expect(seqs.size).to.equal(50)
    })

    it('is refused with its request and code, and the connection goes on', async () => {
      await start({ submitBurst: 1, submitPerSecond: 0.01 })
      const expired = randomEnvelope(owner.mailbox, { expires: 1 })
      const sender = await client(
        { type: 'submit', request: 5, envelopes: [expired] },
        { type: 'submit', request: 6, envelopes: [expired] },
        { type: 'ping', request: 7 },
      )
      const answers = [await sender.next('accepted'), await sender.next('accepted')]
      expect(answers).to.have.deep.members([
        { type: 'accepted', request: 5, outcomes: ['relay.expired'], duplicates: [] },
        { type: 'accepted', request: 6, outcomes: ['relay.rate_limited'], duplicates: [] },
      ])
      expect(sender.socket.readyState).to.equal(WebSocket.OPEN)
    })

    it('gives each envelope of a frame its own outcome, in order, and keeps only what it accepts, by one call', async () => {
      await start()
      const good = randomEnvelope(owner.mailbox)
      const other = randomEnvelope(owner.mailbox)
      await relay.post('/v1/envelopes', good)
      const expired = randomEnvelope(owner.mailbox, { expires: 1 })
      const malformed = other.subarray(0, -1)
      const calls: number[] = []
      const append = relay.store.append.bind(relay.store)
      relay.store.append = (items, ...rest) => {
        calls.push(items.length)
        return append(items, ...rest)
      }
      const envelopes = [expired, good, malformed, other, other]
      const { outcomes, duplicates } = await (await client({ type: 'submit', request: 3, envelopes })).next('accepted')
      expect([outcomes[0], outcomes[2]]).to.deep.equal(['relay.expired', 'wire.truncated'])
      expect(duplicates).to.deep.equal([1, 4])
      expect(seqOf(outcomes[3])).to.equal(seqOf(outcomes[1]) + 1)
      expect(seqOf(outcomes[4])).to.equal(seqOf(outcomes[3]))
      expect(calls).to.deep.equal([3])
      expect((await relay.store.stats()).messages).to.equal(2)
    })

    it('refuses by code what is beyond the rate within a frame, and keeps what was within it', async () => {
      await start({ submitBurst: 3, submitPerSecond: 0.001 })
      const envelopes = Array.from({ length: 5 }, () => randomEnvelope(owner.mailbox))
      const { outcomes } = await (await client({ type: 'submit', request: 1, envelopes })).next('accepted')
      expect(outcomes.slice(3)).to.deep.equal(['relay.rate_limited', 'relay.rate_limited'])
      expect(outcomes.slice(0, 3).map((one) => one instanceof Uint8Array)).to.deep.equal([true, true, true])
      expect((await relay.store.stats()).messages).to.equal(3)
    })

    it('gives a frame of 256 that comes again the same arrival numbers, as duplicates', async () => {
      await start()
      const envelopes = Array.from({ length: 256 }, () => randomEnvelope(owner.mailbox))
      const sender = await client({ type: 'submit', request: 1, envelopes }, { type: 'submit', request: 2, envelopes })
      const [first, again] = [await sender.next('accepted'), await sender.next('accepted')]
      expect(first.duplicates).to.deep.equal([])
      expect(again.duplicates).to.deep.equal(Array.from({ length: 256 }, (_, i) => i))
      const seqs = first.outcomes.map(seqOf)
      expect(again.outcomes.map(seqOf)).to.deep.equal(seqs)
      expect(seqs).to.deep.equal(Array.from({ length: 256 }, (_, i) => seqs[0]! + i))
    })

    it('keeps the order of frames, whatever the checks of one have to wait for', async () => {
      await start()
      const gate = Promise.withResolvers<void>()
      const slow = relay.directory.register()
      const settings = relay.store.settings.bind(relay.store)
      await keep(1)
      relay.store.settings = async (mailbox) => {
        if (mailbox === slow.mailbox) await gate.promise
        return settings(mailbox)
      }
      const [first, second] = [randomEnvelope(owner.mailbox), randomEnvelope(owner.mailbox)]
      const sender = await client(
        { type: 'submit', request: 1, envelopes: [randomEnvelope(slow.mailbox), first] },
        { type: 'submit', request: 2, envelopes: [second] },
      )
      await settled()
      gate.resolve()
      const [one, two] = [await sender.next('accepted'), await sender.next('accepted')]
      expect([one.request, two.request]).to.deep.equal([1, 2])
      expect(seqOf(one.outcomes[1])).to.be.lessThan(seqOf(two.outcomes[0]))
    })

    it('answers each envelope with the failure of the store, and logs it once', async () => {
      await start()
      relay.store.append = () => Promise.reject(new StorageFullError())
      const envelopes = [randomEnvelope(owner.mailbox), randomEnvelope(owner.mailbox)]
      const { outcomes } = await (await client({ type: 'submit', request: 1, envelopes })).next('accepted')
      expect(outcomes).to.deep.equal(['relay.storage_full', 'relay.storage_full'])
      expect(relay.log.filter(({ code }) => code === 'relay.storage_full')).to.have.length(1)
    })

    it('reads no more requests than may wait for their answers', async () => {
      await start({ maxPendingRequests: 4 })
      const append = relay.store.append.bind(relay.store)
      const gate = Promise.withResolvers<void>()
      let waiting = 0
      relay.store.append = async (...args) => {
        waiting += 1
        await gate.promise
        return append(...args)
      }
      const sender = await client()
      await sender.next('welcome')
      for (let i = 1; i <= 40; i++) {
        sender.socket.send(
          encodeRelayFrame({
            type: 'submit',
            request: i,
            envelopes: [randomEnvelope(owner.mailbox, { length: 60_000 })],
          }),
        )
      }
      await settled()
      // What was already in the receiver when it was paused still comes through.
      expect(waiting).to.be.lessThan(12)
      gate.resolve()
      for (let i = 1; i <= 40; i++) await sender.next('accepted')
    })
  })

  describe('stream', () => {
    it('delivers up to the window of unacknowledged messages', async () => {
      await start()
      await keep(5)
      const reader = await client(stream(3))
      await settled()
      const deliveries = reader.frames.filter((frame) => frame.type === 'delivery')
      expect(deliveries).to.have.length(3)
      await reader.open({ type: 'acknowledge', request: 1, seqs: deliveries.slice(0, 2).map(({ seq }) => seq) })
      expect(await reader.next('done')).to.include({ request: 1, count: 2 })
      await settled()
      expect(reader.frames.filter((frame) => frame.type === 'delivery')).to.have.length(2)
    })

    it('delivers many messages in a frame, split where their envelopes are long', async () => {
      await start()
      await keep(7, 100_000)
      const reader = await client(stream(256))
      for (let i = 0; i < 7; i++) await reader.next('delivery')
      expect(reader.counts).to.deep.equal([2, 2, 2, 1])
      const next = await client({ type: 'follow', afterSeq: 0 })
      for (let i = 0; i < 7; i++) await next.next('delivery')
      expect(next.counts).to.deep.equal([2, 2, 2, 1])
    })

    it('delivers more than a window of them in as many frames as are acknowledged', async () => {
      await start()
      await keep(300)
      const reader = await client(stream(256))
      const seqs: number[] = []
      for (let i = 0; i < 256; i++) seqs.push((await reader.next('delivery')).seq)
      expect(reader.counts).to.deep.equal([256])
      reader.socket.send(encodeRelayFrame({ type: 'acknowledge', request: 1, seqs }))
      for (let i = 0; i < 44; i++) await reader.next('delivery')
      expect(reader.counts).to.deep.equal([256, 44])
    })

    it('gives back at once what a reader that is gone did not acknowledge', async () => {
      await start()
      await keep(2)
      const gone = await client(stream())
      await gone.next('delivery')
      gone.socket.terminate()
      const next = await client(stream())
      expect(await next.next('delivery')).to.include({ attempt: 2 })
    })

    it('frees the window when a lease has run out', async () => {
      await start()
      await keep(1)
      const reader = await client(stream(1, 50))
      expect(await reader.next('delivery')).to.include({ attempt: 1 })
      expect(await reader.next('delivery')).to.include({ attempt: 2 })
    })

    it('acknowledges only what this connection holds', async () => {
      await start()
      await keep(1)
      const holder = await client(stream())
      const { seq } = await holder.next('delivery')
      const other = await client(stream(), { type: 'acknowledge', request: 1, seqs: [seq] })
      expect(await other.next('done')).to.include({ count: 0 })
      expect((await relay.store.stats()).messages).to.equal(1)
    })

    it('holds back what a client does not take, then drops it as a slow consumer by name', async () => {
      await start({ maxBufferedBytes: 1_000_000, slowConsumerMillis: 400 })
      await keep(150, 200_000)
      const reader = await client(stream(256))
      await reader.next('delivery')
      reader.socket.pause()
      await new Promise((resolve) => setTimeout(resolve, 200))
      const messages = await relay.store.lease(owner.mailbox, {
        consumer: 'x',
        count: 256,
        leaseMillis: 1,
        now: relay.clock.now(),
      })
      // 30 MB wait, of which the relay holds its buffer, one step of leases, and what the kernel took.
      expect(messages.length).to.be.greaterThan(60)
      const dropped = () => relay.log.some(({ code }) => code === 'relay.slow_consumer')
      for (let i = 0; i < 60 && !dropped(); i++) await new Promise((resolve) => setTimeout(resolve, 50))
      expect(relay.log).to.deep.include({ level: 'warn', event: 'stream.closed', code: 'relay.slow_consumer' })
      const next = await client(stream(1))
      expect((await next.next('delivery')).attempt).to.be.greaterThan(0)
      reader.socket.terminate()
    })

    it('drops a client that answers no ping', async () => {
      await start({ heartbeatMillis: 60 })
      const deaf = new RawClient(relay)
      ;(deaf.socket as unknown as { pong: () => void }).pong = () => {}
      deaf.socket.removeAllListeners('ping')
      const alive = await client(stream())
      await deaf.open({ type: 'authenticate', token })
      const receiver = (deaf.socket as unknown as { _receiver: { removeAllListeners(name: string): void } })._receiver
      receiver.removeAllListeners('ping')
      await deaf.closed
      await settled()
      expect(alive.socket.readyState).to.equal(WebSocket.OPEN)
    })
  })

  describe('a session that is over', () => {
    it('ends the connection when its token has expired', async () => {
      await start({ heartbeatMillis: 40 })
      const reader = await client(stream())
      await reader.next('welcome')
      relay.clock.ahead = 900_000
      expect(await reader.closed).to.deep.equal({ code: 4401, reason: 'relay.session_invalid' })
    })

    it('ends the connection, and HTTP with it, when its card is revoked, also by a block clock ahead of ours', async () => {
      await start({ heartbeatMillis: 40 })
      const reader = await client(stream())
      await reader.next('welcome')
      relay.directory.change(owner.cardId, { revokedAt: Math.floor(Date.now() / 1000) + 600, reason: 'key_compromise' })
      expect(await reader.closed).to.deep.equal({ code: 4401, reason: 'relay.session_invalid' })
      const late = await client(stream())
      expect((await late.closed).reason).to.equal('relay.session_invalid')
    })

    it('goes on while the chain cannot be asked', async () => {
      await start({ heartbeatMillis: 40 })
      const reader = await client(stream())
      await reader.next('welcome')
      relay.directory.down = true
      await settled()
      expect(reader.socket.readyState).to.equal(WebSocket.OPEN)
    })
  })

  describe('an upgrade that is refused', () => {
    it('does not end the relay when its client resets the connection', async () => {
      await start()
      const { hostname, port } = new URL(relay.url)
      const reset = () =>
        new Promise<void>((resolve) => {
          const socket = connect(Number(port), hostname, () => {
            const request = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
            socket.write(`${request}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)
            socket.resetAndDestroy()
            resolve()
          })
          socket.on('error', () => resolve())
        })
      for (let i = 0; i < 60; i++) await reset()
      await settled()
      expect((await fetch(`${relay.url}/healthz`)).status).to.equal(200)
    })
  })

  describe('close', () => {
    it('tells the clients, and gives their leases back', async () => {
      await start()
      await keep(1)
      const reader = await client(stream())
      await reader.next('delivery')
      await relay.relay.close()
      expect(await reader.closed).to.deep.equal({ code: 1001, reason: 'relay.shutting_down' })
      const leased = await relay.store.lease(owner.mailbox, {
        consumer: 'x',
        count: 1,
        leaseMillis: 1,
        now: Date.now(),
      })
      expect(leased).to.have.length(1)
    })
  })

  describe('the upgrade', () => {
    it('is refused on other paths and above the number of sockets', async () => {
      await start({ maxSockets: 1 })
      const elsewhere = new WebSocket(`${relay.url.replace('http', 'ws')}/v1/other`)
      const [refused] = await once(elsewhere, 'error')
      expect((refused as Error).message).to.include('404')
      await client()
      const [full] = await once(new WebSocket(`${relay.url.replace('http', 'ws')}/v1/stream`), 'error')
      expect((full as Error).message).to.include('503')
    })

    it('is refused to an address that comes too often', async () => {
      await start({ sessionBurst: 3, sessionPerSecond: 0.01 })
      await client()
      const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/v1/stream`)
      socket.on('error', () => {})
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
      expect([response.statusCode, response.headers['retry-after']]).to.deep.equal([429, '100'])
      response.destroy()
    })
  })

  describe('extend', () => {
    it('keeps what is delivered from other readers, and from this one, for longer', async () => {
      await start()
      await keep(1)
      const reader = await client(stream(1, 10_000))
      const { seq } = await reader.next('delivery')
      reader.socket.send(encodeRelayFrame({ type: 'extend', request: 3, seqs: [seq, seq + 1], leaseMillis: 60_000 }))
      expect(await reader.next('done')).to.deep.equal({ type: 'done', request: 3, count: 1 })
      relay.clock.ahead = 30_000
      await settled()
      expect(reader.frames.filter(({ type }) => type === 'delivery')).to.deep.equal([])
      reader.socket.send(encodeRelayFrame({ type: 'acknowledge', request: 4, seqs: [seq] }))
      expect((await reader.next('done')).count).to.equal(1)
    })
  })

  describe('follow', () => {
    const follow = (afterSeq: number): RelayFrame => ({ type: 'follow', afterSeq })

    it('delivers in order of arrival without leasing, goes on with what arrives, and resumes after a cursor', async () => {
      await start()
      await keep(3)
      const first = await client(follow(0))
      const seqs = [(await first.next('delivery')).seq, (await first.next('delivery')).seq]
      expect(await first.next('delivery')).to.include({ attempt: 0, leasedUntil: 0 })
      first.socket.close()
      await first.closed
      const second = await client(follow(seqs[1]!))
      expect((await second.next('delivery')).seq).to.equal(seqs[1]! + 1)
      await keep(1)
      expect((await second.next('delivery')).seq).to.equal(seqs[1]! + 2)
      const leased = await relay.store.lease(owner.mailbox, {
        consumer: 'x',
        count: 9,
        leaseMillis: 9,
        now: relay.clock.now(),
      })
      expect(leased).to.have.length(4)
    })

    it('holds no more in memory than a client takes', async () => {
      await start({ maxBufferedBytes: 300_000 })
      await keep(60, 200_000)
      let read = 0
      const readStore = relay.store.read.bind(relay.store)
      relay.store.read = async (...args) => {
        const found = await readStore(...args)
        read += found.length
        return found
      }
      const reader = await client()
      await reader.next('welcome')
      reader.socket.pause()
      reader.socket.send(encodeRelayFrame(follow(0)))
      await settled()
      await settled()
      expect(read).to.be.within(1, 59)
      reader.socket.resume()
      for (let i = 0; i < 60; i++) await reader.next('delivery')
    }).timeout(10_000)

    it('is one a connection, and not beside a stream', async () => {
      await start()
      const both = await client(stream(), follow(0))
      expect((await both.closed).reason).to.equal('relay.protocol_violation')
    })
  })

  describe('call', () => {
    const call = (operation: string, body: string): RelayFrame => ({
      type: 'call',
      request: 7,
      operation,
      body: new TextEncoder().encode(body),
    })
    const result = async (from: RawClient) => {
      const { request, status, body } = await from.next('result')
      return { request, status, body: JSON.parse(Buffer.from(body).toString()) }
    }

    it('refuses what is no operation, no JSON or no parameter with the problem that HTTP would give', async () => {
      await start()
      const caller = await client()
      const wrong: readonly [string, string, number, string][] = [
        ['nothing', '{}', 404, 'relay.not_found'],
        ['toString', '{}', 404, 'relay.not_found'],
        ['metrics', '{}', 404, 'relay.not_found'],
        ['lease', '{', 400, 'relay.malformed_request'],
        ['lease', '{}', 400, 'relay.malformed_request'],
        ['time', '{"a":1}', 400, 'relay.malformed_request'],
      ]
      for (const [operation, body, status, code] of wrong) {
        caller.socket.send(encodeRelayFrame(call(operation, body)))
        const found = await result(caller)
        expect([found.request, found.status, found.body.code], operation).to.deep.equal([7, status, code])
      }
    })

    it('ends a wait for mail when the client is gone', async () => {
      await start()
      const caller = await client(call('lease', '{"consumer":"a","waitMillis":25000}'))
      await caller.next('welcome')
      await settled()
      caller.socket.terminate()
      await settled()
      await keep(1)
      await settled()
      const leased = await relay.store.lease(owner.mailbox, {
        consumer: 'b',
        count: 1,
        leaseMillis: 9,
        now: relay.clock.now(),
      })
      expect(leased.map(({ attempt }) => attempt)).to.deep.equal([1])
    })
  })

  describe('rates', () => {
    it('bound the calls of a session, not those of another', async () => {
      await start({ callBurst: 2, callsPerSecond: 0.01 })
      const release: RelayFrame = { type: 'release', request: 1, seqs: [1] }
      const reader = await client(release, release, release)
      expect((await reader.next('refused')).code).to.equal('relay.rate_limited')
      const other = await relay.post(
        '/v1/release',
        { consumer: 'a', seqs: [1] },
        { authorization: `Bearer ${await relay.session(owner)}` },
      )
      expect(other.status).to.equal(200)
    })
  })

  describe('promise: a revocation ends sessions with the news of it', () => {
    it('of that agent, and not of others', async () => {
      await start({ heartbeatMillis: 600_000 })
      const other = relay.directory.register()
      const revoked = await client(stream())
      const going = await new RawClient(relay).open({ type: 'authenticate', token: await relay.session(other) })
      await revoked.next('welcome')
      await going.next('welcome')
      relay.directory.change(owner.cardId, { revokedAt: 2 })
      relay.directory.tell(owner.agent.address)
      expect(await revoked.closed).to.deep.equal({ code: 4401, reason: 'relay.session_invalid' })
      expect(going.socket.readyState).to.equal(WebSocket.OPEN)
    })

    it('of anyone, when news may have been missed', async () => {
      await start({ heartbeatMillis: 600_000 })
      const revoked = await client()
      await revoked.next('welcome')
      relay.directory.change(owner.cardId, { revokedAt: 2 })
      relay.directory.tell(undefined)
      expect((await revoked.closed).reason).to.equal('relay.session_invalid')
    })
  })
})
