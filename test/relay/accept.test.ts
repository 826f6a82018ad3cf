import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { verifyAcceptance } from '../../src/anchor/verify-acceptance.ts'
import { fromBase64, toBase64, toHex } from '../../src/core/bytes.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { StorageFullError } from '../../src/relay/mailbox/errors.ts'
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

  describe('many envelopes in one call', () => {
    interface Outcome {
      readonly receipt?: string
      readonly duplicate?: boolean
      readonly problem?: { readonly code: string }
    }

    async function sendAll(items: readonly object[]): Promise<Outcome[]> {
      const { body } = await relay.post('/v1/envelopes/batch', { items })
      return body['outcomes'] as unknown as Outcome[]
    }

    const short = ({ receipt, duplicate, problem }: Outcome) =>
      receipt === undefined ? problem?.code : duplicate ? 'duplicate' : 'accepted'

    it('have their outcomes in their order, and what is refused takes nothing else with it', async () => {
      await configure({ write: 'contacts', writers })
      const open = relay.directory.register().mailbox
      const good = randomEnvelope(open)
      const expired = randomEnvelope(open, { expires: relay.clock.now() - 1 })
      const tooFar = randomEnvelope(open, { expires: relay.clock.now() + 400 * 86_400_000 })
      const envelopes = [good, expired, good, randomEnvelope(owner.mailbox), Uint8Array.of(1), tooFar]
      const plain = envelopes.map((envelope) => ({ envelope: toBase64(envelope) }))
      const invited = { envelope: toBase64(randomEnvelope(owner.mailbox)), token: toBase64(token) }
      const outcomes = await sendAll([...plain, invited])
      expect(outcomes.map(short)).to.deep.equal([
        'accepted',
        'relay.expired',
        'duplicate',
        'relay.write_refused',
        'wire.truncated',
        'relay.expiry_too_far',
        'accepted',
      ])
      expect(await stored()).to.equal(2)
      const { receipt } = verifyAcceptance(fromBase64(outcomes[6]!.receipt!))
      expect(receipt.mailbox).to.equal(owner.mailbox)
    })

    it('are as many duplicates when they come again, each with the arrival number it had', async () => {
      const items = Array.from({ length: 256 }, () => ({ envelope: toBase64(randomEnvelope(owner.mailbox)) }))
      const seqsOf = (outcomes: readonly Outcome[]) =>
        outcomes.map(({ receipt }) => verifyAcceptance(fromBase64(receipt!)).receipt.seq)
      const first = await sendAll(items)
      const again = await sendAll(items)
      expect(new Set(first.map(short))).to.deep.equal(new Set(['accepted']))
      expect(new Set(again.map(short))).to.deep.equal(new Set(['duplicate']))
      expect(seqsOf(again)).to.deep.equal(seqsOf(first))
      expect(await stored()).to.equal(256)
    })

    it('are all refused by the error of a store that fails', async () => {
      const { append } = relay.store
      relay.store.append = () => Promise.reject(new StorageFullError())
      const outcomes = await sendAll([1, 2].map(() => ({ envelope: toBase64(randomEnvelope(owner.mailbox)) })))
      expect(outcomes.map(short)).to.deep.equal(['relay.storage_full', 'relay.storage_full'])
      relay.store.append = append
      expect(relay.log.filter(({ event }) => event === 'request.failed')).to.have.length(1)
      expect((await send()).status).to.equal(201)
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
