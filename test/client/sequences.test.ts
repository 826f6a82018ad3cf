import { expect } from 'chai'
import { createSequences } from '../../src/client/sequences.ts'
import { utf8 } from '../../src/core/bytes.ts'
import { asConversationId } from '../../src/core/ids.ts'
import { StoreFullError } from '../../src/store/errors.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { rejectionCode } from '../support/refusal.ts'
import { failingStore } from '../support/tables.ts'

const one = asConversationId(`0x${'01'.repeat(16)}`)
const two = asConversationId(`0x${'02'.repeat(16)}`)

describe('client/sequences', () => {
  describe('take', () => {
    it('counts each conversation from 0', async () => {
      const sequences = createSequences(memoryStore())
      expect([await sequences.take(one), await sequences.take(one), await sequences.take(two)]).to.deep.equal([0, 1, 0])
    })

    it('gives each of many concurrent calls another number', async () => {
      const sequences = createSequences(memoryStore())
      const taken = await Promise.all(Array.from({ length: 50 }, () => sequences.take(one)))
      expect(taken.toSorted((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i))
    })

    it('goes on where an earlier run stopped', async () => {
      const store = memoryStore()
      const first = createSequences(store)
      await first.take(one)
      await first.take(one)
      await store.put('conversations', one, first.state(one))
      expect(await createSequences(store).take(one)).to.equal(2)
    })

    it('tries the store again after it failed once', async () => {
      const store = failingStore(memoryStore())
      await store.put('conversations', one, utf8('7'))
      const sequences = createSequences(store)
      store.failNext('get', new StoreFullError({ path: 'disk' }))
      expect(await rejectionCode(sequences.take(one))).to.equal('store.full')
      expect(await sequences.take(one)).to.equal(7)
    })

    it('refuses to count on from a row that is no number', async () => {
      for (const row of [
        '',
        'seven',
        '-1',
        '1.5',
        '1e3',
        '07',
        '7 ',
        '7\n',
        '9007199254740993',
        '1'.repeat(17),
        '\u00b2',
      ]) {
        const store = memoryStore()
        await store.put('conversations', one, utf8(row))
        expect(await rejectionCode(createSequences(store).take(one)), row).to.equal('messaging.corrupt_record')
      }
    })
  })

  describe('state', () => {
    it('is the highest number handed out plus one, whichever of them is kept first', async () => {
      const sequences = createSequences(memoryStore())
      expect(sequences.state(one)).to.deep.equal(utf8('0'))
      await Promise.all([sequences.take(one), sequences.take(one)])
      expect(sequences.state(one)).to.deep.equal(utf8('2'))
    })
  })
})
