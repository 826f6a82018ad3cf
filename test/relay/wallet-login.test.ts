import { expect } from 'chai'
import type { WalletMessage } from '../../src/identity/wallet-verifier.ts'
import type { MailboxOwner } from '../../src/transport/port.ts'
import { fakeWallets } from '../support/fake-wallets.ts'
import { startTestRelay, type TestAnswer, type TestRelay } from '../support/relay-world.ts'

const wallet = `0x${'77'.repeat(20)}`
const unauthorized = [401, 'relay.unauthorized']
const invalid = [401, 'relay.challenge_invalid']

function codeOf({ status, body }: TestAnswer): [number, string] {
  return [status, String(body['code'])]
}

describe('relay/wallet-login', () => {
  let relay: TestRelay
  let owner: MailboxOwner
  let controls: boolean | Error
  let signed: boolean
  beforeEach(async () => {
    controls = true
    signed = true
    const wallets = fakeWallets({
      isSigned: async () => signed,
      controls: async (address) => {
        if (controls instanceof Error) throw controls
        return controls && address === wallet
      },
    })
    relay = await startTestRelay({ sweepMillis: 20 }, { wallets })
    owner = relay.directory.register()
  })
  afterEach(() => relay[Symbol.asyncDispose]())

  const who = () => ({ agent: `eip155:31337:${owner.agent.address}`, registry: owner.agent.registry, wallet })
  const challenge = async (from = relay) => String((await from.post('/v1/wallet-challenges', who())).body['message'])
  const answer = (message: string, change: object = {}) =>
    relay.post('/v1/wallet-sessions', { ...who(), message, signature: 'AAAA', ...change })
  const lease = (token: string) => relay.post('/v1/lease', { consumer: 'one' }, { authorization: `Bearer ${token}` })

  describe('challenge', () => {
    it('is a text for this origin, agent and wallet, good for a minute', async () => {
      const message = JSON.parse(await challenge()) as WalletMessage
      expect(message).to.include({ wallet, chainId: 31_337, uri: relay.url, domain: new URL(relay.url).host })
      expect(message.statement).to.include(owner.agent.address).and.include(owner.agent.registry)
      expect(message.nonce).to.match(/^[0-9a-f]{64}$/)
      expect(message.expires - message.issuedAt).to.equal(60_000)
    })

    it('is not there where the relay has no way to check wallets', async () => {
      await using without = await startTestRelay()
      expect(codeOf(await without.post('/v1/wallet-challenges', who()))).to.deep.equal([404, 'relay.not_found'])
    })
  })

  describe('open', () => {
    it("gives the wallet that controls an agent a session for that agent's mailbox", async () => {
      const { status, body } = await answer(await challenge())
      expect(status).to.equal(201)
      expect(body['mailbox']).to.equal(owner.mailbox)
      expect((await lease(body['token']!)).status).to.equal(200)
    })

    it('takes a text once, also when answers come at the same time', async () => {
      const message = await challenge()
      const answers = await Promise.all([answer(message), answer(message), answer(message)])
      expect(answers.filter(({ status }) => status === 201)).to.have.length(1)
      expect(codeOf(await answer(message))).to.deep.equal(invalid)
    })

    it('takes no text after 60 seconds, of another relay, or that was changed or made up', async () => {
      await using other = await startTestRelay({}, { wallets: fakeWallets(), directory: relay.directory })
      expect(codeOf(await answer(await challenge(other)))).to.deep.equal(invalid)
      const text = await challenge()
      const message = JSON.parse(text) as WalletMessage
      const forged = [
        { ...message, expires: message.expires + 1 },
        { ...message, issuedAt: message.issuedAt + 1, expires: message.expires + 1 },
        { ...message, nonce: '0'.repeat(64) },
        { ...message, nonce: 'zz' },
        { ...message, uri: 'https://other.example' },
        { ...message, statement: 'Give me everything.' },
      ].map((one) => JSON.stringify(one))
      for (const one of [...forged, `${text} `, 'no such text'])
        expect(codeOf(await answer(one)), one).to.deep.equal(invalid)
      expect(codeOf(await answer(text, { wallet: `0x${'78'.repeat(20)}` }))).to.deep.equal(invalid)
      const agent = `eip155:31337:0x${'01'.repeat(20)}`
      expect(codeOf(await answer(text, { agent }))).to.deep.equal(invalid)
      relay.clock.ahead = 60_001
      expect(codeOf(await answer(text))).to.deep.equal(invalid)
    })

    it('says the same to a wrong signature and to a wallet that controls nothing', async () => {
      signed = false
      const wrong = await answer(await challenge())
      signed = true
      controls = false
      const stranger = await answer(await challenge())
      expect(codeOf(wrong)).to.deep.equal(unauthorized)
      expect(stranger.body).to.deep.equal(wrong.body)
    })
  })

  describe('a session by wallet', () => {
    it('ends when the wallet controls the agent no more', async () => {
      const { body } = await answer(await challenge())
      controls = false
      expect(codeOf(await lease(body['token']!))).to.deep.equal([401, 'relay.session_invalid'])
    })

    it('is of no use at a relay that cannot check wallets', async () => {
      const { body } = await answer(await challenge())
      await using without = await startTestRelay({}, { origin: relay.url, directory: relay.directory })
      const headers = { authorization: `Bearer ${body['token']}` }
      expect(codeOf(await without.post('/v1/lease', { consumer: 'one' }, headers))).to.deep.equal([
        401,
        'relay.session_invalid',
      ])
    })
  })
})
