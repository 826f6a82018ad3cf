import { expect } from 'chai'
import { HeraldError } from '../../src/core/errors.ts'
import * as errors from '../../src/messaging/errors.ts'

const facts = {
  messageId: `0x${'a1'.repeat(16)}`,
  recipientCard: `0x${'b2'.repeat(32)}`,
  senderCard: `0x${'c3'.repeat(32)}`,
  suite: 1,
  expected: 2,
  expires: 3,
  now: 5,
  chainId: 6,
  created: 7,
  limit: 8,
  handled: true,
  table: 'outbox',
} as never

describe('messaging/errors', () => {
  const all = Object.entries(errors).map(([name, Thrown]) => ({ name, error: new Thrown(facts) as HeraldError }))

  it('have codes and names that no other has', () => {
    expect(new Set(all.map(({ error }) => error.code)).size).to.equal(all.length)
    expect(new Set(all.map(({ error }) => error.name)).size).to.equal(all.length)
  })

  for (const { name, error } of all)
    it(`${name} says ${error.code}, and which message, card, table or limit it is about`, () => {
      expect(error).to.be.instanceOf(HeraldError)
      expect(error.code).to.match(/^(sealed|messaging)\.[a-z_]+$/)
      expect(error.name.split('.')[1]).to.equal(name)
      expect(error.message).to.match(/0xa1a1|0xb2b2|outbox|^8 messages/)
      expect(error.facts).to.equal(facts)
    })
})
