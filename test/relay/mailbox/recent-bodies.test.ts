import { expect } from 'chai'
import { RecentBodies } from '../../../src/relay/mailbox/recent-bodies.ts'

describe('relay/mailbox/recent-bodies', () => {
  const entry = (seq: number, plain: Uint8Array) => ({ seq, rank: 2, expires: 3000, plain })

  describe('find', () => {
    it('gives what is in a row', () => {
      const recent = new RecentBodies()
      const entries = [entry(1, Uint8Array.of(1)), entry(2, Uint8Array.of(2))]
      recent.add(1, 7, entries)
      expect(recent.find(1, 7)).to.deep.equal(entries)
      expect(recent.find(2, 7)).to.equal(undefined)
    })

    it('gives a row to no other mailbox than the one whose key it lies under', () => {
      const recent = new RecentBodies()
      const entries = [entry(1, Uint8Array.of(1))]
      recent.add(1, 7, entries)
      recent.add(2, undefined, entries)
      expect(recent.find(1, 8)).to.equal(undefined)
      expect(recent.find(2, 8)).to.equal(entries)
    })
  })

  describe('add', () => {
    it('makes room by forgetting the oldest, and counts what is dropped or replaced', () => {
      const recent = new RecentBodies()
      const big = (seq: number) => [entry(seq, new Uint8Array(3_000_000)), entry(seq + 100, new Uint8Array(3_000_000))]
      for (const seq of [1, 2, 2]) recent.add(seq, 7, big(seq))
      recent.drop(2)
      for (const seq of [3, 4]) recent.add(seq, 7, big(seq))
      const held = [1, 2, 3, 4].filter((row) => recent.find(row, 7) !== undefined)
      expect(held).to.deep.equal([3, 4])
    })
  })

  describe('clear', () => {
    it('forgets all', () => {
      const recent = new RecentBodies()
      recent.add(1, 7, [entry(1, Uint8Array.of(1))])
      recent.clear()
      expect(recent.find(1, 7)).to.equal(undefined)
    })
  })
})
