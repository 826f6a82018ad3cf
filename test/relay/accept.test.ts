import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { toBase64, toHex } from '../../src/core/bytes.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { encodeStamp } from '../../src/wire/stamp.ts'
import { randomEnvelope, startTestRelay, type TestAnswer, type TestRelay } from '../support/relay-world.ts'

const token = new Uint8Array(32).fill(5)

/** Searches a stamp without the code under test: counts zero bits in binary text. */
function findStamp(envelope: Uint8Array, isGood: (zeros: number) => boolean): string {
  for (let n = 0; ; n += 1) {
    const nonce = Buffer.alloc(8)
    nonce.writeUInt32BE(n, 4)
    const hash = createHash('sha256')
      .update(encodeStamp(nodeBackend.sha256(envelope), nonce))
      .digest()
    const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    if (isGood(bits.indexOf('1'))) return nonce.toString('base64')
  }
}

describe('relay/accept', () => {
  let relay: TestRelay
  let owner: MailboxOwner
  beforeEach(async () => {
    relay = await startTestRelay()
    owner = relay.directory.register()
  })
  afterEach(() => relay[Symbol.asyncDispose]())

  async function configure(settings: object): Promise<TestAnswer> {
    const response = await fetch(`${relay.url}/v1/mailbox/settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await relay.session(owner)}` },
      body: JSON.stringify(settings),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as never }
  }
  const send = (headers: Record<string, string> = {}, envelope = randomEnvelope(owner.mailbox)) =>
    relay.post('/v1/envelopes', envelope, headers)
  const result = ({ status, body }: TestAnswer) => [status, body['code']]
  const stored = async () => (await relay.store.stats()).messages
  const withToken = (bytes = token) => ({ 'herald-token': toBase64(bytes) })
  const writers = [toHex(nodeBackend.sha256(token))]

  describe('a mailbox for contacts', () => {
    it('takes mail of those who show a token, and keeps nothing of the others', async () => {
      await configure({ write: 'contacts', writers })
      const refused = await send()
      expect(result(refused)).to.deep.equal([403, 'relay.write_refused'])
      expect(refused.body['facts']).to.deep.equal({ policy: 'contacts' })
      expect(result(await send(withToken(new Uint8Array(32))))).to.deep.equal([403, 'relay.write_refused'])
      const session = await relay.session(relay.directory.register())
      expect(result(await send({ authorization: `Bearer ${session}` }))).to.deep.equal([403, 'relay.write_refused'])
      expect(await stored()).to.equal(0)
      expect((await send(withToken())).status).to.equal(201)
      expect(await stored()).to.equal(1)
    })

    it('takes no token any more that was withdrawn', async () => {
      await configure({ write: 'contacts', writers })
      expect((await send(withToken())).status).to.equal(201)
      await configure({ write: 'contacts', writers: [`0x${'00'.repeat(32)}`] })
      expect(result(await send(withToken()))).to.deep.equal([403, 'relay.write_refused'])
    })

    it('does so over a batch and over a WebSocket too', async () => {
      await configure({ write: 'contacts', writers })
      const envelope = toBase64(randomEnvelope(owner.mailbox))
      const items = [{ envelope }, { envelope, token: toBase64(token) }]
      const { body } = await relay.post('/v1/envelopes/batch', { items })
      const outcomes = body['outcomes'] as unknown as { problem?: { code: string }; receipt?: string }[]
      expect(outcomes[0]!.problem?.code).to.equal('relay.write_refused')
      expect(outcomes[1]!.receipt).to.be.a('string')
    })
  })

  describe('a mailbox for registered senders', () => {
    it('takes mail of those who show a session, and looks at a session only there', async () => {
      await configure({ write: 'registered' })
      const authorization = `Bearer ${await relay.session(relay.directory.register())}`
      expect(result(await send())).to.deep.equal([403, 'relay.write_refused'])
      expect(result(await send({ authorization: 'Bearer forged' }))).to.deep.equal([403, 'relay.write_refused'])
      expect((await send({ authorization })).status).to.equal(201)
      await configure({})
      expect((await send({ authorization: 'Bearer forged' })).status).to.equal(201)
    })

    it('takes mail of a sender no more whose card was revoked', async () => {
      await configure({ write: 'registered' })
      const sender = relay.directory.register()
      const authorization = `Bearer ${await relay.session(sender)}`
      expect((await send({ authorization })).status).to.equal(201)
      relay.directory.change(sender.cardId, { revokedAt: 2 })
      expect(result(await send({ authorization }))).to.deep.equal([403, 'relay.write_refused'])
    })
  })

  describe('a mailbox that asks for stamps', () => {
    it('takes one that is worth enough for exactly this envelope, and asks contacts for none', async () => {
      await configure({ stampBits: 8, writers })
      const envelope = randomEnvelope(owner.mailbox)
      const refused = await send()
      expect(result(refused)).to.deep.equal([403, 'relay.stamp_required'])
      expect(refused.body['facts']).to.deep.equal({ bits: 8 })
      const cheap = { 'herald-stamp': findStamp(envelope, (zeros) => zeros === 7) }
      const good = { 'herald-stamp': findStamp(envelope, (zeros) => zeros === 8) }
      expect(result(await send(cheap, envelope))).to.deep.equal([403, 'relay.stamp_required'])
      expect(result(await send(good))).to.deep.equal([403, 'relay.stamp_required'])
      expect(await stored()).to.equal(0)
      expect((await send(good, envelope)).status).to.equal(201)
      expect((await send(withToken())).status).to.equal(201)
    })
  })

  describe('retention', () => {
    it('ends messages earlier than they would by themselves', async () => {
      await configure({ retentionMillis: 60_000 })
      await send()
      relay.clock.ahead = 59_000
      expect(await relay.store.read(owner.mailbox, { limit: 9, now: relay.clock.now() })).to.have.length(1)
      relay.clock.ahead = 61_000
      expect(await relay.store.read(owner.mailbox, { limit: 9, now: relay.clock.now() })).to.have.length(0)
      await relay.store.sweep(relay.clock.now())
      expect(await stored()).to.equal(0)
    })
  })

  describe('rates', () => {
    it('of a mailbox bound what all addresses send to it, and contacts are not crowded out', async () => {
      await relay[Symbol.asyncDispose]()
      relay = await startTestRelay({ mailboxBurst: 2, mailboxPerSecond: 0.5 }, { trustProxy: true })
      owner = relay.directory.register()
      await configure({ writers })
      const from = (n: number) => ({ 'x-forwarded-for': `192.0.2.${n}` })
      const answers = [await send(from(1)), await send(from(2)), await send(from(3))]
      expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 429])
      expect(answers[2]!.headers.get('retry-after')).to.equal('2')
      expect((await send({ ...from(4), ...withToken() })).status).to.equal(201)
      const other = randomEnvelope(relay.directory.register().mailbox)
      expect((await send(from(5), other)).status).to.equal(201)
    })

    it('count refused mail against its address but not against the mailbox', async () => {
      await relay[Symbol.asyncDispose]()
      relay = await startTestRelay({ mailboxBurst: 1, mailboxPerSecond: 0.01 })
      owner = relay.directory.register()
      await configure({ write: 'contacts', writers })
      for (let i = 0; i < 3; i++) await send()
      expect((await send(withToken())).status).to.equal(201)
    })
  })

  describe('settings', () => {
    it('outlive the relay in its store, and are gone with the mailbox', async () => {
      await configure({ write: 'contacts', writers })
      await using again = await startTestRelay({}, { mailbox: relay.store, directory: relay.directory })
      expect((await again.post('/v1/envelopes', randomEnvelope(owner.mailbox))).status).to.equal(403)
      await relay.store.eraseMailbox(owner.mailbox)
      relay.clock.ahead = 6000
      expect((await send()).status).to.equal(201)
    })
  })
})
