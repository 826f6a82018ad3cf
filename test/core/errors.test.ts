import { expect } from 'chai'
import { HeraldError, InvalidArgumentError, isHeraldError, MalformedTextError } from '../../src/core/errors.ts'
import { StoreFullError } from '../../src/store/errors.ts'

describe('core/errors', () => {
  describe('HeraldError', () => {
    it('carries name, code, verdict, facts and a message made of the facts', () => {
      const error = new InvalidArgumentError({ argument: 'account', expected: 'CAIP-10 text' })
      expect(error).to.be.instanceOf(Error).and.instanceOf(HeraldError)
      expect(error.name).to.equal('Core.InvalidArgumentError')
      expect(error.code).to.equal('core.invalid_argument')
      expect(error.retry).to.equal('never')
      expect(error.facts).to.deep.equal({ argument: 'account', expected: 'CAIP-10 text' })
      expect(error.message).to.equal('account must be CAIP-10 text')
      expect(error.stack).to.contain('errors.test.ts')
    })

    it('has a cause only when there is one', () => {
      expect('cause' in new MalformedTextError({ expected: 'hex', length: undefined })).to.equal(false)
      const cause = new Error('ENOSPC')
      expect(new StoreFullError({ path: 'herald.db' }, cause).cause).to.equal(cause)
    })

    it('names the length it wanted, where it wanted one', () => {
      expect(new MalformedTextError({ expected: 'hex', length: 4 }).message).to.equal('expected hex of 4 bytes')
      expect(new MalformedTextError({ expected: 'hex', length: undefined }).message).to.equal('expected hex')
    })
  })

  describe('isHeraldError', () => {
    it('tells our errors from others, and by code', () => {
      const error = new InvalidArgumentError({ argument: 'a', expected: 'b' })
      expect(isHeraldError(error)).to.equal(true)
      expect(isHeraldError(error, 'core.invalid_argument')).to.equal(true)
      expect(isHeraldError(error, 'core.malformed_text')).to.equal(false)
      for (const other of [new TypeError('x'), { code: 'core.invalid_argument' }, undefined, null, 'text'])
        expect(isHeraldError(other)).to.equal(false)
    })
  })
})
