import { expect } from 'chai'
import { storeError } from '../../src/store/sqlite-database.ts'

describe('store/sqlite-database', () => {
  describe('storeError', () => {
    const cases: readonly [object, string, string][] = [
      [{ errcode: 5 }, 'store.locked', 'later'],
      [{ errcode: 6 }, 'store.locked', 'later'],
      [{ errcode: 11 }, 'store.corrupt', 'never'],
      [{ errcode: 11 | (1 << 8) }, 'store.corrupt', 'never'],
      [{ errcode: 26 }, 'store.corrupt', 'never'],
      [{ errcode: 13 }, 'store.full', 'later'],
      [{ code: 'ENOSPC' }, 'store.full', 'later'],
      [{ errcode: 10 | (3 << 8) }, 'store.unavailable', 'later'],
      [{ code: 'EACCES' }, 'store.unavailable', 'later'],
      [{}, 'store.unavailable', 'later'],
    ]
    for (const [thrown, code, retry] of cases) {
      it(`gives ${code} for ${JSON.stringify(thrown)}`, () => {
        const error = storeError('/x', thrown)
        expect([error.code, error.retry]).to.deep.equal([code, retry])
        expect(error.facts).to.have.property('path', '/x')
      })
    }
  })
})
