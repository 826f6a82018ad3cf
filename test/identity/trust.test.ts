import { expect } from 'chai'
import fc from 'fast-check'
import { toHex } from '../../src/core/bytes.ts'
import { maxClockSkewMillis } from '../../src/core/limits.ts'
import { suiteXWing } from '../../src/core/suite.ts'
import {
  type CardRecord,
  type PublishedCard,
  type RevocationReason,
  revocationReasons,
} from '../../src/identity/card-directory.ts'
import {
  assertCardValidAt,
  assertSenderTrusted,
  type CardStatus,
  cardStatusAt,
  timeBySkew,
} from '../../src/identity/trust.ts'
import { codeOf, refusal } from '../support/refusal.ts'

const forever = Number.MAX_SAFE_INTEGER
const plain: CardRecord = {
  validFrom: 100,
  validUntil: 0,
  revokedAt: 0,
  compromisedSince: 0,
  epoch: 0,
  suite: suiteXWing,
  reason: 'unspecified',
  hint: 0,
}
const publishedCard = (record: CardRecord): PublishedCard => ({
  agent: { chainId: 1, registry: toHex(new Uint8Array(20)) as never, address: toHex(new Uint8Array(20)) as never },
  cardId: toHex(new Uint8Array(32)) as never,
  card: {
    suite: suiteXWing,
    kind: 'agent',
    signingKey: new Uint8Array(32),
    sealingKey: new Uint8Array(1216),
    relays: [],
    possession: new Uint8Array(64),
  },
  cardBytes: new Uint8Array(0),
  record,
})

const replaced = { ...plain, validUntil: 200 }
const revoked = { ...plain, revokedAt: 300 }
const backdated = { ...plain, revokedAt: 300, compromisedSince: 150, reason: 'key_compromise' as const }
const claimedFromTheStart = { ...backdated, compromisedSince: 1 }
const replacedAndRevoked = { ...backdated, validUntil: 200 }

// One row: the record, the time asked about, what was known when, and the answer.
const table: [string, CardRecord, number, number, CardStatus][] = [
  ['nothing is known before the publication', plain, 50, 99, 'unknown'],
  ['published later than that', plain, 99, 100, 'not_yet_valid'],
  ['from its first second', plain, 100, 100, 'valid'],
  ['open-ended', plain, forever, forever, 'valid'],
  ['the last second of its grace', replaced, 199, 199, 'valid'],
  ['the first second after it', replaced, 200, 200, 'expired'],
  ['what it signed in time stays valid', replaced, 199, forever, 'valid'],
  ['before its revocation', revoked, 299, 299, 'valid'],
  ['from the second of its revocation', revoked, 300, 300, 'revoked'],
  ['a revocation says nothing about earlier times', revoked, 299, forever, 'valid'],
  ['a claim not made yet is not known', backdated, 200, 299, 'valid'],
  ['the claim, once made, reaches back', backdated, 200, 300, 'compromised'],
  ['the second from which it reaches', backdated, 150, 300, 'compromised'],
  ['no further back than it claims', backdated, 149, 300, 'valid'],
  ['after the revocation it is just revoked', backdated, 300, 300, 'revoked'],
  ['a claim from before the publication covers all of it', claimedFromTheStart, 100, 300, 'compromised'],
  ['but not times at which there was no card', claimedFromTheStart, 99, 300, 'not_yet_valid'],
  ['a claim outweighs expiry', replacedAndRevoked, 250, 300, 'compromised'],
  ['expiry is what was known before the claim', replacedAndRevoked, 250, 299, 'expired'],
]

const seconds = fc.integer({ min: 1, max: 60 })
const earlyRecord: fc.Arbitrary<CardRecord> = fc
  .record({ validFrom: seconds, grace: fc.option(fc.nat(30)) })
  .map(({ validFrom, grace }) => ({ ...plain, validFrom, validUntil: grace === null ? 0 : validFrom + grace + 1 }))

