/** AES-GCM does not commit to its key: one ciphertext for two keys is made for real, and refused all the same. */
import { expect } from 'chai'
import { concatBytes, fromUtf8, utf8 } from '../../../src/core/bytes.ts'
import { asConversationId, asMessageId } from '../../../src/core/ids.ts'
import { suiteXWing } from '../../../src/core/suite.ts'
import type { CryptoBackend } from '../../../src/crypto/backend.ts'
import { openBase, setupBaseSender } from '../../../src/crypto/hpke.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { mailboxOf } from '../../../src/identity/mailbox-id.ts'
import { hpkeInfo } from '../../../src/messaging/sealed/hpke-info.ts'
import { type OpenContext, openMessage } from '../../../src/messaging/sealed/open-message.ts'
import { statementOf } from '../../../src/messaging/sealed/statement-of.ts'
import { decodeEnvelope, encodeEnvelope, encodeHeader } from '../../../src/wire/envelope.ts'
import { encodeInnerMessage } from '../../../src/wire/inner-message.ts'
import { aadForTag, type GcmContext, gcmTag, keyStream } from '../../support/gcm.ts'
import { memoryDirectory, type TestAgent } from '../../support/memory-directory.ts'
import { rejection, rejectionCode } from '../../support/refusal.ts'

const now = 1_800_000_000_000
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const expires = now + 60_000
/** Where the message id stands in a header: 16 bytes that a sender is free to choose. */
const messageIdAt = 68

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] as number))

/** What a sender knows of an HPKE context that it made: the header to put it in, and the AEAD's key and nonce. */
function contextFor({ agent, cardId, card }: TestAgent): GcmContext & { headerBytes: Uint8Array } {
  let seen: GcmContext | undefined
  const spying: CryptoBackend = {
    ...nodeBackend,
    aes256GcmSeal(key, nonce, aad, plaintext) {
      seen = { key: Uint8Array.from(key), nonce: Uint8Array.from(nonce) }
      return nodeBackend.aes256GcmSeal(key, nonce, aad, plaintext)
    },
  }
  const made = setupBaseSender(spying, suiteXWing, card.sealingKey, hpkeInfo(suiteXWing, agent, cardId), random)!
  made.seal(new Uint8Array(0), new Uint8Array(0))
  const headerBytes = encodeHeader({
    ...{ suite: suiteXWing, recipientCard: cardId, expires, enc: made.enc },
    mailbox: mailboxOf(nodeBackend, agent),
    messageId: asMessageId(`0x${'a1'.repeat(16)}`),
    priority: 'normal',
  })
  return { ...seen!, headerBytes }
}

