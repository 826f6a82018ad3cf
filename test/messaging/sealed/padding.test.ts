/** What the length of an envelope tells: the Padmé bucket of what is in it, and nothing more (SPEC §4.1). */
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { asConversationId, asMessageId } from '../../../src/core/ids.ts'
import { type Suite, suiteSizes, suiteX25519, suiteXWing } from '../../../src/core/suite.ts'
import { nodeBackend } from '../../../src/crypto/node-backend.ts'
import { type Draft, sealMessage } from '../../../src/messaging/sealed/seal-message.ts'
import { padmeByThePaper } from '../../reference/padme.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const contentType = 'text/plain'
/** What an inner message has beside content type and body, and an envelope beside header, enc and inner message. */
const innerBytes = 272
const envelopeBytes = 93 + 4 + 16
const maxBody = 100_000

describe('messaging/sealed: padding', () => {
  const directory = memoryDirectory()
  const alice = directory.publish(0xa11ce)
  const recipients = new Map<Suite, ReturnType<typeof directory.publish>>([
    [suiteXWing, directory.publish(0xb0b)],
    [suiteX25519, directory.publish(0xca401, { suite: suiteX25519 })],
  ])

  /** The length of an envelope, sealed for real. */
  function sealedLength(bodyLength: number, suite: Suite = suiteX25519, change: Partial<Draft> = {}): number {
    const draft: Draft = {
      ...{ kind: 'message', contentType, body: random(bodyLength), seq: 0, created: 1, expires: 2, priority: 'normal' },
      messageId: asMessageId(`0x${'a1'.repeat(16)}`),
      conversation: asConversationId(`0x${'c0'.repeat(16)}`),
      inReplyTo: undefined,
      ...change,
    }
    return sealMessage(nodeBackend, random, alice, recipients.get(suite)!, draft).envelope.length
  }

  const plainLength = (bodyLength: number): number => innerBytes + contentType.length + bodyLength
  const expectedLength = (bodyLength: number, suite: Suite): number =>
    envelopeBytes + suiteSizes(suite).encBytes + padmeByThePaper(plainLength(bodyLength))

  /** The first and last body length of every bucket up to 100,000. */
  const buckets: [first: number, last: number][] = []
  for (let length = 0; length <= maxBody; length++) {
    const padded = padmeByThePaper(plainLength(length))
    const current = buckets.at(-1)
    if (current !== undefined && padmeByThePaper(plainLength(current[0])) === padded) current[1] = length
    else buckets.push([length, length])
  }

  it('has few buckets for many lengths: 144 for 0 to 100,000 bytes', () => {
    expect(buckets).to.have.length(144)
  })

  for (const suite of recipients.keys())
    it(`gives both ends of every bucket one length, and no two buckets the same (suite 0x${suite.toString(16)})`, () => {
      const seen = new Set<number>()
      for (const [first, last] of buckets) {
        const length = sealedLength(first, suite)
        expect(length, `${first} bytes`).to.equal(expectedLength(first, suite))
        expect(sealedLength(last, suite), `${last} bytes`).to.equal(length)
        seen.add(length)
      }
      expect(seen.size).to.equal(buckets.length)
    }).timeout(120_000)

  it('depends on nothing else that is said: number, times, parent, kind, bytes', () => {
    const length = sealedLength(1000)
    const others: Partial<Draft>[] = [
      { seq: Number.MAX_SAFE_INTEGER, created: Number.MAX_SAFE_INTEGER, expires: Number.MAX_SAFE_INTEGER },
      { inReplyTo: asMessageId(`0x${'b2'.repeat(16)}`) },
      { kind: 'failure' },
      { body: new Uint8Array(1000) },
      { priority: 'urgent' },
    ]
    for (const change of others) expect(sealedLength(1000, suiteX25519, change)).to.equal(length)
  })
})
