import { expect } from 'chai'
import { suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { asSuite } from '../../src/wire/suite.ts'
import { refusal } from '../support/refusal.ts'

describe('wire/suite', () => {
  describe('asSuite', () => {
    it('takes the two suites', () => {
      expect([asSuite('card', suiteXWing), asSuite('card', suiteX25519)]).to.deep.equal([0x647a, 0x0020])
    })

    it('refuses every other, and names structure and suite', () => {
      const error = refusal(() => asSuite('card', 0x21))
      expect(error.code).to.equal('wire.unknown_suite')
      expect(error.facts).to.deep.equal({ structure: 'card', suite: 0x21 })
      expect(error.message).to.equal('card names the unknown suite 0x0021')
    })
  })
})
