import { expect } from 'chai'
import * as limits from '../../src/core/limits.ts'
import { suiteSizes, suiteXWing } from '../../src/core/suite.ts'
import { type Card, encodeCard } from '../../src/wire/card.ts'
import { encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'
import { encodeInnerMessage } from '../../src/wire/inner-message.ts'

const { publicKeyBytes, encBytes } = suiteSizes(suiteXWing)
const id = (length: number) => `0x${'11'.repeat(length)}` as never

describe('core/limits', () => {
  it('are whole and positive', () => {
    for (const [name, limit] of Object.entries(limits))
      expect(Number.isSafeInteger(limit) && limit > 0, name).to.equal(true)
  })

  it('let the largest card be: X-Wing with as many relays as allowed, as long as allowed', () => {
    const relay = `https://${'a'.repeat(limits.maxRelayUrlBytes - 8)}`
    const card: Card = {
      suite: suiteXWing,
      kind: 'agent',
      signingKey: new Uint8Array(32),
      sealingKey: new Uint8Array(publicKeyBytes),
      relays: Array.from({ length: limits.maxRelays }, () => relay),
      possession: new Uint8Array(64),
    }
    expect(encodeCard(card).length).to.be.at.most(limits.maxCardBytes)
  })

  it('let the largest body travel, padded and in an envelope', () => {
    const inner = encodeInnerMessage({
      sender: { chainId: Number.MAX_SAFE_INTEGER, registry: id(20), address: id(20) },
      senderCard: id(32),
      conversation: id(16),
      seq: Number.MAX_SAFE_INTEGER,
      created: Number.MAX_SAFE_INTEGER,
      expires: Number.MAX_SAFE_INTEGER,
      inReplyTo: id(16),
      kind: 'message',
      contentType: 'a'.repeat(limits.maxContentTypeBytes),
      body: new Uint8Array(limits.maxBodyBytes),
      opening: new Uint8Array(64),
      signature: new Uint8Array(64),
    })
    const header = encodeHeader({
      suite: suiteXWing,
      mailbox: id(32),
      recipientCard: id(32),
      messageId: id(16),
      priority: 'urgent',
      expires: Number.MAX_SAFE_INTEGER,
      enc: new Uint8Array(encBytes),
    })
    const envelope = encodeEnvelope(header, new Uint8Array(inner.length + 16))
    expect(envelope.length).to.be.at.most(limits.maxEnvelopeBytes)
  })

  it('agree with each other', () => {
    expect(2 ** limits.maxPathHashes).to.equal(limits.maxBatchLeaves)
    expect(limits.defaultLifetimeMillis).to.be.below(limits.maxLifetimeMillis)
    expect(limits.defaultLeaseMillis).to.be.at.most(limits.maxLeaseMillis)
    expect(limits.cardFreshMillis).to.be.below(limits.cardExpiredMillis)
    expect(limits.maxClockSkewMillis % 1000).to.equal(0)
    // A proof holds a body in base64 with what stands around it.
    expect(limits.maxProofBytes).to.be.greaterThan((limits.maxBodyBytes * 4) / 3 + 64 * limits.maxPathHashes)
  })
})
