import { expect } from 'chai'
import { RefreshingCache } from '../../src/registry/refreshing-cache.ts'

class Outage extends Error {}

describe('registry/refreshing-cache', () => {
  let now: number
  let asked: number
  let answer: () => Promise<string>
  let cache: RefreshingCache<string>

  beforeEach(() => {
    now = 1_000_000
    asked = 0
    answer = async () => `answer ${asked}`
    cache = new RefreshingCache({
      capacity: 2,
      freshMillis: 15_000,
      expiredMillis: 300_000,
      ambient: { now: () => now },
      isOutage: (error) => error instanceof Outage,
    })
  })
  const get = (key = 'k'): Promise<string> =>
    cache.get(key, () => {
      asked++
      return answer()
    })
  const fail = async (): Promise<never> => {
    throw new Outage()
  }

  describe('get', () => {
    it('asks once while the answer is fresh, and again from then on', async () => {
      expect(await get()).to.equal('answer 1')
      now += 14_999
      expect(await get()).to.equal('answer 1')
      now += 1
      expect(await get()).to.equal('answer 2')
    })

    it('asks once for many callers at a time', async () => {
      expect(await Promise.all([get(), get(), get()])).to.deep.equal(['answer 1', 'answer 1', 'answer 1'])
      expect(asked).to.equal(1)
    })

    it('gives the old answer during an outage until it is expired, then the error', async () => {
      await get()
      answer = fail
      now += 299_999
      expect(await get()).to.equal('answer 1')
      now += 1
      expect(await get().catch((error) => error)).to.be.instanceOf(Outage)
    })

    it('does not ask at every call during an outage', async () => {
      await get()
      answer = fail
      now += 20_000
      for (let i = 0; i < 5; i++) await get()
      expect(asked).to.equal(2)
      now += 5000
      await get()
      expect(asked).to.equal(3)
    })

    it('throws what is no outage, whatever it has kept', async () => {
      await get()
      now += 20_000
      answer = async () => {
        throw new RangeError()
      }
      expect(await get().catch((error) => error)).to.be.instanceOf(RangeError)
    })

    it('asks again when the clock was set back', async () => {
      await get()
      now -= 1
      expect(await get()).to.equal('answer 2')
    })

    it('keeps no more than its capacity, and what was used last', async () => {
      await get('a')
      await get('b')
      await get('a')
      await get('c')
      expect(asked).to.equal(3)
      await get('a')
      expect(asked).to.equal(3)
      await get('b')
      expect(asked).to.equal(4)
    })
  })

  describe('delete', () => {
    it('forgets an answer, so that not even an outage brings it back', async () => {
      await get()
      cache.delete('k')
      answer = fail
      expect(await get().catch((error) => error)).to.be.instanceOf(Outage)
    })

    it('does not keep an answer that was under way to a question asked before', async () => {
      let release: (value: string) => void = () => {}
      answer = () => new Promise((resolve) => (release = resolve))
      const first = get()
      cache.delete('k')
      release('old')
      await first
      answer = async () => 'new'
      expect(await get()).to.equal('new')
    })
  })
})
