import { expect } from 'chai'
import fc from 'fast-check'
import { isHeraldError } from '../../../src/core/errors.ts'
import { asAddress, asConversationId, asMessageId, type CardId } from '../../../src/core/ids.ts'
import { maxClockSkewMillis, maxLifetimeMillis } from '../../../src/core/limits.ts'
import { suiteSizes, suiteX25519, suiteXWing } from '../../../src/core/suite.ts'
import { setupBaseSender } from '../../../src/crypto/hpke.ts'
import { nobleBackend } from '../../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { hpkeInfo } from '../../../src/messaging/sealed/hpke-info.ts'
import { type OpenContext, openMessage } from '../../../src/messaging/sealed/open-message.ts'
import { type Draft, sealMessage, sealMessageLater } from '../../../src/messaging/sealed/seal-message.ts'
import { decodeEnvelope, encodeEnvelope, encodeHeader } from '../../../src/wire/envelope.ts'
import { decodeInnerMessage, encodeInnerMessage } from '../../../src/wire/inner-message.ts'
import { memoryDirectory, type TestAgent } from '../../support/memory-directory.ts'

const now = 1_800_000_000_000
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const draft: Draft = {
  kind: 'message',
  contentType: 'text/plain;charset=utf-8',
  body: new TextEncoder().encode('the quote is 42'),
  messageId: asMessageId(`0x${'a1'.repeat(16)}`),
  conversation: asConversationId(`0x${'c0'.repeat(16)}`),
  seq: 0,
  created: now - 1000,
  expires: now + 60_000,
  inReplyTo: undefined,
  priority: 'normal',
}

