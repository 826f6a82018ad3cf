import { expect } from 'chai'
import { HeraldError } from '../../src/core/errors.ts'
import * as errors from '../../src/identity/errors.ts'

const facts = {
  agent: { chainId: 1, registry: `0x${'5e'.repeat(20)}`, address: `0x${'a1'.repeat(20)}` },
  cardId: `0x${'cc'.repeat(32)}`,
  time: 1,
  revokedAt: 2,
  reason: 'superseded',
  compromisedSince: 3,
  validFrom: 4,
  validUntil: 5,
} as never

describe('identity/errors', () => {
  const all = Object.entries(errors).map(([name, Thrown]) => ({ name, error: new Thrown(facts) as HeraldError }))

  it('have codes that no other has', () => {
    expect(new Set(all.map(({ error }) => error.code)).size).to.equal(all.length)
  })

  for (const { name, error } of all)
    it(`${name} says ${error.code}, and which card or agent it is about`, () => {
      expect(error).to.be.instanceOf(HeraldError)
      expect(error.code).to.match(/^identity\.[a-z_]+$/)
      expect(error.name).to.equal(`Identity.${name}`)
      expect(error.message).to.match(/0xcccc|0xa1a1/)
      expect(error.facts).to.equal(facts)
    })
})
