import { expect } from 'chai'
import { createReplayMemory } from '../../../src/messaging/inbox/replay-memory.ts'
import { StoreFullError } from '../../../src/store/errors.ts'
import { memoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/port.ts'
import { codeOf, rejection } from '../../support/refusal.ts'
import { failingStore, keysOf } from '../../support/tables.ts'

const row = new Uint8Array(33)
const hour = 3_600_000

describe('messaging/inbox/replay-memory', () => {
  let store: Store
  let time: number
  beforeEach(() => {
    store = memoryStore()
    time = 1_800_000_000_000
  })
  const open = (limit: number, of: Store = store) => createReplayMemory({ store: of, now: () => time, limit })

  describe('claim', () => {
    it('takes a key once, in this run and in the next', async () => {
      const memory = open(10)
      expect(await memory.claim('a', row, time + 1)).to.equal(true)
      expect(await memory.claim('a', row, time + 1)).to.equal(false)
      expect(await open(10).claim('a', row, time + 1)).to.equal(false)
    })

    it('refuses a new key beyond its limit, to be tried again later, and names the limit', async () => {
      const memory = open(2)
      await memory.claim('a', row, time + hour)
      await memory.claim('b', row, time + hour)
      const error = await rejection(memory.claim('c', row, time + hour))
      expect(error).to.include({ code: 'messaging.replay_memory_full', retry: 'later' })
      expect(error.facts).to.deep.equal({ limit: 2 })
      expect(await keysOf(store, 'replay')).to.deep.equal(['a', 'b'])
    })

    it('still knows what it has when it is full', async () => {
      const memory = open(1)
      await memory.claim('a', row, time + hour)
      expect(await memory.claim('a', row, time + hour)).to.equal(false)
    })

    it('counts what earlier runs left', async () => {
      await open(2).claim('a', row, time + hour)
      const memory = open(2)
      await memory.claim('b', row, time + hour)
      expect((await rejection(memory.claim('c', row, time + hour))).code).to.equal('messaging.replay_memory_full')
    })

    it('never holds more than its limit, however many claims come at the same time', async () => {
      const memory = open(5)
      const claims = Array.from({ length: 40 }, (_, n) => memory.claim(`key ${n}`, row, time + hour))
      const outcomes = await Promise.allSettled(claims)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(5)
      expect(await store.count('replay')).to.equal(5)
    })

    it('has room again once a row has expired, within a minute', async () => {
      const memory = open(1)
      await memory.claim('a', row, time + 1000)
      time += 60_000
      expect(await memory.claim('b', row, time + hour)).to.equal(true)
      expect(await keysOf(store, 'replay')).to.deep.equal(['b'])
    })

    it('does not sweep for every message that finds it full', async () => {
      let sweeps = 0
      const counting: Store = Object.assign(Object.create(store), {
        sweep: (now: number) => {
          sweeps += 1
          return store.sweep(now)
        },
      })
      const memory = open(1, counting)
      await memory.claim('a', row, time + hour)
      for (let i = 0; i < 100; i++) {
        time += 1000
        await rejection(memory.claim(`key ${i}`, row, time + hour))
      }
      expect(sweeps).to.equal(2)
    })

    it('sweeps once an hour while it has room, so that what has expired does not pile up', async () => {
      const memory = open(10)
      await memory.claim('a', row, time + 1)
      time += hour - 1
      await memory.claim('b', row, time + hour)
      expect(await keysOf(store, 'replay')).to.deep.equal(['a', 'b'])
      time += 1
      await memory.claim('c', row, time + hour)
      expect(await keysOf(store, 'replay')).to.deep.equal(['b', 'c'])
    })

    it('goes on when the clock was set back', async () => {
      const memory = open(1)
      await memory.claim('a', row, time + hour)
      time -= 100 * hour
      expect((await rejection(memory.claim('b', row, time + hour))).code).to.equal('messaging.replay_memory_full')
      await store.delete('replay', 'a')
      time += 60_000
      expect(await memory.claim('b', row, time + hour)).to.equal(true)
    })

    it('counts nothing for a claim that could not be written', async () => {
      const failing = failingStore(store)
      const memory = open(1, failing)
      for (let i = 0; i < 3; i++) {
        failing.failNext('putIfAbsent', new StoreFullError({ path: 'disk' }))
        expect((await rejection(memory.claim('a', row, time + hour))).code).to.equal('store.full')
      }
      expect(await memory.claim('a', row, time + hour)).to.equal(true)
    })
  })

  describe('createReplayMemory', () => {
    it('refuses a limit that is none', () => {
      for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(codeOf(() => open(limit))).to.equal('core.invalid_argument')
    })
  })
})