/** The code of the error a promise rejects with; any other outcome fails the test. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isHeraldError(error)) return error.code
    throw error
  }
  throw new Error('expected a refusal')
}

describe('messaging/sealed', () => {
  const directory = memoryDirectory()
  const alice = directory.publish(0xa11ce)
  const bob = directory.publish(0xb0b)
  const carol = directory.publish(0xca401)
  const from = (agent: TestAgent) => ({ agent: agent.agent, cardId: agent.cardId, keyring: agent.keyring })
  const contextOf = (agent: TestAgent, change: Partial<OpenContext> = {}): OpenContext => ({
    backend: nodeBackend,
    self: agent.agent,
    keyringOf: (cardId: CardId) => (cardId === agent.cardId ? agent.keyring : undefined),
    directory,
    now: () => now,
    ...change,
  })
  const seal = (change: Partial<Draft> = {}, sender = alice, recipient = bob) =>
    sealMessage(nodeBackend, random, from(sender), recipient, { ...draft, ...change })

  describe('sealMessageLater', () => {
    for (const [by, backend] of Object.entries({ noble: nobleBackend, node: nodeBackend }))
      it(`seals large bodies by ${by} as every backend opens them, and no other header`, async () => {
        const body = new Uint8Array(100_000).map((_, i) => i * 7)
        const sealed = await sealMessageLater(backend, random, from(alice), bob, { ...draft, body })
        for (const opener of [nobleBackend, nodeBackend]) {
          const context = contextOf(bob, { backend: opener })
          expect((await openMessage(context, sealed.envelope)).message.body).to.deep.equal(body)
          const changed = Uint8Array.from(sealed.envelope)
          changed[4 + 32 + 32 + 16]! ^= 1 // the priority
          expect(await codeOf(openMessage(context, changed))).to.equal('sealed.open_failed')
        }
      })
  })

  describe('sealMessage and openMessage', () => {
    for (const backend of [nodeBackend, nobleBackend])
      it(`carries a message from sealer to opener on ${backend.name}`, async () => {
        const { envelope } = sealMessage(backend, random, from(alice), bob, draft)
        const opened = await openMessage(contextOf(bob, { backend }), envelope)
        expect(opened.message.body).to.deep.equal(draft.body)
        expect(opened.message.sender).to.deep.equal(alice.agent)
        expect(opened.message.senderCard).to.equal(alice.cardId)
        expect(opened.sender.card.kind).to.equal('agent')
        expect(opened.header.priority).to.equal('normal')
      })

    it('seals by the classical suite for a card that says so', async () => {
      const dave = directory.publish(0xdade, { suite: suiteX25519 })
      const { envelope } = seal({}, alice, dave)
      expect(decodeEnvelope(envelope).header.suite).to.equal(suiteX25519)
      expect((await openMessage(contextOf(dave), envelope)).message.body).to.deep.equal(draft.body)
    })

    it('shows a relay no byte of the sender, the body or the content type', () => {
      const { envelope } = seal({ body: new Uint8Array(500).fill(0x5a) })
      const seen = Buffer.from(envelope)
      for (const secret of [alice.agent.address, alice.cardId])
        expect(seen.includes(Buffer.from(secret.slice(2), 'hex'))).to.equal(false)
      expect(seen.includes(Buffer.from('text/plain'))).to.equal(false)
      expect(seen.includes(Buffer.alloc(16, 0x5a))).to.equal(false)
    })

    it('refuses to seal for a card whose sealing key is not a key', () => {
      const broken = { ...bob, card: { ...bob.card, sealingKey: new Uint8Array(1216).fill(0xff) } }
      expect(() => sealMessage(nodeBackend, random, from(alice), broken, draft))
        .to.throw()
        .with.property('code', 'sealed.unusable_card')
    })
  })

  describe('promise: a relay cannot read, forge, re-address or replay', () => {
    /** What a flipped bit is refused for, by where it stands in an envelope whose enc has so many bytes. */
    const refusedFor = (encBytes: number): readonly (readonly [end: number, codes: RegExp])[] => [
      [1, /^wire\.unknown_version$/],
      [2, /^wire\.malformed_field$/], // type
      [4, /^wire\.unknown_suite$/],
      [68, /^sealed\.not_for_me$/], // mailbox and card
      [84, /^sealed\.open_failed$/], // message id
      [85, /^(sealed\.open_failed|wire\.malformed_field)$/], // priority
      [93, /^(sealed\.(open_failed|expired)|wire\.malformed_field)$/], // expires
      [93 + encBytes, /^sealed\.open_failed$/],
      [97 + encBytes, /^wire\.(too_large|truncated|trailing_bytes|malformed_field)$/], // length
      [Number.POSITIVE_INFINITY, /^sealed\.open_failed$/], // ciphertext and tag
    ]

    for (const suite of [suiteXWing, suiteX25519] as const)
      it(`refuses an envelope with any single bit flipped, for the reason of its field (suite 0x${suite.toString(16)})`, async () => {
        const recipient = directory.publish(0xf11b, { suite })
        const { envelope } = seal({ body: new Uint8Array(16) }, alice, recipient)
        const context = contextOf(recipient)
        const reasons = refusedFor(suiteSizes(suite).encBytes)
        for (let bit = 0; bit < envelope.length * 8; bit++) {
          const damaged = Uint8Array.from(envelope)
          damaged[bit >> 3]! ^= 1 << (bit & 7)
          const [, codes] = reasons.find(([end]) => bit >> 3 < end)!
          expect(await codeOf(openMessage(context, damaged)), `bit ${bit}`).to.match(codes)
        }
      }).timeout(120_000)

    it('refuses an envelope cut at any length', async () => {
      const { envelope } = seal()
      for (let length = 0; length < envelope.length; length += 7)
        expect(await codeOf(openMessage(contextOf(bob), envelope.subarray(0, length)))).to.match(/^wire\./)
    })

    it('refuses random bytes with typed errors only', () =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 1500 }), async (bytes) => {
          const versioned = Uint8Array.from([1, 2, 0x64, 0x7a, ...bytes])
          expect(await codeOf(openMessage(contextOf(bob), versioned))).to.match(/^(wire|sealed)\./)
        }),
        { seed: 20261123, numRuns: 200 },
      ))

    it('refuses an envelope re-addressed to another card', async () => {
      const { header, ciphertext } = decodeEnvelope(seal().envelope)
      const moved = encodeEnvelope(encodeHeader({ ...header, recipientCard: carol.cardId }), ciphertext)
      expect(await codeOf(openMessage(contextOf(bob), moved))).to.equal('sealed.not_for_me')
      expect(await codeOf(openMessage(contextOf(carol), moved))).to.equal('sealed.not_for_me')
    })

    it('does not call a message foreign that is for a card of ours whose keys another replica keeps', async () => {
      const { envelope } = seal()
      const without = openMessage(contextOf(bob, { keyringOf: () => undefined }), envelope)
      expect(await codeOf(without)).to.equal('messaging.key_missing')
    })

    it('refuses a message that its recipient seals again for somebody else (surreptitious forwarding)', async () => {
      const opened = await openMessage(contextOf(bob), seal().envelope)
      const suite = suiteXWing
      const info = hpkeInfo(suite, carol.agent, carol.cardId)
      const forwarding = setupBaseSender(nodeBackend, suite, carol.card.sealingKey, info, random)!
      const target = decodeEnvelope(seal({}, bob, carol).envelope).header
      const headerBytes = encodeHeader({ ...target, messageId: opened.header.messageId, enc: forwarding.enc })
      const envelope = encodeEnvelope(headerBytes, forwarding.seal(headerBytes, opened.innerBytes))
      expect(await codeOf(openMessage(contextOf(carol), envelope))).to.equal('sealed.signature_invalid')
    })

    /** Seals an inner message as it is, without making its signature fit. */
    function sealForged(change: (inner: ReturnType<typeof decodeInnerMessage>) => object, expires = draft.expires) {
      const honest = seal()
      const info = hpkeInfo(suiteXWing, bob.agent, bob.cardId)
      const context = setupBaseSender(nodeBackend, suiteXWing, bob.card.sealingKey, info, random)!
      const { header } = decodeEnvelope(honest.envelope)
      const headerBytes = encodeHeader({ ...header, expires, enc: context.enc })
      const inner = decodeInnerMessage(honest.innerBytes)
      return encodeEnvelope(headerBytes, context.seal(headerBytes, encodeInnerMessage({ ...inner, ...change(inner) })))
    }

    it('refuses a message whose sender is swapped for another registered agent', async () => {
      const forged = sealForged(() => ({ sender: carol.agent, senderCard: carol.cardId }))
      expect(await codeOf(openMessage(contextOf(bob), forged))).to.equal('sealed.signature_invalid')
    })

    it('refuses a changed body, seq, time, conversation, parent, opening or kind', async () => {
      const changes = [
        { body: new Uint8Array(3) },
        { seq: 1 },
        { created: draft.created + 1 },
        { conversation: asConversationId(`0x${'c1'.repeat(16)}`) },
        { inReplyTo: draft.messageId },
        { opening: new Uint8Array(64) },
        { kind: 'request' },
        { contentType: 'text/html' },
      ]
      for (const change of changes)
        expect(
          await codeOf(
            openMessage(
              contextOf(bob),
              sealForged(() => change),
            ),
          ),
        ).to.equal('sealed.signature_invalid')
    })

    it('refuses an inner expiry other than the header’s', async () => {
      const forged = sealForged(() => ({}), draft.expires + 1)
      expect(await codeOf(openMessage(contextOf(bob), forged))).to.equal('sealed.signature_invalid')
    })

    it('refuses the same message under another chain or registry', async () => {
      const { envelope } = seal()
      for (const self of [
        { ...bob.agent, chainId: 1 },
        { ...bob.agent, registry: asAddress(`0x${'66'.repeat(20)}`) },
      ])
        expect(await codeOf(openMessage(contextOf(bob, { self }), envelope))).to.equal('sealed.not_for_me')
    })

    it('refuses a sender of a registry that the recipient does not look at', async () => {
      const foreign = directory.publish(0xf04, { chainId: 10 })
      expect(await codeOf(openMessage(contextOf(bob), seal({}, foreign).envelope))).to.equal('sealed.foreign_sender')
    })

    it('refuses a downgrade: another suite than the card fixes', async () => {
      const { header } = decodeEnvelope(seal().envelope)
      const classical = directory.publish(0xc1a5, { suite: suiteX25519 })
      const info = hpkeInfo(suiteX25519, bob.agent, bob.cardId)
      const context = setupBaseSender(nodeBackend, suiteX25519, classical.card.sealingKey, info, random)!
      const headerBytes = encodeHeader({ ...header, suite: suiteX25519, enc: context.enc })
      const envelope = encodeEnvelope(headerBytes, context.seal(headerBytes, new Uint8Array(400)))
      expect(await codeOf(openMessage(contextOf(bob), envelope))).to.equal('sealed.suite_mismatch')
    })
  })

  describe('time', () => {
    it('refuses a message from the millisecond it expires at', async () => {
      const { envelope } = seal()
      await openMessage(contextOf(bob, { now: () => draft.expires - 1 }), envelope)
      const late = openMessage(contextOf(bob, { now: () => draft.expires }), envelope)
      expect(await codeOf(late)).to.equal('sealed.expired')
    })

    it('refuses a message from beyond the clock window, and one that lives too long', async () => {
      const edge = now + maxClockSkewMillis
      await openMessage(contextOf(bob), seal({ created: edge, expires: edge + 1000 }).envelope)
      const ahead = seal({ created: edge + 1, expires: edge + 1000 })
      expect(await codeOf(openMessage(contextOf(bob), ahead.envelope))).to.equal('sealed.clock_window')
      const long = seal({ expires: draft.created + maxLifetimeMillis + 1 })
      expect(await codeOf(openMessage(contextOf(bob), long.envelope))).to.equal('sealed.clock_window')
    })
  })

  describe('the sender’s card', () => {
    const at = Math.floor(draft.created / 1000)

    it('refuses a card that was revoked because of its key, whatever time the message states', async () => {
      const mallory = directory.publish(0x3a1)
      const { envelope } = seal({}, mallory)
      directory.amend(mallory.cardId, { revokedAt: at + 500, reason: 'key_compromise' })
      expect(await codeOf(openMessage(contextOf(bob), envelope))).to.equal('identity.card_revoked')
    })

    it('takes what a card signed before it was superseded, and nothing after', async () => {
      const retired = directory.publish(0x3a2)
      directory.amend(retired.cardId, { revokedAt: at + 1, reason: 'superseded' })
      await openMessage(contextOf(bob), seal({}, retired).envelope)
      const after = seal({ created: now }, retired)
      expect(await codeOf(openMessage(contextOf(bob), after.envelope))).to.equal('identity.card_revoked')
    })

    it('refuses a replaced card after its grace period and a card that was not published yet', async () => {
      const old = directory.publish(0x3a3)
      directory.amend(old.cardId, { validUntil: at })
      expect(await codeOf(openMessage(contextOf(bob), seal({}, old).envelope))).to.equal('identity.card_expired')
      const young = directory.publish(0x3a4, { validFrom: at + maxClockSkewMillis / 1000 + 2 })
      expect(await codeOf(openMessage(contextOf(bob), seal({}, young).envelope))).to.equal(
        'identity.card_not_yet_valid',
      )
    })
  })
})