describe('identity/trust', () => {
  describe('cardStatusAt', () => {
    for (const [name, record, time, asOf, status] of table)
      it(`${name}: ${status}`, () => {
        expect(cardStatusAt(record, time, asOf)).to.equal(status)
      })

    it('never changes for a past asOf when a revocation is recorded later, however far it reaches back', () => {
      fc.assert(
        fc.property(earlyRecord, seconds, seconds, seconds, seconds, (record, a, b, delay, compromisedSince) => {
          const [time, asOf] = [Math.min(a, b), Math.max(a, b)]
          const later = { ...record, revokedAt: asOf + delay, compromisedSince, reason: 'key_compromise' as const }
          expect(cardStatusAt(later, time, asOf)).to.equal(cardStatusAt(record, time, asOf))
        }),
        { seed: 20261123, numRuns: 2000 },
      )
    })

    it('never changes for a past asOf when the card is replaced later', () => {
      fc.assert(
        fc.property(seconds, seconds, seconds, seconds, fc.nat(30), (validFrom, a, b, delay, grace) => {
          const [time, asOf] = [Math.min(a, b), Math.max(a, b)]
          const record = { ...plain, validFrom }
          const later = { ...record, validUntil: Math.max(asOf, validFrom) + delay + grace }
          expect(cardStatusAt(later, time, asOf)).to.equal(cardStatusAt(record, time, asOf))
        }),
        { seed: 20261123, numRuns: 2000 },
      )
    })

    it('never becomes valid again as more is known', () => {
      const record = fc.constantFrom(plain, replaced, revoked, backdated, claimedFromTheStart, replacedAndRevoked)
      const time = fc.integer({ min: 90, max: 320 })
      fc.assert(
        fc.property(record, time, fc.nat(300), fc.nat(300), (of, at, more, evenMore) => {
          const before = cardStatusAt(of, at, at + more)
          const after = cardStatusAt(of, at, at + more + evenMore)
          if (after === 'valid') expect(before).to.equal('valid')
        }),
        { seed: 20261123, numRuns: 2000 },
      )
    })
  })

  describe('assertCardValidAt', () => {
    const errors: Partial<Record<CardStatus, [string, object]>> = {
      unknown: ['identity.card_not_yet_valid', { validFrom: 100 }],
      not_yet_valid: ['identity.card_not_yet_valid', { validFrom: 100 }],
      expired: ['identity.card_expired', { validUntil: 200 }],
      revoked: ['identity.card_revoked', { revokedAt: 300 }],
      compromised: ['identity.card_compromised', {}],
    }

    for (const [name, record, time, asOf, status] of table)
      it(`${status === 'valid' ? 'accepts' : 'refuses'} what is ${status}: ${name}`, () => {
        const published = publishedCard(record)
        const expected = errors[status]
        if (expected === undefined) return assertCardValidAt(published, time, asOf)
        const error = refusal(() => assertCardValidAt(published, time, asOf))
        expect(error.code).to.equal(expected[0])
        const { agent, cardId } = published
        expect(error.facts).to.deep.include({ agent, cardId, time, ...expected[1] })
      })

    it('asks as of the time itself when not told otherwise', () => {
      assertCardValidAt(publishedCard(backdated), 200)
      expect(codeOf(() => assertCardValidAt(publishedCard(backdated), 300))).to.equal('identity.card_revoked')
    })
  })

  describe('timeBySkew', () => {
    const start = 1_000_000
    const record = { ...plain, validFrom: start }

    it('counts a message made a little before its card’s block as made at it', () => {
      expect(timeBySkew(record, start * 1000 - 1)).to.equal(start)
      expect(timeBySkew(record, start * 1000 - maxClockSkewMillis)).to.equal(start)
    })

    it('leaves every other time, in whole seconds', () => {
      expect(timeBySkew(record, start * 1000 - maxClockSkewMillis - 1)).to.equal(start - maxClockSkewMillis / 1000 - 1)
      expect(timeBySkew(record, start * 1000)).to.equal(start)
      expect(timeBySkew(record, start * 1000 + 1999)).to.equal(start + 1)
    })
  })

  describe('assertSenderTrusted', () => {
    const trust = (record: CardRecord, createdSeconds: number) => () =>
      assertSenderTrusted(publishedCard(record), createdSeconds * 1000)
    const since = 1_000_000
    const at = since + 500
    const base = { ...plain, validFrom: since }
    const believedBefore: Record<RevocationReason, boolean> = {
      unspecified: false,
      key_compromise: false,
      superseded: true,
      cessation_of_operation: true,
    }

    for (const reason of revocationReasons)
      it(`${believedBefore[reason] ? 'believes' : 'believes nothing, not even'} what was made before a revocation: ${reason}`, () => {
        const record = { ...base, revokedAt: at, reason }
        if (believedBefore[reason]) trust(record, at - 1)()
        else {
          const error = refusal(trust(record, at - 1))
          expect(error.code).to.equal('identity.card_revoked')
          expect(error.facts).to.include({ revokedAt: at, reason, time: at - 1 })
        }
        expect(codeOf(trust(record, at))).to.equal('identity.card_revoked')
        expect(codeOf(trust(record, at + 1))).to.equal('identity.card_revoked')
      })

    it('does not believe what lies in a claimed compromise, whatever the reason given', () => {
      const record = { ...base, revokedAt: at, compromisedSince: at - 10, reason: 'superseded' as const }
      trust(record, at - 11)()
      expect(codeOf(trust(record, at - 10))).to.equal('identity.card_compromised')
    })

    it('believes a replaced card until its grace is over', () => {
      trust({ ...base, validUntil: at }, at - 1)()
      expect(codeOf(trust({ ...base, validUntil: at }, at))).to.equal('identity.card_expired')
    })

    it('believes no message from before the card, but for the clock skew', () => {
      trust(base, since)()
      trust(base, since - maxClockSkewMillis / 1000)()
      expect(codeOf(trust(base, since - maxClockSkewMillis / 1000 - 1))).to.equal('identity.card_not_yet_valid')
    })
  })
})