describe('messaging/sealed: one ciphertext for two keys', () => {
  const directory = memoryDirectory()
  const alice = directory.publish(0xa11ce)
  const bob = directory.publish(0xb0b)
  const carol = directory.publish(0xca401)
  const contextOf = (agent: TestAgent, change: Partial<OpenContext> = {}): OpenContext => ({
    backend: nodeBackend,
    self: agent.agent,
    keyringOf: (cardId) => (cardId === agent.cardId ? agent.keyring : undefined),
    directory,
    now: () => now,
    ...change,
  })

  /** What alice says to an agent under a header, signed and in order. */
  function plaintextFor({ agent }: TestAgent, headerBytes: Uint8Array, body: Uint8Array): Uint8Array {
    const unsigned = {
      sender: alice.agent,
      senderCard: alice.cardId,
      conversation: asConversationId(`0x${'c0'.repeat(16)}`),
      ...{ seq: 0, created: now - 1000, expires, inReplyTo: undefined, opening: random(64) },
      ...({ kind: 'message', contentType: 'text/plain', body } as const),
    }
    const statement = statementOf(nodeBackend, unsigned, headerBytes, agent)
    return encodeInnerMessage({ ...unsigned, signature: nodeBackend.ed25519Sign(alice.keyring.signing, statement) })
  }

  const said = utf8('To bob: I owe you 1. ')
  const meant = utf8('To carol: I owe you 1,000,000. ')
  const bodyAt = 144 + 'text/plain'.length
  const fromCarolsView = bodyAt + said.length

  /** Two envelopes of one ciphertext and tag, for two agents. */
  function salamander() {
    const bobs = contextFor(bob)
    for (;;) {
      const carols = contextFor(carol)
      const streams = [bobs, carols].map((context) =>
        keyStream(context, fromCarolsView + meant.length).subarray(fromCarolsView),
      ) as [Uint8Array, Uint8Array]
      const body = concatBytes(said, xor(xor(meant, streams[1]), streams[0]))
      const plaintext = plaintextFor(bob, bobs.headerBytes, body)
      const ciphertext = xor(plaintext, keyStream(bobs, plaintext.length))
      const tag = gcmTag(bobs, bobs.headerBytes, ciphertext)
      const carolsHeader = aadForTag(carols, carols.headerBytes, ciphertext, tag, messageIdAt)
      if (carolsHeader === undefined) continue
      const sealed = concatBytes(ciphertext, Buffer.from(tag.toString(16).padStart(32, '0'), 'hex'))
      return { toBob: encodeEnvelope(bobs.headerBytes, sealed), toCarol: encodeEnvelope(carolsHeader, sealed) }
    }
  }

  const { toBob, toCarol } = salamander()

  /** What the AEAD alone gives an agent. */
  function openedBy({ agent, cardId, keyring }: TestAgent, envelope: Uint8Array): Uint8Array | undefined {
    const { header, headerBytes, ciphertext } = decodeEnvelope(envelope)
    const info = hpkeInfo(suiteXWing, agent, cardId)
    return openBase(nodeBackend, suiteXWing, keyring.sealing, header.enc, info, headerBytes, ciphertext)
  }

  it('is possible: the AEAD opens the same bytes for both, to another text for each', () => {
    expect(decodeEnvelope(toBob).ciphertext).to.deep.equal(decodeEnvelope(toCarol).ciphertext)
    const bobs = openedBy(bob, toBob)!
    const carols = openedBy(carol, toCarol)!
    expect(fromUtf8(bobs.subarray(bodyAt, bodyAt + said.length))).to.equal('To bob: I owe you 1. ')
    expect(fromUtf8(carols.subarray(fromCarolsView, fromCarolsView + meant.length))).to.equal(
      'To carol: I owe you 1,000,000. ',
    )
    expect(carols).to.not.deep.equal(bobs)
  })

  it('is taken by the one it is signed for', async () => {
    const { message } = await openMessage(contextOf(bob), toBob)
    expect(message.sender).to.deep.equal(alice.agent)
  })

  it('is refused by the other, whose plaintext is no message: what a message begins with is fixed', async () => {
    const error = await rejection(openMessage(contextOf(carol), toCarol))
    expect(error.code).to.match(/^wire\./)
    expect(error.facts).to.include({ structure: 'inner message' })
  })

  /** Carol, were her AEAD to open to whatever the sender wished: the worst that any collision could do. */
  const deceived = (plaintext: Uint8Array) =>
    contextOf(carol, { backend: { ...nodeBackend, aes256GcmOpen: () => plaintext } })

  it('is refused by its signature even if it opened to a well-formed message of the sender for somebody else', async () => {
    const plaintext = openedBy(bob, toBob)!
    expect(await rejectionCode(openMessage(deceived(plaintext), toCarol))).to.equal('sealed.signature_invalid')
  })

  it('is refused by its signature even if it opened to what the sender signed for the same agent in another header', async () => {
    const plaintext = plaintextFor(carol, contextFor(carol).headerBytes, meant)
    expect(await rejectionCode(openMessage(deceived(plaintext), toCarol))).to.equal('sealed.signature_invalid')
  })
})
