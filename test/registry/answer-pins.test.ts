import { expect } from 'chai'
import { asAddress, asCardId } from '../../src/core/ids.ts'
import type { CardRecord } from '../../src/identity/card-directory.ts'
import { AnswerPins } from '../../src/registry/answer-pins.ts'
import { caught } from './caught.ts'

const agent = asAddress(`0x${'aa'.repeat(20)}`)
const first = asCardId(`0x${'01'.repeat(32)}`)
const second = asCardId(`0x${'02'.repeat(32)}`)
const third = asCardId(`0x${'03'.repeat(32)}`)

function recordOf(changes: Partial<CardRecord>): CardRecord {
  const times = { validFrom: 100, validUntil: 0, revokedAt: 0, compromisedSince: 0 }
  return { ...times, epoch: 0, suite: 0x20, reason: 'unspecified', hint: 1, ...changes }
}

describe('registry/answer-pins', () => {
  let pins: AnswerPins

  beforeEach(() => {
    pins = new AnswerPins(4)
    pins.checkRecord(agent, first, recordOf({ validUntil: 150, revokedAt: 160, reason: 'key_compromise' }))
    pins.checkCurrent(agent, { cardId: second, record: recordOf({ epoch: 1, validFrom: 150 }) })
  })
  const refusal = async (call: () => void): Promise<unknown> => {
    const error = await caught(call)
    expect([error.code, error.retry]).to.deep.equal(['registry.stale_answer', 'later'])
    return (error.facts as { field: string }).field
  }

  describe('checkCurrent', () => {
    it('takes the same answer again, a later revocation, and the next card', () => {
      pins.checkCurrent(agent, { cardId: second, record: recordOf({ epoch: 1 }) })
      pins.checkCurrent(agent, { cardId: second, record: recordOf({ epoch: 1, revokedAt: 170 }) })
      pins.checkCurrent(agent, { cardId: third, record: recordOf({ epoch: 2 }) })
    })

    it('takes the same transaction in another block', () => {
      pins.checkCurrent(agent, { cardId: second, record: recordOf({ epoch: 1, validFrom: 151, hint: 2 }) })
    })

    it('refuses an earlier epoch, another card at the same epoch, and no card at all', async () => {
      const earlier = { cardId: first, record: recordOf({ validUntil: 150, revokedAt: 160 }) }
      expect(await refusal(() => pins.checkCurrent(agent, earlier))).to.equal('epoch')
      const other = { cardId: third, record: recordOf({ epoch: 1 }) }
      expect(await refusal(() => pins.checkCurrent(agent, other))).to.equal('cardId')
      expect(await refusal(() => pins.checkCurrent(agent, undefined))).to.equal('epoch')
    })
  })

  describe('checkRecord', () => {
    it('refuses a revocation, an end or a card that is gone', async () => {
      const unrevoked = recordOf({ validUntil: 150 })
      expect(await refusal(() => pins.checkRecord(agent, first, unrevoked))).to.equal('revokedAt')
      const endless = recordOf({ revokedAt: 160 })
      expect(await refusal(() => pins.checkRecord(agent, first, endless))).to.equal('validUntil')
      expect(await refusal(() => pins.checkRecord(agent, first, undefined))).to.equal('epoch')
    })

    it('refuses a card before the newest that has no end, though it was never seen', async () => {
      pins.checkCurrent(agent, { cardId: third, record: recordOf({ epoch: 5 }) })
      const unseen = asCardId(`0x${'04'.repeat(32)}`)
      expect(await refusal(() => pins.checkRecord(agent, unseen, recordOf({ epoch: 3 })))).to.equal('validUntil')
    })

    it('takes a card that was never published for what it is', () => {
      pins.checkRecord(agent, third, undefined)
    })

    it('refuses a card that moved to another epoch', async () => {
      const moved = recordOf({ epoch: 1, validUntil: 150, revokedAt: 160 })
      expect(await refusal(() => pins.checkRecord(agent, first, moved))).to.equal('epoch')
    })
  })

  it('remembers as many as it is told to, and forgets the oldest', () => {
    for (let i = 0; i < 5; i++) {
      const other = asAddress(`0x${String(i).repeat(40)}`)
      pins.checkCurrent(other, { cardId: first, record: recordOf({}) })
    }
    pins.checkCurrent(agent, undefined)
  })
})
