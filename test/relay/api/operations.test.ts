import { once } from 'node:events'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { toBase64, toHex, utf8 } from '../../../src/core/bytes.ts'
import { Secret } from '../../../src/core/secret.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import type { Operation } from '../../../src/relay/api/operation.ts'
import { operations } from '../../../src/relay/api/operations.ts'
import type { MailboxOwner } from '../../../src/transport/port.ts'
import { decodeRelayFrame, encodeRelayFrame, maxResultFrameBytes } from '../../../src/wire/relay-frame.ts'
import { fakeWallets } from '../../support/fake-wallets.ts'
import { randomEnvelope, startTestRelay, type TestRelay, whoIs } from '../../support/relay-world.ts'

type Json = Record<string, never>
type Documented = { responses: Record<string, { content?: Record<string, { schema: object }> }> }

const ajv = new Ajv2020({ strict: false })
const metricsToken = 'a token for the metrics'.replaceAll(' ', '-')

/** What a call of an operation needs: the parameters as JSON. Made anew for each way of calling. */
type Example = (owner: MailboxOwner, relay: TestRelay) => Promise<object> | object

const walletOf = (owner: MailboxOwner) => ({
  agent: whoIs(owner).agent,
  registry: owner.agent.registry,
  wallet: `0x${'77'.repeat(20)}`,
})

const examples: Readonly<Record<string, Example>> = {
  submit: (owner) => ({ envelope: toBase64(randomEnvelope(owner.mailbox)) }),
  submitBatch: (owner) => ({
    items: [
      { envelope: toBase64(randomEnvelope(owner.mailbox)) },
      { envelope: toBase64(randomEnvelope(owner.mailbox, { expires: 1 })) },
      { envelope: 'AAAA', stamp: toBase64(new Uint8Array(8)) },
    ],
  }),
  lease: () => ({ consumer: 'one' }),
  extend: () => ({ consumer: 'one', seqs: [1], leaseMillis: 60_000 }),
  acknowledge: () => ({ consumer: 'one', seqs: [1] }),
  release: () => ({ consumer: 'one', seqs: [2] }),
  readSettings: () => ({}),
  changeSettings: () => ({ write: 'open', retentionMillis: 3_600_000 }),
  exportMailbox: () => ({ after: 0, limit: 2 }),
  eraseMessage: () => ({ seq: 1 }),
  shelveKeyPackages: () => ({
    packages: [
      { id: 'one', bytes: 'AAAA' },
      { id: 'last', bytes: 'AQID', lastResort: true },
    ],
  }),
  countKeyPackages: () => ({}),
  takeKeyPackage: (owner) => ({ mailbox: owner.mailbox }),
  eraseMailbox: () => ({}),
  card: ({ cardId }) => ({ cardId }),
  createChallenge: (owner) => whoIs(owner),
  createSession: async (owner, relay) => {
    const { body } = await relay.post('/v1/challenges', whoIs(owner))
    const challenge = Buffer.from(String(body['challenge']), 'base64')
    return { ...whoIs(owner), challenge: body['challenge'], signature: toBase64(owner.sign(challenge)) }
  },
  createWalletChallenge: (owner) => walletOf(owner),
  createWalletSession: async (owner, relay) => {
    const { body } = await relay.post('/v1/wallet-challenges', walletOf(owner))
    return { ...walletOf(owner), message: body['message'], signature: 'AAAA' }
  },
  relay: () => ({}),
  time: () => ({}),
  health: () => ({}),
  ready: () => ({}),
  metrics: () => ({}),
  openapi: () => ({}),
}

