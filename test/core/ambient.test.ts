import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'

describe('core/ambient', () => {
  describe('systemAmbient', () => {
    it('tells whole milliseconds since 1970', () => {
      expect(systemAmbient.now()).to.satisfy(Number.isSafeInteger)
      expect(systemAmbient.now()).to.be.greaterThan(Date.UTC(2026, 0))
    })

    it('draws as many bytes as asked for, others each time', () => {
      for (const length of [0, 1, 32, 65_536]) expect(systemAmbient.random(length)).to.have.length(length)
      expect(systemAmbient.random(32)).to.not.deep.equal(systemAmbient.random(32))
    })
  })
})
