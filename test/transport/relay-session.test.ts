import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { toBase64, utf8 } from '../../src/core/bytes.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { openSession } from '../../src/transport/relay-session.ts'
import { encodeChallenge, relayOriginOf } from '../../src/wire/challenge.ts'
import { rejectionCode } from '../support/refusal.ts'
import { TestDirectory } from '../support/relay-world.ts'

const { sha256 } = nodeBackend
const owner = new TestDirectory().register()

describe('transport/relay-session', () => {
  let server: Server
  let relay: string
  let answers: Record<string, string>

  beforeEach(async () => {
    server = createServer((request, response) => response.end(answers[request.url ?? ''])).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { mailbox, cardId } = owner
    const relayOrigin = sha256(utf8(relayOriginOf(relay)))
    const challenge = encodeChallenge({ relayOrigin, mailbox, cardId, nonce: new Uint8Array(32), expires: 1 })
    answers = { '/v1/challenges': JSON.stringify({ challenge: toBase64(challenge) }) }
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const open = () => openSession({ relay, owner, sha256, timeoutMillis: 5000 })

  describe('openSession', () => {
    it('gives the token and its end', async () => {
      answers['/v1/sessions'] = '{"token":"a.b.c","expires":1800000000000,"mailbox":"0x"}'
      expect(await open()).to.deep.equal({ token: 'a.b.c', expires: 1_800_000_000_000 })
    })

    it('refuses an answer without a token or an end that comes', async () => {
      for (const answer of [
        '{}',
        '{"token":1,"expires":1}',
        '{"token":"a"}',
        '{"token":"a","expires":"1"}',
        '{"token":"a","expires":1e999}',
        '{"token":"a","expires":0.5}',
        '{"token":"a","token":"b","expires":1}',
        '[]',
        '',
      ]) {
        answers['/v1/sessions'] = answer
        expect(await rejectionCode(open()), answer).to.equal('transport.malformed_answer')
      }
    })

    it('refuses a challenge that is none', async () => {
      for (const challenge of ['1', '"AAAA"', '"?"', '{"toString":1}']) {
        answers['/v1/challenges'] = `{"challenge":${challenge}}`
        expect(await rejectionCode(open()), challenge).to.equal('transport.malformed_answer')
      }
    })
  })
})
