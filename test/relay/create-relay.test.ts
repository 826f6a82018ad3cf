import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect } from 'node:net'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { toHex } from '../../src/core/bytes.ts'
import { maxClockSkewMillis, maxEnvelopeBytes, maxLifetimeMillis } from '../../src/core/limits.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { memoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts'
import { decodeAcceptanceReceipt, isReceiptSigned } from '../../src/wire/acceptance.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { randomEnvelope, startTestRelay, type TestAnswer, type TestRelay } from '../support/relay-world.ts'

function codeOf({ status, body }: TestAnswer): [number, string] {
  return [status, String(body['code'])]
}

const json = { 'content-type': 'application/json' }

describe('relay/create-relay', () => {
  let relay: TestRelay
  beforeEach(async () => {
    relay = await startTestRelay()
  })
  afterEach(() => relay[Symbol.asyncDispose]())

  const someMailbox = () => relay.directory.register().mailbox
  const submit = (envelope: Uint8Array) => relay.post('/v1/envelopes', envelope)
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  describe('POST /v1/envelopes', () => {
    it('keeps an envelope and answers with a receipt signed by the relay', async () => {
      const envelope = randomEnvelope(someMailbox())
      const { status, body } = await submit(envelope)
      const receipt = decodeAcceptanceReceipt(Buffer.from(String(body['receipt']), 'base64'))
      const { header } = decodeEnvelope(envelope)
      expect(status).to.equal(201)
      expect(body['duplicate']).to.equal(false)
      expect(receipt).to.include({ mailbox: header.mailbox, messageId: header.messageId, seq: 1 })
      expect(toHex(receipt.envelopeDigest)).to.equal(toHex(nodeBackend.sha256(envelope)))
      expect(toHex(receipt.relayKey)).to.equal(toHex(relay.relay.publicKey))
      const { sha256, ed25519Verify: verify } = nodeBackend
      expect(isReceiptSigned(receipt, { sha256, verify })).to.equal(true)
    })

    it('answers 200 with the same arrival number for a duplicate', async () => {
      const envelope = randomEnvelope(someMailbox())
      await submit(envelope)
      const { status, body } = await submit(envelope)
      expect([status, body['duplicate']]).to.deep.equal([200, true])
      expect(decodeAcceptanceReceipt(Buffer.from(String(body['receipt']), 'base64')).seq).to.equal(1)
    })

    it('gives no receipt before the store has the message, and none when the store fails', async () => {
      const append = Promise.withResolvers<never>()
      relay.store.append = () => append.promise
      let answered = false
      const answer = submit(randomEnvelope(someMailbox())).finally(() => {
        answered = true
      })
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(answered).to.equal(false)
      append.reject(new Error('the disk is gone, said /a/secret/path'))
      expect(codeOf(await answer)).to.deep.equal([500, 'relay.internal'])
      expect(JSON.stringify((await answer).body)).not.to.include('secret')
      expect(relay.log).to.deep.include({ level: 'error', event: 'request.failed', code: 'relay.internal' })
    })

    it('refuses what has expired or lives too long, by the clock it has', async () => {
      const now = relay.clock.now()
      const latest = now + maxLifetimeMillis + maxClockSkewMillis
      const send = (expires: number) => submit(randomEnvelope(someMailbox(), { expires }))
      expect(codeOf(await send(now))).to.deep.equal([410, 'relay.expired'])
      expect(codeOf(await send(latest + 60_000))).to.deep.equal([400, 'relay.expiry_too_far'])
      expect((await send(latest - 60_000)).status).to.equal(201)
      relay.clock.ahead = 10_000
      expect(codeOf(await send(now + 5_000))).to.deep.equal([410, 'relay.expired'])
    })

    it('refuses what is no envelope, naming why', async () => {
      const envelope = randomEnvelope(someMailbox())
      const version = Uint8Array.of(9, ...envelope.subarray(1))
      expect(codeOf(await submit(envelope.subarray(0, -1)))).to.deep.equal([400, 'wire.truncated'])
      expect(codeOf(await submit(Uint8Array.of(...envelope, 0)))).to.deep.equal([400, 'wire.trailing_bytes'])
      expect(codeOf(await submit(version))).to.deep.equal([400, 'wire.unknown_version'])
      expect(codeOf(await submit(new Uint8Array()))).to.deep.equal([400, 'wire.truncated'])
      expect((await relay.store.stats()).messages).to.equal(0)
    })

    it('refuses a body above its limit by its stated length, before any of it was sent', async () => {
      const socket = connect(relay.relay.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(
        `POST /v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${maxEnvelopeBytes + 1}\r\n\r\n`,
      )
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString())
        .to.match(/^HTTP\/1.1 413/)
        .and.include('relay.body_too_large')
      socket.destroy()
    })

    it('cuts a body of unstated length at its limit', async () => {
      const socket = connect(relay.relay.port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(
        'POST /v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      )
      const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve))
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
      const sending = setInterval(() => socket.writable && socket.write(chunk), 1)
      const bytes = await answer
      clearInterval(sending)
      socket.destroy()
      expect(bytes.toString())
        .to.match(/^HTTP\/1.1 413/)
        .and.include('relay.body_too_large')
    })

    it('limits challenges and sessions by address, since a session costs a look-up on the chain', async () => {
      await using slow = await startTestRelay({ sessionBurst: 3, sessionPerSecond: 0.01 })
      const owner = slow.directory.register()
      const who = { agent: `eip155:31337:${owner.agent.address}`, registry: owner.agent.registry, cardId: owner.cardId }
      const ask = () => fetch(`${slow.url}/v1/challenges`, { method: 'POST', headers: json, body: JSON.stringify(who) })
      const statuses = []
      for (let i = 0; i < 4; i++) statuses.push((await ask()).status)
      expect(statuses).to.deep.equal([201, 201, 201, 429])
    })

    it('limits the rate of a network address and says when to come back', async () => {
      await using slow = await startTestRelay({ submitBurst: 2, submitPerSecond: 0.5 })
      const { mailbox } = slow.directory.register()
      const answers = []
      for (let i = 0; i < 3; i++) answers.push(await slow.post('/v1/envelopes', randomEnvelope(mailbox)))
      expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 429])
      expect(answers[2]!.body['code']).to.equal('relay.rate_limited')
      expect(answers[2]!.headers.get('retry-after')).to.equal('2')
      slow.clock.ahead += 2000
      expect((await slow.post('/v1/envelopes', randomEnvelope(mailbox))).status).to.equal(201)
    })

    it('keeps a mailbox within its quota of messages and bytes', async () => {
      await using small = await startTestRelay({ maxMailboxMessages: 2, maxMailboxBytes: 2000 })
      const send = (mailbox: string, length = 100) =>
        small.post('/v1/envelopes', randomEnvelope(mailbox as never, { length }))
      const [one, two] = [small.directory.register().mailbox, small.directory.register().mailbox]
      const codes = [await send(one), await send(one), await send(one), await send(two, 1950)].map(codeOf)
      expect(codes.map(([status]) => status)).to.deep.equal([201, 201, 507, 507])
      expect(codes[2]![1]).to.equal('relay.mailbox_full')
    })

    it('refuses another media type', async () => {
      const answer = await relay.post('/v1/envelopes', {})
      expect(codeOf(answer)).to.deep.equal([400, 'relay.malformed_request'])
    })
  })

  describe('problem details', () => {
    it('have the fields of RFC 9457 and the stable code, the verdict and the facts', async () => {
      const { headers, body } = await relay.post('/v1/lease', {})
      expect(headers.get('content-type')).to.equal('application/problem+json')
      expect(body).to.deep.equal({
        type: 'urn:herald:error:relay.session_invalid',
        title: 'there is no valid session: open a new one',
        status: 401,
        code: 'relay.session_invalid',
        retry: 'refresh',
        facts: {},
      })
    })

    it('answer unknown paths and methods', async () => {
      for (const path of ['/', '/v2/envelopes', '/v1/envelopes/', '/__proto__', '/v1/../etc'])
        expect(codeOf(await relay.post(path, {}))).to.deep.equal([404, 'relay.not_found'])
      const answer = await relay.post('/v1/time', {})
      expect(codeOf(answer)).to.deep.equal([405, 'relay.method_not_allowed'])
      expect(answer.headers.get('allow')).to.equal('GET')
    })

    it('answer JSON that is none, or not an object, or too long', async () => {
      const post = (text: string) =>
        relay.post('/v1/challenges', new TextEncoder().encode(text), { 'content-type': 'application/json' })
      for (const text of ['', '{', '[]', 'null', '1', '"x"', '{"agent":1}', '\u00ff{', '{"cardId":1,"cardId":2}'])
        expect(codeOf(await post(text))).to.deep.equal([400, 'relay.malformed_request'])
      expect(codeOf(await post(`{"a":"${'x'.repeat(20_000)}"}`))).to.deep.equal([413, 'relay.body_too_large'])
    })
  })

  describe('GET', () => {
    const get = async (path: string) => (await fetch(`${relay.url}${path}`)).json() as Promise<Record<string, unknown>>

    it('/v1/relay tells the key, the origin, the software and the limits', async () => {
      const found = await get('/v1/relay')
      expect(found).to.include({ relayKey: toHex(relay.relay.publicKey), origin: relay.url })
      const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
      expect(found['software']).to.equal(`herald/${manifest.version}`)
      expect(found['limits']).to.include({ maxEnvelopeBytes, maxLifetimeMillis })
    })

    it('/v1/time tells the clock', async () => {
      relay.clock.ahead = 5_000_000
      expect(Number((await get('/v1/time'))['now'])).to.be.closeTo(Date.now() + 5_000_000, 5000)
    })

    it('/healthz tells that it runs', async () => {
      expect(await get('/healthz')).to.deep.equal({ status: 'ok' })
    })
  })

  describe('POST /v1/lease, /v1/acknowledge and /v1/release', () => {
    it('lease, give back and forget the messages of the mailbox the session is for', async () => {
      const owner = relay.directory.register()
      const auth = bearer(await relay.session(owner))
      const envelope = randomEnvelope(owner.mailbox)
      await submit(envelope)
      type Message = { seq: number; attempt: number; envelope: string }
      const lease = async (consumer: string) => {
        const { body } = await relay.post('/v1/lease', { consumer, count: 5 }, auth)
        return body['messages'] as unknown as Message[]
      }
      const [message] = await lease('one')
      expect(Buffer.from(message!.envelope, 'base64').equals(envelope)).to.equal(true)
      expect(await lease('two')).to.deep.equal([])
      const seqs = [message!.seq]
      expect((await relay.post('/v1/release', { consumer: 'two', seqs }, auth)).body).to.deep.equal({ count: 0 })
      expect((await relay.post('/v1/release', { consumer: 'one', seqs }, auth)).body).to.deep.equal({ count: 1 })
      expect((await lease('two'))[0]).to.include({ attempt: 2 })
      expect((await relay.post('/v1/acknowledge', { consumer: 'two', seqs }, auth)).body).to.deep.equal({ count: 1 })
      expect((await relay.store.stats()).messages).to.equal(0)
    })

    it('wait for mail, for as long as asked', async () => {
      const owner = relay.directory.register()
      const auth = bearer(await relay.session(owner))
      const waiting = relay.post('/v1/lease', { consumer: 'one', waitMillis: 5000 }, auth)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await submit(randomEnvelope(owner.mailbox))
      expect((await waiting).body['messages']).to.have.length(1)
      const started = Date.now()
      const empty = await relay.post('/v1/lease', { consumer: 'one', waitMillis: 100 }, auth)
      expect(empty.body['messages']).to.deep.equal([])
      expect(Date.now() - started).to.be.within(90, 3000)
    })

    it('refuse fields out of bounds by name', async () => {
      const auth = bearer(await relay.session(relay.directory.register()))
      const wrong: [string, object][] = [
        ['consumer', {}],
        ['consumer', { consumer: '' }],
        ['consumer', { consumer: 'a b' }],
        ['count', { consumer: 'a', count: 0 }],
        ['count', { consumer: 'a', count: 257 }],
        ['leaseMillis', { consumer: 'a', leaseMillis: 600_001 }],
        ['waitMillis', { consumer: 'a', waitMillis: '1' }],
        ['waitMillis', { consumer: 'a', waitMillis: null }],
      ]
      for (const [field, body] of wrong) {
        const answer = await relay.post('/v1/lease', body, auth)
        expect(codeOf(answer)).to.deep.equal([400, 'relay.malformed_request'])
        expect(answer.body['facts']).to.include({ field })
      }
      for (const seqs of [undefined, [], [1.5], [-1], ['1'], Array(257).fill(1)])
        expect(codeOf(await relay.post('/v1/acknowledge', { consumer: 'a', seqs }, auth))).to.deep.equal([
          400,
          'relay.malformed_request',
        ])
    })
  })

  describe('close', () => {
    it('answers what is waiting, refuses what comes after, and leaves the store open', async () => {
      const store = memoryMailbox()
      const closing = await startTestRelay({}, { mailbox: store })
      const owner = closing.directory.register()
      const auth = bearer(await closing.session(owner))
      const waiting = closing.post('/v1/lease', { consumer: 'one', waitMillis: 20_000 }, auth)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await closing.relay.close()
      expect((await waiting).body['messages']).to.deep.equal([])
      const refused = await closing.post('/v1/lease', {}).catch(() => 'refused')
      expect(refused).to.equal('refused')
      expect(await store.stats()).to.include({ messages: 0 })
    })
  })

  describe('behind a proxy', () => {
    it('counts rates by the address that the proxy wrote, and by the connection when it is not told of one', async () => {
      const limits = { submitBurst: 1, submitPerSecond: 0.01 }
      await using proxied = await startTestRelay(limits, { trustProxy: true })
      await using direct = await startTestRelay(limits)
      const send = async (to: TestRelay, from: string) =>
        (await to.post('/v1/envelopes', randomEnvelope(someMailbox()), { 'x-forwarded-for': from })).status
      const spoofed = ['203.0.113.1, 198.51.100.1', '203.0.113.2, 198.51.100.1', '198.51.100.2']
      const statuses = []
      for (const from of spoofed) statuses.push(await send(proxied, from))
      expect(statuses).to.deep.equal([201, 429, 201])
      expect([await send(direct, '198.51.100.1'), await send(direct, '198.51.100.2')]).to.deep.equal([201, 429])
    })
  })

  describe('tls', () => {
    it('serves HTTP and WebSocket over TLS from a certificate and its key', async () => {
      const file = (name: string) => readFile(new URL(`../fixtures/tls/${name}.pem`, import.meta.url))
      const [cert, key] = await Promise.all([file('cert'), file('key')])
      await using secure = await startTestRelay({}, { tls: { cert, key } })
      expect(secure.url).to.equal(`https://127.0.0.1:${secure.relay.port}`)
      const response = await new Promise<IncomingMessage>((resolve, reject) =>
        get(`${secure.url}/healthz`, { ca: cert }, resolve).on('error', reject),
      )
      expect(response.statusCode).to.equal(200)
      response.resume()
      const socket = new WebSocket(`${secure.url.replace('https', 'wss')}/v1/stream`, { ca: cert })
      await once(socket, 'open')
      socket.terminate()
      expect(await fetch(`http://127.0.0.1:${secure.relay.port}/healthz`).catch(() => 'refused')).to.equal('refused')
    })

    it("does not start with a key that is not the certificate's", async () => {
      const cert = await readFile(new URL('../fixtures/tls/cert.pem', import.meta.url))
      const failed = await startTestRelay({}, { tls: { cert, key: 'none' } }).catch((error: unknown) => error)
      expect(failed).to.be.instanceOf(Error)
    })
  })

  describe('span', () => {
    it('has a step of each operation, with its failure, and nothing of what it is about', async () => {
      const spans: [string, string][] = []
      await using traced = await startTestRelay(
        {},
        {
          span: async (name, run) => {
            try {
              const result = await run()
              spans.push([name, 'ok'])
              return result
            } catch (error) {
              spans.push([name, (error as { code: string }).code])
              throw error
            }
          },
        },
      )
      await traced.post('/v1/envelopes', randomEnvelope(someMailbox()))
      await traced.post('/v1/lease', {})
      expect(spans).to.deep.equal([
        ['herald.relay.submit', 'ok'],
        ['herald.relay.lease', 'relay.session_invalid'],
      ])
    })
  })
})
