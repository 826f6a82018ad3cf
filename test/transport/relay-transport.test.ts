import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'
import { type Hex, toHex } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { Delivery, MailboxOwner, SubmitOptions, Transport } from '../../src/transport/port.ts'
import { type RelayTransportOptions, relayTransport } from '../../src/transport/relay-transport.ts'
import { type AcceptanceReceipt, decodeAcceptanceReceipt, encodeAcceptanceReceipt } from '../../src/wire/acceptance.ts'
import { behavesLikeTransport } from '../compliance/transport.ts'
import { randomEnvelope, startTestRelay, TestDirectory, type TestRelay } from '../support/relay-world.ts'

function open(change: Partial<RelayTransportOptions> = {}) {
  const { sha256, ed25519Verify: verify } = nodeBackend
  return relayTransport({ ambient: systemAmbient, sha256, verify, ...change })
}

async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  return promise.then(
    () => ({}),
    (error: Record<string, unknown>) => error,
  )
}

describe('transport/relay-transport', () => {
  behavesLikeTransport('relayTransport', async () => {
    const directory = new TestDirectory()
    const one = await startTestRelay({ sweepMillis: 50 }, { directory })
    const two = await startTestRelay({ sweepMillis: 50 }, { directory })
    return {
      relays: [one.url, two.url],
      open: () => open(),
      cutFirst: () => one.relay.close(),
      owner: () => directory.register(),
      async [Symbol.asyncDispose]() {
        await one[Symbol.asyncDispose]()
        await two[Symbol.asyncDispose]()
      },
    }
  })

  describe('relayTransport', () => {
    /** A server that passes submissions on to a relay and changes the answers. */
    async function meddler(relay: TestRelay, change: (receipt: AcceptanceReceipt) => object): Promise<Server> {
      const server = createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray())
        const answer = await relay.post(request.url ?? '', body)
        const receipt = decodeAcceptanceReceipt(Buffer.from(String(answer.body['receipt']), 'base64'))
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ ...answer.body, ...change(receipt) }))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }

    function withReceipt(change: (receipt: AcceptanceReceipt) => Partial<AcceptanceReceipt>) {
      return (receipt: AcceptanceReceipt) => {
        const bytes = encodeAcceptanceReceipt({ ...receipt, ...change(receipt) })
        return { receipt: Buffer.from(bytes).toString('base64') }
      }
    }

    const lies: Record<string, [(receipt: AcceptanceReceipt) => object, string]> = {
      'for another mailbox': [withReceipt(() => ({ mailbox: `0x${'00'.repeat(32)}` as never })), 'mailbox'],
      'for another message': [withReceipt(() => ({ messageId: `0x${'00'.repeat(16)}` as never })), 'message id'],
      'for other bytes': [withReceipt(() => ({ envelopeDigest: new Uint8Array(32) })), 'digest'],
      'with a changed time': [withReceipt((receipt) => ({ acceptedAt: receipt.acceptedAt + 1 })), 'signature'],
      'by another key': [withReceipt(() => ({ relayKey: new Uint8Array(32).fill(1) })), 'signature'],
    }
    for (const [what, [change, field]] of Object.entries(lies))
      it(`does not take a receipt ${what}`, async () => {
        await using relay = await startTestRelay()
        const server = await meddler(relay, change)
        await using transport = open()
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const error = await failureOf(transport.submit(randomEnvelope(relay.directory.register().mailbox), [url]))
        server.close()
        expect(error).to.include({ code: 'transport.receipt_invalid', retry: 'later' })
        expect(error['facts']).to.include({ field })
      })

    it('names an answer that is none', async () => {
      const answers = ['not json', '[]', '{}', '{"receipt":"AAAA","duplicate":false}', 'x'.repeat(100_000)]
      for (const answer of answers) {
        const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
        await new Promise((resolve) => server.once('listening', resolve))
        await using transport = open()
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const error = await failureOf(transport.submit(randomEnvelope(`0x${'11'.repeat(32)}` as never), [url]))
        server.close()
        expect(error).to.include({ code: 'transport.malformed_answer' })
      }
    })

    it('refuses a relay whose key has changed, and takes its word again when told the new one', async () => {
      const relayKeys = new Map<string, Uint8Array>()
      await using transport = open({ relayKeys })
      const first = await startTestRelay()
      const { mailbox } = first.directory.register()
      await transport.submit(randomEnvelope(mailbox), [first.url])
      await first[Symbol.asyncDispose]()
      const relayKey = new Secret(new Uint8Array(32).fill(8))
      await using second = await startTestRelay({}, { relayKey, port: first.relay.port })
      const error = await failureOf(transport.submit(randomEnvelope(mailbox), [second.url]))
      expect(error).to.include({ code: 'transport.relay_key_changed', retry: 'later' })
      relayKeys.set(second.url, second.relay.publicKey)
      expect(await transport.submit(randomEnvelope(mailbox), [second.url])).to.include({ duplicate: false })
    })

    it('gives up on a relay that does not answer', async () => {
      const server = createServer(() => {}).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      await using transport = open({ timeoutMillis: 100 })
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const error = await failureOf(transport.submit(randomEnvelope(`0x${'11'.repeat(32)}` as never), [url]))
      server.closeAllConnections()
      server.close()
      expect(error).to.include({ code: 'transport.timeout', retry: 'later' })
    })

    it('says what the relay refused and whether to try again', async () => {
      await using relay = await startTestRelay({ submitBurst: 1, submitPerSecond: 0.01, maxMailboxMessages: 0 })
      await using transport = open()
      const { mailbox } = relay.directory.register()
      const full = await failureOf(transport.submit(randomEnvelope(mailbox), [relay.url]))
      const limited = await failureOf(transport.submit(randomEnvelope(mailbox), [relay.url]))
      expect([full['facts'], full['retry']]).to.deep.equal([
        { relay: relay.url, status: 507, refusal: 'relay.mailbox_full' },
        'later',
      ])
      expect([limited['facts'], limited['retry']]).to.deep.equal([
        { relay: relay.url, status: 429, refusal: 'relay.rate_limited' },
        'later',
      ])
    })

    it('does not sign the challenge of another relay', async () => {
      await using honest = await startTestRelay()
      const owner = honest.directory.register()
      const server = createServer(async (request, response) => {
        const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
        response.end(JSON.stringify((await honest.post(request.url ?? '', body)).body))
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      await using transport = open()
      let signatures = 0
      const sign = (challenge: Uint8Array) => {
        signatures += 1
        return owner.sign(challenge)
      }
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const error = await failureOf(transport.openInbox(url, { ...owner, sign }))
      server.close()
      expect(error).to.include({ code: 'transport.challenge_refused', retry: 'never' })
      expect(signatures).to.equal(0)
    })

    it('says by name when the card is not valid any more', async () => {
      await using relay = await startTestRelay()
      const owner = relay.directory.register()
      relay.directory.change(owner.cardId, { revokedAt: 2 })
      await using transport = open()
      const error = await failureOf(transport.openInbox(relay.url, owner))
      expect(error).to.include({ code: 'transport.refused', retry: 'refresh' })
      expect(error['facts']).to.include({ refusal: 'relay.unauthorized' })
    })
  })

  describe('openInbox', () => {
    it('comes back after the relay restarts, and what was not acknowledged comes again', async () => {
      const directory = new TestDirectory()
      const first = await startTestRelay({}, { directory })
      const { store } = first
      const owner = directory.register()
      await using transport = open()
      const inbox = await transport.openInbox(first.url, owner)
      const deliveries = inbox.deliveries()[Symbol.asyncIterator]()
      const next = async () => (await deliveries.next()).value as Delivery
      await transport.submit(randomEnvelope(owner.mailbox), [first.url])
      const one = await next()
      await first.relay.close()
      expect(await failureOf(inbox.acknowledge([one.seq]))).to.include({ code: 'transport.connection_lost' })
      await using second = await startTestRelay({}, { directory, mailbox: store, port: first.relay.port })
      const again = await next()
      expect(again).to.include({ seq: one.seq, attempt: 2 })
      await inbox.acknowledge([again.seq])
      await transport.submit(randomEnvelope(owner.mailbox), [second.url])
      expect(await next()).to.include({ attempt: 1 })
    })

    it('throws when the relay stays away', async () => {
      const relay = await startTestRelay()
      await using transport = open({ maxReconnects: 2 })
      const inbox = await transport.openInbox(relay.url, relay.directory.register())
      await relay[Symbol.asyncDispose]()
      const error = await failureOf(inbox.deliveries()[Symbol.asyncIterator]().next())
      expect(error).to.include({ code: 'transport.unreachable', retry: 'later' })
    })

    it('notices a connection that died silently', async () => {
      await using relay = await startTestRelay()
      const owner = relay.directory.register()
      await using transport = open({ heartbeatMillis: 50, timeoutMillis: 200, maxReconnects: 0 })
      const inbox = await transport.openInbox(relay.url, owner)
      // From here on the relay reads nothing: its event loop goes on, its answers do not.
      relay.store.ack = () => new Promise(() => {})
      const error = await failureOf(inbox.acknowledge([1]))
      expect(error).to.include({ code: 'transport.timeout' })
    })

    it('refuses options out of bounds by name', async () => {
      await using relay = await startTestRelay()
      await using transport = open()
      for (const options of [{ window: 0 }, { window: 257 }, { leaseMillis: 600_001 }, { window: 1.5 }])
        expect(await failureOf(transport.openInbox(relay.url, relay.directory.register(), options))).to.include({
          code: 'core.invalid_argument',
        })
    })
  })

  describe('submit where not everybody may write', () => {
    const settings = { write: 'open', writers: [] as Hex[], stampBits: 0, retentionMillis: 3_600_000 } as const
    const token = new Uint8Array(32).fill(9)
    const writers = [toHex(nodeBackend.sha256(token))]
    let relay: TestRelay
    let owner: MailboxOwner
    let transport: Transport
    let seen: IncomingHttpHeaders[]
    let server: Server
    let url: string

    beforeEach(async () => {
      relay = await startTestRelay()
      owner = relay.directory.register()
      transport = open()
      seen = []
      // What a sender shows is looked at on the wire, by a server that passes everything on.
      server = createServer(async (request, response) => {
        seen.push(request.headers)
        const body = Buffer.concat(await request.toArray())
        const { 'content-type': type, 'herald-token': shown, 'herald-stamp': stamp, authorization } = request.headers
        const headers = { 'content-type': type, 'herald-token': shown, 'herald-stamp': stamp, authorization }
        const given = Object.entries(headers).filter(([, value]) => value !== undefined) as [string, string][]
        const answer = await fetch(`http://127.0.0.1:${relay.relay.port}${request.url}`, {
          method: 'POST',
          headers: given,
          body,
        })
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterEach(async () => {
      server.closeAllConnections()
      server.close()
      await transport[Symbol.asyncDispose]()
      await relay[Symbol.asyncDispose]()
    })

    const configure = (change: object) => transport.configure(relay.url, owner, { ...settings, ...change })
    const send = (options: SubmitOptions = {}, to = url) =>
      transport.submit(randomEnvelope(owner.mailbox), [to], options)
    const shown = () =>
      seen.map((headers) => ['herald-token', 'herald-stamp', 'authorization'].filter((name) => name in headers))

    it('shows a token at once, and nothing else', async () => {
      await configure({ write: 'contacts', writers })
      await send({ token, identity: relay.directory.register() })
      expect(shown()).to.deep.equal([['herald-token']])
    })

    it('works for a stamp once it was asked to', async () => {
      await configure({ stampBits: 6 })
      await send({ identity: relay.directory.register() })
      expect(shown()).to.deep.equal([[], ['herald-stamp']])
    })

    it('shows who it is only when asked to, and only if it may', async () => {
      await configure({ write: 'registered' })
      expect(await failureOf(send())).to.deep.include({ code: 'transport.refused', retry: 'never' })
      expect(shown()).to.deep.equal([[]])
      // A challenge is for the relay's own origin, so this goes straight to it.
      const { duplicate } = await send({ identity: relay.directory.register() }, relay.url)
      expect(duplicate).to.equal(false)
    })

    it('shows nobody who it is where that would not help', async () => {
      await configure({ write: 'contacts', writers })
      const refused = await failureOf(send({ identity: relay.directory.register() }))
      expect(refused['facts']).to.include({ refusal: 'relay.write_refused', policy: 'contacts' })
      expect(shown()).to.deep.equal([[]])
    })

    it('does no work for a demand out of bounds, nor twice for one that is repeated', async () => {
      const asking = (bits: unknown) =>
        createServer((request, response) => {
          seen.push(request.headers)
          request.resume()
          const problem = { code: 'relay.stamp_required', facts: { bits } }
          response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
        }).listen(0, '127.0.0.1')
      for (const [bits, requests] of [
        [25, 1],
        [0, 1],
        ['8', 1],
        [1e9, 1],
        [2.5, 1],
        [4, 2],
      ] as const) {
        seen = []
        const greedy = asking(bits)
        await once(greedy, 'listening')
        const to = `http://127.0.0.1:${(greedy.address() as AddressInfo).port}`
        expect((await failureOf(send({}, to)))['code']).to.equal('transport.refused')
        expect(seen.length, String(bits)).to.equal(requests)
        greedy.closeAllConnections()
        greedy.close()
      }
    })

    it('stops working when its caller does not want it any more', async () => {
      await configure({ stampBits: 24 })
      const failed = failureOf(send({ signal: AbortSignal.timeout(100) }))
      expect((await failed)['code']).to.equal('transport.aborted')
    })
  })
})
