/** What somebody who obeys nothing can try with messages, cards and keys, each refused by name. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import { concatBytes, fromHex, toHex } from '../../../src/core/bytes.ts'
import { asAddress, asConversationId, asMessageId, type CardId } from '../../../src/core/ids.ts'
import { type Suite, suiteSizes, suiteX25519, suiteXWing } from '../../../src/core/suite.ts'
import type { CryptoBackend } from '../../../src/crypto/backend.ts'
import { setupBaseSender } from '../../../src/crypto/hpke.ts'
import { nobleBackend } from '../../../src/crypto/noble-backend.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { verifyCard } from '../../../src/identity/card.ts'
import { mailboxOf } from '../../../src/identity/mailbox-id.ts'
import { hpkeInfo } from '../../../src/messaging/sealed/hpke-info.ts'
import { type OpenContext, openMessage } from '../../../src/messaging/sealed/open-message.ts'
import { type Draft, sealMessage } from '../../../src/messaging/sealed/seal-message.ts'
import { statementOf } from '../../../src/messaging/sealed/statement-of.ts'
import { encodeCard } from '../../../src/wire/card.ts'
import { decodeEnvelope, type EnvelopeHeader, encodeEnvelope, encodeHeader } from '../../../src/wire/envelope.ts'
import { decodeInnerMessage, encodeInnerMessage, type InnerMessage } from '../../../src/wire/inner-message.ts'
import { memoryDirectory, type TestAgent } from '../../support/memory-directory.ts'
import { codeOf, rejectionCode } from '../../support/refusal.ts'

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
const backends: readonly CryptoBackend[] = [nodeBackend, nobleBackend]

const directory = memoryDirectory()
const alice = directory.publish(0xa11ce)
const bob = directory.publish(0xb0b)
const carol = directory.publish(0xca401)
const classical = directory.publish(0xc1a5, { suite: suiteX25519 })

const contextOf = (agent: TestAgent, change: Partial<OpenContext> = {}): OpenContext => ({
  backend: nodeBackend,
  self: agent.agent,
  keyringOf: (cardId: CardId) => (cardId === agent.cardId ? agent.keyring : undefined),
  directory,
  now: () => now,
  ...change,
})
const opened = (agent: TestAgent, envelope: Uint8Array, change: Partial<OpenContext> = {}) =>
  rejectionCode(openMessage(contextOf(agent, change), envelope))
const seal = (sender: TestAgent, recipient: TestAgent, change: Partial<Draft> = {}) =>
  sealMessage(nodeBackend, random, sender, recipient, { ...draft, ...change })

/** Seals bytes for an agent under a header of one's own, as whoever knows its card can. */
function sealAs(
  { agent, cardId, card }: TestAgent,
  makeInner: (headerBytes: Uint8Array) => Uint8Array,
  change: Partial<EnvelopeHeader> = {},
): Uint8Array {
  const context = setupBaseSender(
    nodeBackend,
    card.suite,
    card.sealingKey,
    hpkeInfo(card.suite, agent, cardId),
    random,
  )!
  const { messageId, priority, expires } = draft
  const mailbox = mailboxOf(nodeBackend, agent)
  const header = { suite: card.suite, mailbox, recipientCard: cardId, messageId, priority, expires, enc: context.enc }
  const headerBytes = encodeHeader({ ...header, ...change })
  return encodeEnvelope(headerBytes, context.seal(headerBytes, makeInner(headerBytes)))
}

const honestInner = decodeInnerMessage(seal(alice, bob).innerBytes)

/** A message of alice's to bob, with what is done to its signature once it is made. */
function withSignature(change: (signature: Uint8Array) => Uint8Array, recipient = bob): Uint8Array {
  const inner = honestInner
  return sealAs(recipient, (headerBytes) => {
    const statement = statementOf(nodeBackend, inner, headerBytes, recipient.agent)
    const signature = change(nodeBackend.ed25519Sign(alice.keyring.signing, statement))
    return encodeInnerMessage({ ...inner, signature })
  })
}