describe('relay/api/operations', () => {
  let relay: TestRelay
  let owner: MailboxOwner
  let token: string
  let document: { paths: Record<string, Record<string, Documented>>; openapi: string }
  beforeEach(async () => {
    const wallets = fakeWallets({ controls: async () => true })
    relay = await startTestRelay({}, { wallets, metricsToken: new Secret(utf8(metricsToken)) })
    owner = relay.directory.register()
    token = await relay.session(owner)
    document = (await (await fetch(`${relay.url}/openapi.json`)).json()) as typeof document
  })
  afterEach(() => relay[Symbol.asyncDispose]())

  /** Asserts that an answer is what the document says of it. */
  function assertDocumented(path: string, method: string, status: number, type: string, body: unknown): void {
    const { responses } = document.paths[path]![method.toLowerCase()]!
    const content = responses[String(status)]?.content
    expect(content, `${method} ${path} answered ${status}: ${JSON.stringify(body)}`).to.have.property(type)
    const isValid = ajv.compile(content![type]!.schema)
    expect(isValid(body), `${method} ${path}: ${JSON.stringify(isValid.errors)}`).to.equal(true)
  }

  /** How `fetch` is asked for an operation with these parameters. */
  function requestOf({ method, octets, access }: Operation, params: Json): RequestInit {
    const authorization = `Bearer ${access === 'metrics' ? metricsToken : token}`
    if (method === 'GET' || method === 'DELETE') return { method, headers: { authorization } }
    const type = octets ? 'application/octet-stream' : 'application/json'
    const body = octets ? Buffer.from(params['envelope']!, 'base64') : JSON.stringify(params)
    return { method, headers: { authorization, 'content-type': type }, body }
  }

  async function overHttp(id: string, params: Json): Promise<{ status: number; type: string; body: unknown }> {
    const operation = operations.find((one) => one.id === id)!
    const { method, path } = operation
    const inPath = path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]))
    const query = method === 'GET' && !path.includes('{') ? `?${new URLSearchParams(params as never)}` : ''
    const response = await fetch(`${relay.url}${inPath}${query}`, requestOf(operation, params))
    const type = response.headers.get('content-type') ?? ''
    return {
      status: response.status,
      type,
      body: type.includes('json') ? await response.json() : await response.text(),
    }
  }

  describe('document', () => {
    it('is OpenAPI 3.1 by an independent validator', async () => {
      expect(document.openapi).to.equal('3.1.0')
      expect(await new Validator().validate(document as never)).to.deep.equal({ valid: true })
    })

    it('documents every operation once, and every one is called below', () => {
      const ids = Object.values(document.paths).flatMap((methods) =>
        Object.values(methods).map((one) => (one as unknown as { operationId: string }).operationId),
      )
      expect(ids.toSorted()).to.deep.equal(operations.map(({ id }) => id).toSorted())
      expect(Object.keys(examples).toSorted()).to.deep.equal(ids.toSorted())
      expect(new Set(ids).size).to.equal(ids.length)
    })
  })

  describe('every operation', () => {
    it('answers over HTTP as documented', async () => {
      for (const [id, example] of Object.entries(examples)) {
        const { status, type, body } = await overHttp(id, (await example(owner, relay)) as Json)
        const { path, method } = operations.find((one) => one.id === id)!
        expect(status, `${id}: ${JSON.stringify(body)}`).to.be.oneOf([200, 201])
        assertDocumented(path, method, status, type, body)
      }
    })

    it('answers over a WebSocket with the same, but the metrics', async () => {
      const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/v1/stream`)
      await once(socket, 'open')
      socket.send(encodeRelayFrame({ type: 'authenticate', token }))
      await once(socket, 'message')
      for (const [id, example] of Object.entries(examples)) {
        const params = await example(owner, relay)
        socket.send(encodeRelayFrame({ type: 'call', request: 5, operation: id, body: utf8(JSON.stringify(params)) }))
        const [data] = (await once(socket, 'message')) as [Buffer]
        const frame = decodeRelayFrame(data, maxResultFrameBytes)
        if (frame.type !== 'result') throw new Error(`${id} was answered with ${frame.type}`)
        const body = JSON.parse(Buffer.from(frame.body).toString())
        const { path, method } = operations.find((one) => one.id === id)!
        if (id === 'metrics') expect([frame.status, body.code]).to.deep.equal([404, 'relay.not_found'])
        else assertDocumented(path, method, frame.status, 'application/json', body)
      }
      socket.close()
    })

    it('refuses, where it is for owners only, whoever shows no session, in the same words', async () => {
      token = 'none'
      const problem = await overHttp('lease', {} as Json)
      for (const { id, access } of operations) {
        const example = (await examples[id]!(owner, relay)) as Json
        const { status, body } = await overHttp(id, example)
        if (access === 'owner') expect([status, body], id).to.deep.equal([401, problem.body])
        else expect(status, id).not.to.equal(401)
      }
    }).timeout(10_000)

    it('refuses a field that is not documented', async () => {
      for (const { id, method, octets } of operations) {
        if (octets !== undefined || method === 'GET' || method === 'DELETE') continue
        const { status, body } = await overHttp(id, { ...(await examples[id]!(owner, relay)), extra: 1 } as never)
        expect([status, (body as Json)['code']], id).to.deep.equal([400, 'relay.malformed_request'])
      }
    })
  })

  describe('submitBatch', () => {
    it('accepts and refuses each envelope by itself', async () => {
      const { body } = await overHttp('submitBatch', (await examples['submitBatch']!(owner, relay)) as Json)
      const { outcomes } = body as { outcomes: { receipt?: string; problem?: { code: string } }[] }
      expect(outcomes[0]!.receipt).to.be.a('string')
      expect(outcomes.slice(1).map(({ problem }) => problem?.code)).to.deep.equal([
        'relay.expired',
        'wire.unknown_version',
      ])
      expect((await relay.store.stats()).messages).to.equal(1)
    })

    it('counts each envelope against the rate of its sender', async () => {
      await using slow = await startTestRelay({ submitBurst: 2, submitPerSecond: 0.01 })
      const items = [1, 2, 3].map(() => ({ envelope: toBase64(randomEnvelope(owner.mailbox)) }))
      const { body } = await slow.post('/v1/envelopes/batch', { items })
      const outcomes = body['outcomes'] as unknown as { problem?: { code: string } }[]
      expect(outcomes.map(({ problem }) => problem?.code)).to.deep.equal([undefined, undefined, 'relay.rate_limited'])
    })
  })

  describe('exportMailbox', () => {
    it('gives everything in pages, in order of arrival, and leases nothing', async () => {
      const sent = []
      for (const priority of ['low', 'urgent', 'normal', 'high', 'low'] as const) {
        const envelope = randomEnvelope(owner.mailbox, { priority })
        sent.push(toBase64(envelope))
        await relay.post('/v1/envelopes', envelope)
      }
      const found: string[] = []
      let after: number | undefined = 0
      while (after !== undefined) {
        const { body } = await overHttp('exportMailbox', { after, limit: 2 } as never)
        const page = body as { messages: { envelope: string }[]; next?: number }
        found.push(...page.messages.map(({ envelope }) => envelope))
        after = page.next
      }
      expect(found).to.deep.equal(sent)
      const { body } = await overHttp('lease', { consumer: 'a' } as never)
      expect((body as { messages: unknown[] }).messages).to.have.length(5)
    })
  })

  describe('card', () => {
    it('gives bytes that the id checks, of cards the relay came across, and forgets nothing of them', async () => {
      const cardBytes = utf8('a card')
      const cardId = toHex(nodeBackend.keccak256(cardBytes))
      const published = relay.directory.cards.get(owner.cardId)!
      relay.directory.cards.set(cardId as never, { ...published, cardId: cardId as never, cardBytes })
      expect((await overHttp('card', { cardId } as never)).status).to.equal(404)
      await relay.session({ ...owner, cardId: cardId as never })
      const { body } = await overHttp('card', { cardId } as never)
      expect(toHex(nodeBackend.keccak256(Buffer.from((body as { card: string }).card, 'base64')))).to.equal(cardId)
    })
  })

  describe('lease', () => {
    it('that waits does not miss mail that comes while it looks for the first time', async () => {
      const look = relay.store.lease.bind(relay.store)
      relay.store.lease = async (...args) => {
        relay.store.lease = look
        const found = await look(...args)
        await relay.post('/v1/envelopes', randomEnvelope(owner.mailbox))
        return found
      }
      const { body } = await overHttp('lease', { consumer: 'a', waitMillis: 25_000 } as never)
      expect((body as { messages: unknown[] }).messages).to.have.length(1)
    }).timeout(10_000)
  })

  describe('extend', () => {
    it('keeps a message from other readers for longer', async () => {
      await relay.post('/v1/envelopes', randomEnvelope(owner.mailbox))
      const take = async (consumer: string) => {
        const { body } = await overHttp('lease', { consumer, leaseMillis: 10_000 } as never)
        return (body as { messages: { seq: number }[] }).messages
      }
      const [message] = await take('one')
      const extend = (consumer: string) =>
        overHttp('extend', { consumer, seqs: [message!.seq], leaseMillis: 60_000 } as never)
      expect((await extend('two')).body).to.deep.equal({ count: 0 })
      expect((await extend('one')).body).to.deep.equal({ count: 1 })
      relay.clock.ahead = 30_000
      expect(await take('two')).to.deep.equal([])
      relay.clock.ahead = 61_000
      expect(await take('two')).to.have.length(1)
    })
  })

  describe('key packages', () => {
    it('are given out once each, the last resort again and again, and to nobody a hint of what is not there', async () => {
      await overHttp('shelveKeyPackages', (await examples['shelveKeyPackages']!(owner, relay)) as Json)
      const take = async (mailbox: string) => (await overHttp('takeKeyPackage', { mailbox } as never)).body as Json
      expect((await take(owner.mailbox))['id']).to.equal('one')
      expect((await take(owner.mailbox))['id']).to.equal('last')
      expect((await take(owner.mailbox))['id']).to.equal('last')
      await overHttp('eraseMailbox', {} as never)
      expect(await take(owner.mailbox)).to.deep.equal(await take(`0x${'00'.repeat(32)}`))
    })

    it('of one mailbox are not emptied at any rate, from however many addresses', async () => {
      await using slow = await startTestRelay({ shelfBurst: 2, shelfPerSecond: 0.01 })
      const take = () => slow.post('/v1/key-packages/take', { mailbox: owner.mailbox })
      expect([(await take()).status, (await take()).status, (await take()).status]).to.deep.equal([404, 404, 429])
    })
  })

  describe('ready', () => {
    it('tells what is missing: the store or the chain', async () => {
      const down = async () => Promise.reject(new Error('down'))
      await using offline = await startTestRelay({}, { checkChain: down })
      const ask = async (of: TestRelay) => {
        const response = await fetch(`${of.url}/readyz`)
        return [response.status, await response.json()]
      }
      expect(await ask(offline)).to.deep.equal([503, { status: 'not_ready', store: true, chain: false }])
      relay.store.configure = down
      expect(await ask(relay)).to.deep.equal([503, { status: 'not_ready', store: false, chain: true }])
    })
  })

  describe('metrics', () => {
    it('count what happened, for whoever has the token, and name no mailbox', async () => {
      await relay.post('/v1/envelopes', randomEnvelope(owner.mailbox))
      await relay.post('/v1/envelopes', randomEnvelope(owner.mailbox, { expires: 1 }))
      await overHttp('lease', { consumer: 'one' } as never)
      const { body } = await overHttp('metrics', {} as never)
      const text = String(body)
      expect(text).to.match(/^herald_relay_accepted_total 1$/m)
      expect(text).to.match(/^herald_relay_delivered_total 1$/m)
      expect(text).to.match(/^herald_relay_refused_total\{code="relay.expired"\} 1$/m)
      expect(text).to.match(/^herald_relay_messages 1$/m)
      expect(text).to.match(/^herald_relay_request_seconds_count\{operation="submit",status="201"\} 1$/m)
      expect(text).not.to.include(owner.mailbox.slice(2))
      for (const line of text.trimEnd().split('\n'))
        expect(line).to.match(/^(# TYPE \w+ (counter|gauge|histogram)|\w+(\{[^{}]+\})? [0-9.e+-]+)$/)
      for (const wrong of [undefined, 'Bearer wrong', `Bearer ${token}`]) {
        const headers = wrong === undefined ? {} : { authorization: wrong }
        expect((await fetch(`${relay.url}/metrics`, { headers })).status).to.equal(404)
      }
    })
  })
})
