import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { SignJWT, UnsecuredJWT } from 'jose'
import { Secret } from '../../src/core/secret.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { decodeChallenge, encodeChallenge } from '../../src/wire/challenge.ts'
import { answerChallenge, startTestRelay, type TestAnswer, type TestRelay, whoIs } from '../support/relay-world.ts'

function codeOf({ status, body }: TestAnswer): [number, string] {
  return [status, String(body['code'])]
}

const invalidChallenge = [401, 'relay.challenge_invalid']
const unauthorized = [401, 'relay.unauthorized']
const invalidSession = [401, 'relay.session_invalid']

describe('relay/sessions', () => {
  let relay: TestRelay
  let owner: MailboxOwner
  beforeEach(async () => {
    relay = await startTestRelay()
    owner = relay.directory.register()
  })
  afterEach(() => relay[Symbol.asyncDispose]())

  const tryToken = (token: string, path = '/v1/lease') =>
    relay.post(path, { consumer: 'one' }, { authorization: `Bearer ${token}` })

  async function fetchChallenge(from: TestRelay = relay, who: MailboxOwner = owner): Promise<Buffer> {
    return Buffer.from(String((await from.post('/v1/challenges', whoIs(who))).body['challenge']), 'base64')
  }

  function answer(challenge: Uint8Array, change: Record<string, string> = {}): Promise<TestAnswer> {
    const signature = Buffer.from(owner.sign(challenge)).toString('base64')
    const body = { ...whoIs(owner), challenge: Buffer.from(challenge).toString('base64'), signature, ...change }
    return relay.post('/v1/sessions', body)
  }

  describe('open', () => {
    it('gives a token for the mailbox of the card that signed', async () => {
      const { status, body } = await answerChallenge(relay, owner)
      expect(status).to.equal(201)
      expect(body['mailbox']).to.equal(owner.mailbox)
      expect((await tryToken(body['token']!)).status).to.equal(200)
    })

    it('takes a challenge once, also when two answers come at the same time', async () => {
      const challenge = await fetchChallenge()
      const answers = await Promise.all([answer(challenge), answer(challenge), answer(challenge)])
      expect(answers.filter(({ status }) => status === 201)).to.have.length(1)
      expect(codeOf(await answer(challenge))).to.deep.equal(invalidChallenge)
    })

    it('takes no challenge after 60 seconds', async () => {
      const challenge = await fetchChallenge()
      relay.clock.ahead = 60_001
      expect(codeOf(await answer(challenge))).to.deep.equal(invalidChallenge)
    })

    it('takes no challenge of another relay, nor one that was changed or made up', async () => {
      await using other = await startTestRelay({}, { directory: relay.directory })
      expect(codeOf(await answer(await fetchChallenge(other)))).to.deep.equal(invalidChallenge)
      const challenge = decodeChallenge(await fetchChallenge())
      for (const forged of [
        { ...challenge, expires: challenge.expires + 1 },
        { ...challenge, nonce: new Uint8Array(32) },
        { ...challenge, relayOrigin: new Uint8Array(32) },
      ])
        expect(codeOf(await answer(encodeChallenge(forged)))).to.deep.equal(invalidChallenge)
    })

    it('takes no challenge that was made for another mailbox or card', async () => {
      const other = relay.directory.register()
      const challenge = await fetchChallenge(relay, other)
      expect(codeOf(await answer(challenge))).to.deep.equal(invalidChallenge)
      expect(codeOf(await answer(await fetchChallenge(), { cardId: other.cardId }))).to.deep.equal(invalidChallenge)
    })

    it('says the same of an unknown agent, a card that is not valid, and a wrong signature', async () => {
      const stranger = { ...owner, agent: { ...owner.agent, address: `0x${'01'.repeat(20)}` as never } }
      const unknown = await answerChallenge(relay, stranger)
      const wrong = await answerChallenge(relay, owner, (body) => ({
        ...body,
        signature: Buffer.alloc(64, 1).toString('base64'),
      }))
      const others = await answerChallenge(relay, { ...owner, sign: relay.directory.register().sign })
      relay.directory.change(owner.cardId, { revokedAt: 2 })
      const revoked = await answerChallenge(relay, owner)
      relay.directory.change(owner.cardId, { revokedAt: 0, validUntil: 2 })
      const expired = await answerChallenge(relay, owner)
      relay.directory.change(owner.cardId, { validUntil: 0, validFrom: 99_999_999_999 })
      const early = await answerChallenge(relay, owner)
      for (const refused of [unknown, wrong, others, revoked, expired, early]) {
        expect(codeOf(refused)).to.deep.equal(unauthorized)
        expect(refused.body).to.deep.equal(unknown.body)
      }
    })

    it('does not use up a challenge by a wrong answer', async () => {
      const challenge = await fetchChallenge()
      await answer(challenge, { signature: Buffer.alloc(64).toString('base64') })
      expect((await answer(challenge)).status).to.equal(201)
    })

    it('tells a chain that cannot be asked from an agent that is not there', async () => {
      relay.directory.down = true
      expect(codeOf(await answerChallenge(relay, owner))).to.deep.equal([503, 'relay.directory_unavailable'])
    })

    it('refuses malformed fields by name', async () => {
      const wrong: Record<string, string> = {
        agent: 'eip155:0:0x00',
        registry: '0x1',
        cardId: 'x',
        challenge: 'AA==',
        signature: 'not base64',
      }
      for (const [field, value] of Object.entries(wrong)) {
        const refused = await answerChallenge(relay, owner, (body) => ({ ...body, [field]: value }))
        expect(codeOf(refused)).to.deep.equal([400, 'relay.malformed_request'])
        expect(refused.body['facts']).to.include({ field })
      }
    })
  })

  describe('mailboxOf', () => {
    it('opens the mailbox of the token and no other', async () => {
      const other = relay.directory.register()
      const token = await relay.session(other)
      await relay.store.append(
        [
          {
            mailboxes: [owner.mailbox],
            messageId: `0x${'05'.repeat(16)}` as never,
            priority: 'normal',
            expires: Date.now() + 9999,
            body: new Uint8Array(9),
          },
        ],
        Date.now(),
      )
      expect((await tryToken(token)).body['messages']).to.deep.equal([])
    })

    it('refuses a token after 15 minutes', async () => {
      const token = await relay.session(owner)
      relay.clock.ahead = 899_000
      expect((await tryToken(token)).status).to.equal(200)
      relay.clock.ahead = 901_000
      expect(codeOf(await tryToken(token))).to.deep.equal(invalidSession)
    })

    it('refuses a token of another relay, even one with the same key', async () => {
      await using other = await startTestRelay({}, { directory: relay.directory })
      expect(codeOf(await tryToken(await other.session(owner)))).to.deep.equal(invalidSession)
    })

    it('refuses a token of a relay at the same origin with another key', async () => {
      const relayKey = new Secret(new Uint8Array(32).fill(9))
      await using other = await startTestRelay({}, { directory: relay.directory, origin: relay.url, relayKey })
      expect(codeOf(await tryToken(await other.session(owner)))).to.deep.equal(invalidSession)
    })

    it('refuses unsigned tokens, tokens signed with the public key as a shared secret, and tampered ones', async () => {
      const claims = { sub: owner.mailbox }
      const unsigned = new UnsecuredJWT(claims)
        .setIssuer(relay.url)
        .setAudience(relay.url)
        .setExpirationTime('5m')
        .encode()
      const confused = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'herald-session+jwt' })
        .setIssuer(relay.url)
        .setAudience(relay.url)
        .setExpirationTime('5m')
        .sign(relay.relay.publicKey)
      const token = await relay.session(owner)
      const [head = '', body = '', signature = ''] = token.split('.')
      const swapped = JSON.parse(Buffer.from(body, 'base64url').toString())
      swapped.sub = relay.directory.register().mailbox
      const tampered = [head, Buffer.from(JSON.stringify(swapped)).toString('base64url'), signature].join('.')
      const none = [Buffer.from('{"alg":"none","typ":"herald-session+jwt"}').toString('base64url'), body, ''].join('.')
      const mac = createHmac('sha256', relay.relay.publicKey).update(`${head}.${body}`).digest('base64url')
      for (const forged of [
        unsigned,
        confused,
        tampered,
        none,
        `${head}.${body}.${mac}`,
        `${head}.${body}.`,
        'x',
        'a.b.c',
      ])
        expect(codeOf(await tryToken(forged))).to.deep.equal(invalidSession)
      expect(codeOf(await tryToken('x'.repeat(5000)))).to.deep.equal(invalidSession)
    })

    it('refuses another spelling of a token’s signature, found by fuzzing: unused bits, foreign characters', async () => {
      const token = await relay.session(owner)
      const last = token.at(-1) as string
      // 64 bytes leave four bits of the last digit unused: its neighbour in base64url means the same.
      const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const neighbour = digits[digits.indexOf(last) ^ 1]
      for (const other of [
        `${token.slice(0, -1)}${neighbour}`,
        `${token}=`,
        `${token}!`,
        `${token.slice(0, -3)}*${token.slice(-3)}`,
      ])
        expect(codeOf(await tryToken(other)), other.slice(-5)).to.deep.equal(invalidSession)
      expect((await tryToken(token)).status).to.equal(200)
    })
  })
})