/** The order of the base point (RFC 8032 §5.1), little endian in 32 bytes. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n
const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
const bigOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`)

/** Ed25519's eight points of small order. */
const smallOrderPoints = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
].map((digits) => fromHex(`0x${digits}`))

/** X25519's coordinates of small order, with those that are not reduced (RFC 7748 §6.1; cr.yp.to/ecdh.html). */
const smallOrderCoordinates = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((digits) => {
  const low = fromHex(`0x${digits}`)
  // RFC 7748 §5: the highest bit is ignored, so each has a twin.
  return [low, low.with(31, (low[31] as number) | 0x80)]
})

describe('messaging/sealed: attacks', () => {
  describe('a valid inner message sealed again (re-wrapping)', () => {
    const honest = seal(alice, bob)
    const inner = () => honest.innerBytes

    it('is refused for somebody else', async () => {
      expect(await opened(carol, sealAs(carol, inner))).to.equal('sealed.signature_invalid')
    })

    it('is refused for the same agent under another message id, priority or enc', async () => {
      for (const change of [{ messageId: asMessageId(`0x${'b2'.repeat(16)}`) }, { priority: 'urgent' as const }, {}])
        expect(await opened(bob, sealAs(bob, inner, change))).to.equal('sealed.signature_invalid')
    })

    it('is refused under another expiry, which would let it be replayed once it is forgotten', async () => {
      const envelope = sealAs(bob, inner, { expires: draft.expires + 1 })
      expect(await opened(bob, envelope)).to.equal('sealed.signature_invalid')
    })

    it('is refused for another card of the same agent', async () => {
      const renewed = directory.publish(0xb0b)
      expect(await opened(renewed, sealAs(renewed, inner))).to.equal('sealed.signature_invalid')
    })

    it('is refused with its sender swapped for whoever seals it, whose signature it is not', async () => {
      const swapped = { ...decodeInnerMessage(honest.innerBytes), sender: carol.agent, senderCard: carol.cardId }
      expect(
        await opened(
          bob,
          sealAs(bob, () => encodeInnerMessage(swapped)),
        ),
      ).to.equal('sealed.signature_invalid')
    })

    it('is refused with a sender’s card that is another agent’s', async () => {
      const swapped = { ...decodeInnerMessage(honest.innerBytes), sender: carol.agent }
      expect(
        await opened(
          bob,
          sealAs(bob, () => encodeInnerMessage(swapped)),
        ),
      ).to.equal('registry.unknown_card')
    })
  })

  describe('an envelope with its recipient swapped', () => {
    it('is refused by the agent it names now', async () => {
      const { header, ciphertext } = decodeEnvelope(seal(alice, bob).envelope)
      const mailbox = mailboxOf(nodeBackend, carol.agent)
      const moved = encodeEnvelope(encodeHeader({ ...header, mailbox, recipientCard: carol.cardId }), ciphertext)
      expect(await opened(carol, moved)).to.equal('sealed.open_failed')
      expect(await opened(bob, moved)).to.equal('sealed.not_for_me')
    })
  })

  describe('a replay on another chain or under another registry', () => {
    /** Bob with the same keys and card, registered elsewhere too. */
    const elsewhere = [
      { ...bob, agent: { ...bob.agent, chainId: 10 } },
      { ...bob, agent: { ...bob.agent, registry: asAddress(`0x${'66'.repeat(20)}`) } },
    ]

    it('is refused as it is', async () => {
      for (const there of elsewhere)
        expect(await opened(there, seal(alice, bob).envelope)).to.equal('sealed.not_for_me')
    })

    it('does not open when it is addressed anew, although the keys are the same', async () => {
      for (const there of elsewhere) {
        const { header, ciphertext } = decodeEnvelope(seal(alice, bob).envelope)
        const mailbox = mailboxOf(nodeBackend, there.agent)
        const moved = encodeEnvelope(encodeHeader({ ...header, mailbox }), ciphertext)
        expect(await opened(there, moved)).to.equal('sealed.open_failed')
      }
    })

    it('is refused when it is sealed anew: for its sender, and for its signature where the sender is there too', async () => {
      for (const there of elsewhere) {
        const { innerBytes } = seal(alice, bob)
        expect(
          await opened(
            there,
            sealAs(there, () => innerBytes),
          ),
        ).to.equal('sealed.foreign_sender')
        const sender = { ...alice.agent, chainId: there.agent.chainId, registry: there.agent.registry }
        const inner = { ...decodeInnerMessage(innerBytes), sender }
        const everywhere = { byId: async () => alice, current: async () => alice }
        const envelope = sealAs(there, () => encodeInnerMessage(inner))
        expect(await opened(there, envelope, { directory: everywhere })).to.equal('sealed.signature_invalid')
      }
    })
  })

  describe('a downgrade to the classical suite', () => {
    it('is refused when a relay rewrites the suite', async () => {
      const { envelope } = seal(alice, bob)
      // Read as a classical envelope, what was the rest of enc is a length that fits nothing.
      expect(
        await opened(bob, concatBytes(envelope.subarray(0, 2), Uint8Array.of(0, 0x20), envelope.subarray(4))),
      ).to.match(/^wire\.(too_large|truncated)$/)
    })

    it('is refused when a sender uses the X25519 part of a post-quantum key by itself', async () => {
      const half = { ...bob.card, suite: suiteX25519, sealingKey: bob.card.sealingKey.subarray(1184) } as const
      const envelope = sealAs({ ...bob, card: half }, () => seal(alice, bob).innerBytes)
      expect(await opened(bob, envelope)).to.equal('sealed.suite_mismatch')
    })

    it('is refused in a card: what says classical is another card, which its owner did not sign', () => {
      const half = { ...bob.card, suite: suiteX25519, sealingKey: bob.card.sealingKey.subarray(1184) } as const
      expect(codeOf(() => verifyCard(nodeBackend, bob.agent, encodeCard(half)))).to.equal('identity.possession')
    })
  })

  describe('a signature in another form', () => {
    it('is refused with the order added to S (malleability, RFC 8032 §5.1.7)', async () => {
      const malleated = (signature: Uint8Array) =>
        concatBytes(signature.subarray(0, 32), littleEndian(bigOf(signature.subarray(32)) + order))
      for (const backend of backends)
        expect(await opened(bob, withSignature(malleated), { backend })).to.equal('sealed.signature_invalid')
    })

    it('is refused with any single bit flipped', async () => {
      for (let bit = 0; bit < 512; bit++) {
        const flip = (signature: Uint8Array) =>
          signature.with(bit >> 3, (signature[bit >> 3] as number) ^ (1 << (bit & 7)))
        expect(await opened(classical, withSignature(flip, classical)), `bit ${bit}`).to.equal(
          'sealed.signature_invalid',
        )
      }
    })

    it('is refused when it is all zero or all ones', async () => {
      for (const fill of [0, 0xff])
        expect(
          await opened(
            bob,
            withSignature(() => new Uint8Array(64).fill(fill)),
          ),
        ).to.equal('sealed.signature_invalid')
    })

    it('has 64 bytes: 63, 65 and 128 fit no message, and no backend takes them', async () => {
      const honest = decodeInnerMessage(seal(alice, bob).innerBytes)
      const statement = random(132)
      const signature = nodeBackend.ed25519Sign(alice.keyring.signing, statement)
      for (const other of [
        signature.subarray(1),
        signature.subarray(0, 63),
        concatBytes(signature, Uint8Array.of(0)),
        concatBytes(signature, signature),
      ]) {
        for (const { ed25519Verify } of backends)
          expect(ed25519Verify(alice.card.signingKey, statement, other)).to.equal(false)
        expect(codeOf(() => encodeInnerMessage({ ...honest, signature: other }))).to.equal('wire.malformed_field')
      }
    })

    it('of 65 bytes makes the inner message another length than its padding says', async () => {
      const { innerBytes } = seal(alice, bob)
      const { body, contentType } = decodeInnerMessage(innerBytes)
      const end = 144 + contentType.length + body.length + 128
      const longer = concatBytes(innerBytes.subarray(0, end), Uint8Array.of(1), innerBytes.subarray(end))
      expect(
        await opened(
          bob,
          sealAs(bob, () => longer),
        ),
      ).to.equal('wire.malformed_field')
      const inPlace = innerBytes.with(end, 1)
      expect(
        await opened(
          bob,
          sealAs(bob, () => inPlace),
        ),
      ).to.equal('wire.malformed_field')
    })
  })

  describe('a key of small order', () => {
    /** A message without a signer: R is the neutral point or the key, S is zero. */
    function unsigned(R: Uint8Array): (headerBytes: Uint8Array) => Uint8Array {
      const inner: InnerMessage = {
        ...decodeInnerMessage(seal(alice, bob).innerBytes),
        signature: concatBytes(R, new Uint8Array(32)),
      }
      return () => encodeInnerMessage(inner)
    }

    it('is worth an attack: the neutral point verifies one signature for every message where nobody looks', () => {
      const [neutral] = smallOrderPoints as [Uint8Array]
      const forged = concatBytes(neutral, new Uint8Array(32))
      for (const message of [random(1), random(132)]) expect(ed25519.verify(forged, message, neutral)).to.equal(true)
    })

    it('as a signing key verifies nothing, although the equation of some holds for every message', async () => {
      for (const signingKey of smallOrderPoints) {
        const weak = { ...alice, card: { ...alice.card, signingKey } }
        const weakDirectory = { byId: async () => weak, current: async () => weak }
        for (const R of [smallOrderPoints[0] as Uint8Array, signingKey])
          for (const backend of backends)
            expect(
              await opened(bob, sealAs(bob, unsigned(R)), { backend, directory: weakDirectory }),
              toHex(signingKey),
            ).to.equal('sealed.signature_invalid')
      }
    })

    it('as a signing key makes no card: possession is not proven by it', () => {
      for (const signingKey of smallOrderPoints)
        for (const backend of backends) {
          const possession = concatBytes(smallOrderPoints[0] as Uint8Array, new Uint8Array(32))
          const cardBytes = encodeCard({ ...bob.card, signingKey, possession })
          expect(codeOf(() => verifyCard(backend, bob.agent, cardBytes))).to.equal('identity.possession')
        }
    })

    /** Where the X25519 part of a key or an encapsulation begins. */
    const xPart = (suite: Suite, length: number): number => (suite === suiteXWing ? length - 32 : 0)

    for (const recipient of [bob, classical]) {
      const { suite } = recipient.card
      const name = suite === suiteXWing ? 'X-Wing' : 'X25519'

      it(`as the X25519 part of a sealing key is not sealed for (${name})`, () => {
        for (const low of smallOrderCoordinates)
          for (const backend of backends) {
            const sealingKey = recipient.card.sealingKey.slice()
            sealingKey.set(low, xPart(suite, suiteSizes(suite).publicKeyBytes))
            const weak = { ...recipient, card: { ...recipient.card, sealingKey } }
            expect(
              codeOf(() => sealMessage(backend, random, alice, weak, draft)),
              toHex(low),
            ).to.equal('sealed.unusable_card')
          }
      })

      it(`as the X25519 part of enc does not open (${name})`, async () => {
        const { header, ciphertext } = decodeEnvelope(seal(alice, recipient).envelope)
        for (const low of smallOrderCoordinates) {
          const enc = header.enc.slice()
          enc.set(low, xPart(suite, suiteSizes(suite).encBytes))
          const envelope = encodeEnvelope(encodeHeader({ ...header, enc }), ciphertext)
          for (const backend of backends)
            expect(await opened(recipient, envelope, { backend }), toHex(low)).to.equal('sealed.open_failed')
        }
      })
    }
  })
})
