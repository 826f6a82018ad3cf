import { expect } from 'chai'
import fc from 'fast-check'
import { createLru } from '../../src/crypto/lru.ts'

describe('crypto/lru', () => {
  describe('createLru', () => {
    it('forgets what was used longest ago, reading being a use', () => {
      const lru = createLru<string, number>(2)
      lru.set('a', 1)
      lru.set('b', 2)
      expect(lru.get('a')).to.equal(1)
      lru.set('c', 3)
      expect([lru.get('a'), lru.get('b'), lru.get('c')]).to.deep.equal([1, undefined, 3])
    })

    it('replaces a value in its place, without forgetting another', () => {
      const lru = createLru<string, number>(2)
      lru.set('a', 1)
      lru.set('b', 2)
      lru.set('a', 3)
      expect([lru.get('a'), lru.get('b')]).to.deep.equal([3, 2])
    })

    it('forgets one entry on demand', () => {
      const lru = createLru<string, number>(2)
      lru.set('a', 1)
      lru.delete('a')
      lru.delete('b')
      expect(lru.get('a')).to.equal(undefined)
    })

    it('tells every value that goes, once: pushed out, replaced, deleted', () => {
      const gone: string[] = []
      const lru = createLru<string, string>(2, (value) => gone.push(value))
      lru.set('a', 'a1')
      lru.set('b', 'b1')
      lru.set('c', 'c1')
      expect(gone).to.deep.equal(['a1'])
      lru.set('b', 'b2')
      lru.set('b', 'b2')
      lru.delete('c')
      lru.delete('c')
      expect(gone).to.deep.equal(['a1', 'b1', 'c1'])
      expect(lru.get('b')).to.equal('b2')
    })

    it('does as a list does that is sorted by last use', () => {
      /** The same by a list: what was used last stands last. */
      function listTwin(capacity: number) {
        let entries: [number, number][] = []
        const use = (key: number, value: number) => {
          const others = entries.filter(([other]) => other !== key)
          entries = [...others, [key, value] as [number, number]].slice(-capacity)
          return value
        }
        const get = (key: number) => {
          const found = entries.find(([other]) => other === key)
          return found && use(key, found[1])
        }
        return { get, set: use }
      }
      const step = fc.record({ key: fc.nat(6), value: fc.option(fc.nat(), { nil: undefined }) })
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
          const lru = createLru<number, number>(capacity)
          const twin = listTwin(capacity)
          for (const { key, value } of steps)
            if (value === undefined) expect(lru.get(key)).to.equal(twin.get(key))
            else {
              lru.set(key, value)
              twin.set(key, value)
            }
        }),
        { seed: 20261123, numRuns: 300 },
      )
    })
  })
})
