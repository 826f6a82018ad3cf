import { expect } from 'chai'
import fc from 'fast-check'
import {
  type CardTimes,
  checkKnownNow,
  checkKnownThen,
  checkWhenSigned,
  laterClaimOf,
} from '../../src/anchor/card-validity.ts'
import { timeText } from '../../src/anchor/verification.ts'
import { maxClockSkewMillis } from '../../src/core/limits.ts'
import { type CardRecord, type RevocationReason, revocationReasons } from '../../src/identity/card-directory.ts'

const seed = 0x76616c69
const open: CardRecord = {
  validFrom: 1000,
  validUntil: 0,
  revokedAt: 0,
  compromisedSince: 0,
  epoch: 0,
  suite: 0x0020,
  reason: 'unspecified',
  hint: 0,
}

/** The three outcomes, for a message made at one second and anchored at another. */
function outcomes(change: Partial<CardRecord>, created: number, anchoredAt: number): string[] {
  const times: CardTimes = { record: { ...open, ...change }, created: created * 1000, anchoredAt }
  return [checkWhenSigned(times), checkKnownThen(times, anchoredAt), checkKnownNow(times, anchoredAt)].map(
    (c) => c.outcome,
  )
}

const anyRecord = fc
  .record({
    life: fc.nat(4000),
    until: fc.option(fc.nat(4000)),
    revokedAt: fc.option(fc.integer({ min: 1000, max: 5000 })),
    since: fc.option(fc.nat(4000)),
    reason: fc.constantFrom(...revocationReasons),
  })
  .map(({ until, revokedAt, since, reason }): CardRecord => {
    const validUntil = until === null ? 0 : 1000 + until
    if (revokedAt === null) return { ...open, validUntil }
    // The contract takes no claim before the card's publication or after the block.
    const compromisedSince = since === null ? 0 : Math.min(1000 + since, revokedAt)
    return { ...open, validUntil, revokedAt, compromisedSince, reason }
  })
const anyTime = fc.integer({ min: 500, max: 6000 })
const isHarmless = (reason: RevocationReason) => ['superseded', 'cessation_of_operation'].includes(reason)

describe('anchor/card-validity', () => {
  it('passes a card in force from its first second on', () => {
    expect(outcomes({}, 1000, 1000)).to.deep.equal(['passed', 'passed', 'passed'])
  })

  it('passes up to the last second before a replacement, and fails from its second on', () => {
    expect(outcomes({ validUntil: 2000 }, 1999, 2000)).to.deep.equal(['passed', 'passed', 'passed'])
    expect(outcomes({ validUntil: 2000 }, 2000, 2000)).to.deep.equal(['failed', 'failed', 'passed'])
  })

  it('counts a revocation in the second of the anchor as earlier', () => {
    const reason = 'key_compromise'
    expect(outcomes({ revokedAt: 2000, reason }, 1500, 1999)).to.deep.equal(['passed', 'passed', 'passed'])
    expect(outcomes({ revokedAt: 2000, reason }, 1500, 2000)).to.deep.equal(['failed', 'failed', 'failed'])
  })

  it('disputes what is anchored within a period disowned later, even when it says it was made before', () => {
    const claim: Partial<CardRecord> = { revokedAt: 3000, compromisedSince: 2000, reason: 'key_compromise' }
    expect(outcomes(claim, 1500, 1999)).to.deep.equal(['passed', 'passed', 'passed'])
    expect(outcomes(claim, 1500, 2000)).to.deep.equal(['passed', 'passed', 'disputed'])
    expect(outcomes(claim, 2000, 2000)).to.deep.equal(['disputed', 'passed', 'disputed'])
    expect(outcomes(claim, 2000, 3000)).to.deep.equal(['failed', 'failed', 'failed'])
  })

  it('takes a message for made no later than the block that holds it', () => {
    const revocation: Partial<CardRecord> = { revokedAt: 2001, reason: 'key_compromise' }
    expect(outcomes(revocation, 2050, 2000)).to.deep.equal(['passed', 'passed', 'passed'])
    expect(outcomes({}, 2000 + maxClockSkewMillis / 1000, 2000)[1]).to.equal('passed')
    expect(outcomes({}, 2001 + maxClockSkewMillis / 1000, 2000)[1]).to.equal('failed')
  })

  it('never changes what was known at the anchor, whatever is recorded later', () => {
    fc.assert(
      fc.property(anyRecord, anyTime, anyTime, fc.nat(3000), (record, created, anchoredAt, delay) => {
        const before = {
          record: { ...record, revokedAt: 0, compromisedSince: 0, reason: 'unspecified' as const },
          created: created * 1000,
          anchoredAt,
        }
        const revokedAt = Math.max(anchoredAt + 1 + delay, record.validFrom)
        const after = { ...before, record: { ...record, revokedAt } }
        expect(checkKnownThen(after, anchoredAt)).to.deep.equal(checkKnownThen(before, anchoredAt))
      }),
      { seed, numRuns: 500 },
    )
  })

  it('never fails over a later revocation what passed before it', () => {
    fc.assert(
      fc.property(anyRecord, anyTime, anyTime, (record, created, anchoredAt) => {
        fc.pre(record.revokedAt > anchoredAt)
        const unrevoked = outcomes(
          { ...record, revokedAt: 0, compromisedSince: 0, reason: 'unspecified' },
          created,
          anchoredAt,
        )
        const revoked = outcomes(record, created, anchoredAt)
        for (const [i, outcome] of unrevoked.entries())
          if (outcome === 'passed') expect(revoked[i]).to.not.equal('failed')
      }),
      { seed, numRuns: 500 },
    )
  })

  it('never believes what a key in doubt signed, unless a block from before its revocation holds it', () => {
    fc.assert(
      fc.property(anyRecord, anyTime, fc.option(anyTime), (record, created, anchored) => {
        const anchoredAt = anchored ?? undefined
        fc.pre(record.revokedAt !== 0 && !isHarmless(record.reason))
        fc.pre(anchoredAt === undefined || anchoredAt >= record.revokedAt)
        expect(checkWhenSigned({ record, created: created * 1000, anchoredAt }).outcome).to.equal('failed')
      }),
      { seed, numRuns: 500 },
    )
  })

  it('tells of a later claim exactly when it disputes', () => {
    fc.assert(
      fc.property(anyRecord, anyTime, anyTime, (record, created, anchoredAt) => {
        const times = { record, created: created * 1000, anchoredAt }
        const disputed = checkKnownNow(times, anchoredAt).outcome === 'disputed'
        expect(laterClaimOf(times) !== undefined).to.equal(disputed)
        if (disputed) expect(record.revokedAt).to.be.greaterThan(anchoredAt)
      }),
      { seed, numRuns: 500 },
    )
  })

  it('writes every time that a statement can hold', () => {
    expect(timeText(0)).to.equal('1970-01-01T00:00:00Z')
    expect(timeText(0.5)).to.equal('1970-01-01T00:00:00.500Z')
    expect(timeText(Number.MAX_SAFE_INTEGER)).to.equal('second 9007199254740991')
  })
})
