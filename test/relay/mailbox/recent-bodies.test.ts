import { expect } from 'chai'
import { RecentBodies } from '../../../src/relay/mailbox/recent-bodies.ts'

describe('relay/mailbox/recent-bodies', () => {
  const row = { seq: 1, rank: 2, expires: 3000 }
  const plain = Uint8Array.of(1, 2, 3)

  describe('find', () => {
    it('gives a body as long as its row says what it said', () => {
      const recent = new RecentBodies()
      recent.add(row.seq, { ...row, plain })
      expect(recent.find(row)).to.deep.equal(plain)
      expect(recent.find({ ...row, seq: 2 })).to.equal(undefined)
      expect(recent.find({ ...row, rank: 1 })).to.equal(undefined)
      expect(recent.find({ ...row, expires: 3001 })).to.equal(undefined)
    })
  })

  describe('add', () => {
    it('makes room by forgetting the oldest, and counts what is dropped', () => {
      const recent = new RecentBodies()
      const big = new Uint8Array(6_000_000)
      for (const seq of [1, 2]) recent.add(seq, { ...row, plain: big })
      recent.drop(2)
      for (const seq of [3, 4]) recent.add(seq, { ...row, plain: big })
      const held = [1, 2, 3, 4].filter((seq) => recent.find({ ...row, seq }) !== undefined)
      expect(held).to.deep.equal([3, 4])
    })
  })

  describe('clear', () => {
    it('forgets all', () => {
      const recent = new RecentBodies()
      recent.add(row.seq, { ...row, plain })
      recent.clear()
      expect(recent.find(row)).to.equal(undefined)
    })
  })
})
