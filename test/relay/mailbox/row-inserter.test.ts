import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { RowInserter } from '../../../src/relay/mailbox/row-inserter.ts'

describe('relay/mailbox/row-inserter', () => {
  describe('insert', () => {
    it('inserts any number of rows, in their order and columns', () => {
      const db = new DatabaseSync(':memory:')
      db.exec('CREATE TABLE pairs (no INTEGER PRIMARY KEY, a, b)')
      const inserter = new RowInserter(db, 'pairs', ['b', 'a'])
      for (const count of [0, 1, 3, 4, 15, 16, 17, 37]) {
        db.exec('DELETE FROM pairs')
        inserter.insert(Array.from({ length: count }, (_, i) => [i, `a${i}`]))
        const rows = db.prepare('SELECT a, b FROM pairs ORDER BY no').all()
        expect(rows.map(({ a, b }) => [a, b])).to.deep.equal(Array.from({ length: count }, (_, i) => [`a${i}`, i]))
      }
      db.close()
    })
  })
})
