/** Envelopes that are wrong in chosen ways, and right in every other: what a sender who obeys nothing can make. */
import { concatBytes } from '../../src/core/bytes.ts'
import { asConversationId, asMessageId, type CardId, type Millis } from '../../src/core/ids.ts'
import { maxClockSkewMillis, maxEnvelopeBytes } from '../../src/core/limits.ts'
import { suiteX25519 } from '../../src/core/suite.ts'
import { setupBaseSender } from '../../src/crypto/hpke.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { createReceiver } from '../../src/messaging/inbox/receiver.ts'
import { encodeReplayRow } from '../../src/messaging/inbox/replay-row.ts'
import { messageKey } from '../../src/messaging/message-record.ts'
import { hpkeInfo } from '../../src/messaging/sealed/hpke-info.ts'
import { statementOf } from '../../src/messaging/sealed/statement-of.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'
import { encodeInnerMessage, type InnerMessage } from '../../src/wire/inner-message.ts'
import { memoryDirectory } from './memory-directory.ts'

/** What can be wrong, in the order in which SPEC §5.3 looks at it, with the code of its refusal. */
export const faults = {
  oversize: 'wire.too_large',
  malformed: 'wire.unknown_version',
  expired: 'sealed.expired',
  foreignMailbox: 'sealed.not_for_me',
  keyElsewhere: 'messaging.key_missing',
  otherSuite: 'sealed.suite_mismatch',
  unopenable: 'sealed.open_failed',
  malformedInside: 'wire.malformed_field',
  foreignSender: 'sealed.foreign_sender',
  unpublished: 'registry.unknown_card',
  revoked: 'identity.card_revoked',
  otherExpiryInside: 'sealed.signature_invalid',
  badSignature: 'sealed.signature_invalid',
  fromTheFuture: 'sealed.clock_window',
  replayed: 'sealed.replayed',
} as const

/** One way to be wrong. */
export type Fault = keyof typeof faults

const now: Millis = 1_800_000_000_000
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const messageId = asMessageId(`0x${'a1'.repeat(16)}`)
const nobodysCard = `0x${'99'.repeat(32)}` as CardId

/** A recipient, senders good and bad, and a forge. */
export function createForge() {
  const directory = memoryDirectory()
  const alice = directory.publish(0xa11ce)
  const mallory = directory.publish(0x3a1)
  const bob = directory.publish(0xb0b)
  const carol = directory.publish(0xca401)
  /** Another card of bob's, whose keys another replica keeps. */
  const replica = directory.publish(0xb0b)
  const classical = directory.publish(0xc1a5, { suite: suiteX25519 })
  directory.amend(mallory.cardId, { revokedAt: 1, reason: 'key_compromise' })

  function senderOf(has: (fault: Fault) => boolean) {
    const { agent, cardId, keyring } = has('revoked') ? mallory : alice
    return {
      agent: has('foreignSender') ? { ...agent, chainId: 10 } : agent,
      cardId: has('unpublished') ? nobodysCard : cardId,
      keyring: has('badSignature') ? carol.keyring : keyring,
    }
  }

  function encapsulate(has: (fault: Fault) => boolean) {
    const recipientCard = has('keyElsewhere') ? replica.cardId : bob.cardId
    const { suite, sealingKey } = has('otherSuite') ? classical.card : bob.card
    const context = setupBaseSender(nodeBackend, suite, sealingKey, hpkeInfo(suite, bob.agent, recipientCard), random)
    if (context === undefined) throw new Error('the recipient’s key is a key')
    return { suite, recipientCard, context }
  }

  function sealedHeader(has: (fault: Fault) => boolean) {
    const { suite, recipientCard, context } = encapsulate(has)
    const mailbox = mailboxOf(nodeBackend, has('foreignMailbox') ? carol.agent : bob.agent)
    const expires = has('expired') ? now : now + 60_000
    const address = { suite, mailbox, recipientCard, messageId }
    return {
      context,
      expires,
      headerBytes: encodeHeader({ ...address, priority: 'normal', expires, enc: context.enc }),
    }
  }

  function signed(has: (fault: Fault) => boolean, headerBytes: Uint8Array, expires: Millis): InnerMessage {
    const { agent: sender, cardId: senderCard, keyring } = senderOf(has)
    const unsigned = {
      sender,
      senderCard,
      conversation: asConversationId(`0x${'c0'.repeat(16)}`),
      seq: 0,
      created: has('fromTheFuture') ? now + maxClockSkewMillis + 1 : now - 1000,
      expires: has('otherExpiryInside') ? expires + 1 : expires,
      inReplyTo: undefined,
      kind: 'message',
      contentType: 'text/plain',
      body: new Uint8Array(10),
      opening: random(64),
    } as const
    const statement = statementOf(nodeBackend, unsigned, headerBytes, bob.agent)
    return { ...unsigned, signature: nodeBackend.ed25519Sign(keyring.signing, statement) }
  }

  /** An envelope to bob with these faults and no other. */
  function forge(has: (fault: Fault) => boolean): Uint8Array {
    const { context, expires, headerBytes } = sealedHeader(has)
    const innerBytes = encodeInnerMessage(signed(has, headerBytes, expires))
    if (has('malformedInside')) innerBytes[1] = 9
    const ciphertext = context.seal(headerBytes, innerBytes)
    if (has('unopenable')) ciphertext[ciphertext.length - 1]! ^= 1
    const envelope = encodeEnvelope(headerBytes, ciphertext)
    if (has('malformed')) envelope[0] = 9
    return has('oversize') ? concatBytes(envelope, new Uint8Array(maxEnvelopeBytes)) : envelope
  }

  /** Bob as he is when the envelope comes: he has had the message before, if it is to be a replay. */
  async function receive(wrong: readonly Fault[]) {
    const store = memoryStore()
    const has = (fault: Fault) => wrong.includes(fault)
    const { cardId: senderCard } = senderOf(has)
    const done = encodeReplayRow({ state: 'done', envelopeDigest: new Uint8Array(32) })
    if (has('replayed')) await store.put('replay', messageKey(messageId, senderCard), done)
    const receiver = createReceiver({
      backend: nodeBackend,
      self: bob.agent,
      keyringOf: (cardId) => (cardId === bob.cardId ? bob.keyring : undefined),
      directory,
      now: () => now,
      store,
    })
    return receiver.receive(forge(has))
  }

  return { receive }
}
