import { connect } from 'node:net'
import { expect } from 'chai'
import { memoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts'
import type { MailboxStore } from '../../src/relay/mailbox/port.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { randomEnvelope, startTestRelay, type TestRelay } from '../support/relay-world.ts'

/** A store that counts what is asked of it. */
function counting(store: MailboxStore): { store: MailboxStore; calls: string[] } {
  const calls: string[] = []
  const handler: ProxyHandler<MailboxStore> = {
    get(target, name: keyof MailboxStore) {
      const method = target[name] as unknown
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        calls.push(String(name))
        return method.apply(target, args)
      }
    },
  }
  return { store: new Proxy(store, handler), calls }
}

/** What a client can see of an answer, but for the time of day. */
async function visible(response: Response): Promise<unknown> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
  return { status: response.status, headers, body: await response.text() }
}

describe('relay: bad input', () => {
  const counted = counting(memoryMailbox())
  let relay: TestRelay
  let owner: MailboxOwner
  let stranger: string
  beforeEach(async () => {
    relay = await startTestRelay({}, { mailbox: counted.store })
    owner = relay.directory.register()
    stranger = await relay.session(relay.directory.register())
  })
  afterEach(() => relay.relay.close())

  async function ask(path: string, method: string, token: string, body?: object): Promise<unknown> {
    return visible(
      await fetch(`${relay.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      }),
    )
  }

  describe("promise: another mailbox's existence is not told", () => {
    it('a message of somebody else is answered like one that never was, with the same work', async () => {
      await relay.post('/v1/envelopes', randomEnvelope(owner.mailbox))
      const [message] = await relay.store.read(owner.mailbox, { limit: 1, now: relay.clock.now() })
      const { seq } = message!
      const leaseFirst = await relay.store.lease(owner.mailbox, {
        consumer: 'one',
        count: 1,
        leaseMillis: 60_000,
        now: relay.clock.now(),
      })
      expect(leaseFirst).to.have.length(1)
      const calls: [string, string, (seq: number) => string, (seq: number) => object | undefined][] = [
        ['erase', 'DELETE', (n) => `/v1/mailbox/messages/${n}`, () => undefined],
        ['acknowledge', 'POST', () => '/v1/acknowledge', (n) => ({ consumer: 'one', seqs: [n] })],
        ['release', 'POST', () => '/v1/release', (n) => ({ consumer: 'one', seqs: [n] })],
        ['extend', 'POST', () => '/v1/extend', (n) => ({ consumer: 'one', seqs: [n] })],
      ]
      for (const [name, method, path, body] of calls) {
        const work = async (n: number) => {
          counted.calls.length = 0
          const seen = await ask(path(n), method, stranger, body(n))
          return { seen, calls: [...counted.calls] }
        }
        expect(await work(seq), name).to.deep.equal(await work(seq + 1000))
      }
      expect(await relay.store.read(owner.mailbox, { limit: 9, now: relay.clock.now() })).to.have.length(1)
    })

    it('taking a key package of a mailbox without any, of an erased one and of none is one answer', async () => {
      await relay.store.shelve(owner.mailbox, [{ id: 'a', bytes: new Uint8Array(9), lastResort: true }])
      await relay.store.eraseMailbox(owner.mailbox)
      const emptyOwner = relay.directory.register()
      await relay.post('/v1/envelopes', randomEnvelope(emptyOwner.mailbox))
      const answers = []
      for (const mailbox of [owner.mailbox, emptyOwner.mailbox, `0x${'ab'.repeat(32)}`]) {
        counted.calls.length = 0
        const seen = await ask('/v1/key-packages/take', 'POST', stranger, { mailbox })
        answers.push({ seen, calls: [...counted.calls] })
      }
      expect(answers[1]).to.deep.equal(answers[0])
      expect(answers[2]).to.deep.equal(answers[0])
    })

    it('challenges and refused sessions are the same for agents that are there and that are not', async () => {
      const ghost = { ...owner, agent: { ...owner.agent, address: `0x${'01'.repeat(20)}` } }
      const who = ({ agent, cardId }: MailboxOwner) => ({
        agent: `eip155:${agent.chainId}:${agent.address}`,
        registry: agent.registry,
        cardId,
      })
      const lengths = []
      for (const one of [owner, ghost as MailboxOwner]) {
        const { status, body } = await relay.post('/v1/challenges', who(one))
        const signature = Buffer.alloc(64, 1).toString('base64')
        const refused = await ask('/v1/sessions', 'POST', stranger, {
          ...who(one),
          challenge: body['challenge'],
          signature,
        })
        lengths.push({ status, length: String(body['challenge']).length, refused })
      }
      expect(lengths[0]).to.deep.equal(lengths[1])
    })
  })

  describe('promise: refusals store nothing and show no stack', () => {
    it('whatever is sent to whatever path', async () => {
      const before = await relay.store.stats()
      const bodies = [
        '',
        '{}',
        '[]',
        'null',
        '{"a":',
        '{"consumer":{"a":[1]}}',
        '{"__proto__":{}}',
        '\u0000',
        'x'.repeat(9000),
      ]
      const paths = [
        '/v1/envelopes',
        '/v1/envelopes/batch',
        '/v1/lease',
        '/v1/sessions',
        '/v1/key-packages/take',
        '/%00',
        '//',
      ]
      for (const path of paths)
        for (const body of bodies)
          for (const type of ['application/json', 'application/octet-stream', 'text/plain']) {
            const headers = { 'content-type': type, authorization: `Bearer ${stranger}` }
            const response = await fetch(`${relay.url}${path}`, { method: 'POST', headers, body })
            const text = await response.text()
            expect(response.status, `${path} ${type} ${body.slice(0, 20)}`).to.be.within(400, 499)
            expect(response.headers.get('content-type')).to.equal('application/problem+json')
            expect(JSON.parse(text)).to.have.keys('type', 'title', 'status', 'code', 'retry', 'facts')
            expect(text).not.to.match(/\.ts:|node:|at /)
          }
      expect(await relay.store.stats()).to.deep.equal(before)
    })

    it('and the relay goes on after what is no HTTP', async () => {
      for (const bytes of [
        '\r\n\r\n',
        'GET',
        'POST /v1/lease HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
        '\x16\x03\x01\x02\x00',
      ]) {
        const socket = connect(relay.relay.port, '127.0.0.1')
        socket.on('error', () => {}).resume()
        const closed = new Promise((resolve) => socket.once('close', resolve))
        socket.end(bytes)
        await closed
      }
      expect((await fetch(`${relay.url}/healthz`)).status).to.equal(200)
    })

    it('headers above 16 KiB are not read to their end', async () => {
      const response = await fetch(`${relay.url}/healthz`, { headers: { 'x-long': 'x'.repeat(20_000) } })
      expect(response.status).to.equal(431)
    })
  })
})
