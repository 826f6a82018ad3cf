import { expect } from 'chai'
import { RateLimit } from '../../src/relay/rate-limit.ts'

describe('relay/rate-limit', () => {
  describe('take', () => {
    it('lets a burst through, then as many as the rate allows', () => {
      const limit = new RateLimit({ burst: 3, perSecond: 2, maxKeys: 10 })
      const at = (now: number) => limit.take('a', now)
      expect([at(0), at(0), at(0), at(0)]).to.deep.equal([0, 0, 0, 1])
      expect([at(500), at(500)]).to.deep.equal([0, 1])
      expect([at(60_000), at(60_000), at(60_000), at(60_000)]).to.deep.equal([0, 0, 0, 1])
    })

    it('says after how many whole seconds there is a token', () => {
      const limit = new RateLimit({ burst: 1, perSecond: 0.1, maxKeys: 10 })
      limit.take('a', 0)
      expect([limit.take('a', 0), limit.take('a', 4000), limit.take('a', 10_000)]).to.deep.equal([10, 6, 0])
    })

    it('gives nothing for a clock that jumps back', () => {
      const limit = new RateLimit({ burst: 1, perSecond: 1, maxKeys: 10 })
      limit.take('a', 10_000)
      expect(limit.take('a', 0)).to.equal(1)
    })

    it('counts each key by itself and forgets the one used longest ago', () => {
      const limit = new RateLimit({ burst: 1, perSecond: 0.001, maxKeys: 2 })
      expect([limit.take('a', 0), limit.take('b', 0), limit.take('a', 0)]).to.deep.equal([0, 0, 1000])
      limit.take('c', 0)
      expect(limit.take('b', 0)).to.equal(0)
    })
  })
})
