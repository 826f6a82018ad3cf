/** What every store does, whatever it is made of: `behavesLikeStore(name, harness)`. */

import { expect } from 'chai'
import fc from 'fast-check'
import { isHeraldError } from '../../src/core/errors.ts'
import { type Store, type StoreChange, type StoreRow, type StoreTable, storeTables } from '../../src/store/port.ts'

/** How the suite gets at an implementation. */
export interface StoreHarness {
  /** Opens the store of this test: empty at first, and the same one again after it was disposed of, if it is durable. */
  open(): Promise<Store>
  /** Removes what the test left behind. */
  cleanUp(): Promise<void>
}

const seed = 0x48524c44
const text = new TextEncoder()
const value = (content: string): Uint8Array => text.encode(content)

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (isHeraldError(error)) return error.code
    throw error
  }
  return 'nothing thrown'
}

type Step =
  | { readonly do: 'put' | 'putIfAbsent'; table: StoreTable; key: string; value: Uint8Array; expiresAt?: number }
  | { readonly do: 'delete'; table: StoreTable; key: string }
  | { readonly do: 'sweep'; now: number }
  | { readonly do: 'count'; table: StoreTable }
  | { readonly do: 'scan'; table: StoreTable; prefix: string; after: string; limit: number }
  | { readonly do: 'batch'; changes: StoreChange[] }

// Few keys, tables and times, so that steps meet each other.
const table = fc.constantFrom<StoreTable>('outbox', 'replay')
const key = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '~', ' ') })
const bytes = fc.uint8Array({ maxLength: 12 })
const time = fc.nat(20)
const row = { key, value: bytes, expiresAt: fc.option(time, { nil: undefined }) }
const change: fc.Arbitrary<StoreChange> = fc.oneof(
  fc.record({ table, put: fc.record({ key, value: bytes, expiresAt: time }) }),
  fc.record({ table, delete: key }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('put' as const, 'putIfAbsent' as const), table, ...row }) as fc.Arbitrary<Step>,
  fc.record({ do: fc.constant('delete' as const), table, key }),
  fc.record({ do: fc.constant('sweep' as const), now: time }),
  fc.record({ do: fc.constant('count' as const), table }),
  fc.record({
    do: fc.constant('scan' as const),
    table,
    prefix: fc.constantFrom('', 'a', 'ab', '~'),
    after: fc.oneof(fc.constant(''), key),
    limit: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ do: fc.constant('batch' as const), changes: fc.array(change, { maxLength: 4 }) }),
)

/** The store, written as plainly as can be. */
class Model {
  rows: { table: StoreTable; key: string; value: Uint8Array; expiresAt: number | undefined }[] = []

  has(table: StoreTable, key: string): boolean {
    return this.rows.some((row) => row.table === table && row.key === key)
  }
  delete(table: StoreTable, key: string): boolean {
    const had = this.has(table, key)
    this.rows = this.rows.filter((row) => row.table !== table || row.key !== key)
    return had
  }
  put(table: StoreTable, key: string, value: Uint8Array, expiresAt: number | undefined): void {
    this.delete(table, key)
    this.rows.push({ table, key, value, expiresAt })
  }
  scan(table: StoreTable, prefix: string, after: string, limit: number) {
    return this.rows
      .filter((row) => row.table === table && row.key.startsWith(prefix) && row.key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, limit)
      .map(({ key, value }) => ({ key, value: Array.from(value) }))
  }
  apply(step: Step): unknown {
    switch (step.do) {
      case 'put':
        return this.put(step.table, step.key, step.value, step.expiresAt)
      case 'putIfAbsent': {
        if (this.has(step.table, step.key)) return false
        this.put(step.table, step.key, step.value, step.expiresAt)
        return true
      }
      case 'delete':
        return this.delete(step.table, step.key)
      case 'sweep': {
        const before = this.rows.length
        this.rows = this.rows.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > step.now)
        return before - this.rows.length
      }
      case 'count':
        return this.rows.filter((row) => row.table === step.table).length
      case 'scan':
        return this.scan(step.table, step.prefix, step.after, step.limit)
      case 'batch':
        for (const change of step.changes) {
          if ('put' in change) this.put(change.table, change.put.key, change.put.value, change.put.expiresAt)
          else this.delete(change.table, change.delete)
        }
    }
    return undefined
  }
}

async function applyTo(store: Store, step: Step): Promise<unknown> {
  switch (step.do) {
    case 'put':
    case 'putIfAbsent': {
      const options = step.expiresAt === undefined ? {} : { expiresAt: step.expiresAt }
      return store[step.do](step.table, step.key, step.value, options)
    }
    case 'delete':
      return store.delete(step.table, step.key)
    case 'sweep':
      return store.sweep(step.now)
    case 'count':
      return store.count(step.table)
    case 'scan':
      return plain(await store.scan(step.table, step))
    case 'batch':
      return store.batch(step.changes)
  }
}

function plain(rows: readonly { key: string; value: Uint8Array }[]) {
  return rows.map(({ key, value }) => ({ key, value: Array.from(value) }))
}

/** The first bytes of the rows with a prefix, read page by page. */
async function pageThrough(store: Store, prefix: string, limit: number): Promise<number[]> {
  const seen: number[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: readonly StoreRow[] = await store.scan('outbox', { prefix, after, limit })
    seen.push(...page.map((row) => row.value[0] as number))
    after = page.at(-1)?.key
  }
  return seen
}

async function emptyOut(store: Store): Promise<void> {
  for (const table of storeTables) {
    for (const { key } of await store.scan(table, { limit: 1000 })) await store.delete(table, key)
  }
}

/** Runs the suite against an implementation. */
export function behavesLikeStore(name: string, makeHarness: () => StoreHarness): void {
  describe(`${name} behaves like a store`, () => {
    let harness: StoreHarness
    let store: Store

    beforeEach(async () => {
      harness = makeHarness()
      store = await harness.open()
    })
    afterEach(async () => {
      await store[Symbol.asyncDispose]()
      await harness.cleanUp()
    })

    describe('get, put, delete', () => {
      it('gives back what was put, and nothing for a key that is not there', async () => {
        await store.put('messages', 'k', value('v'))
        expect(await store.get('messages', 'k')).to.deep.equal(value('v'))
        expect(await store.get('messages', 'other')).to.equal(undefined)
      })

      it('keeps an empty value apart from none', async () => {
        await store.put('messages', 'k', new Uint8Array(0))
        expect(await store.get('messages', 'k')).to.deep.equal(new Uint8Array(0))
      })

      it('keeps the tables apart', async () => {
        for (const table of storeTables) await store.put(table, 'k', value(table))
        for (const table of storeTables) expect(await store.get(table, 'k')).to.deep.equal(value(table))
      })

      it('counts the rows of one table', async () => {
        expect(await store.count('replay')).to.equal(0)
        for (const key of ['a', 'b', 'c']) await store.put('replay', key, value(key))
        await store.put('messages', 'a', value('a'))
        await store.put('replay', 'a', value('again'))
        await store.delete('replay', 'b')
        expect(await store.count('replay')).to.equal(2)
        expect(await codeOf(store.count('others' as StoreTable))).to.equal('core.invalid_argument')
      })

      it('replaces the value and the expiry of a row', async () => {
        await store.put('messages', 'k', value('old'), { expiresAt: 10 })
        await store.put('messages', 'k', value('new'))
        expect(await store.sweep(10)).to.equal(0)
        expect(await store.get('messages', 'k')).to.deep.equal(value('new'))
      })

      it('tells whether there was a row to delete', async () => {
        await store.put('messages', 'k', value('v'))
        expect(await store.delete('messages', 'k')).to.equal(true)
        expect(await store.delete('messages', 'k')).to.equal(false)
        expect(await store.get('messages', 'k')).to.equal(undefined)
      })

      it('does not share memory with its caller', async () => {
        const given = value('abc')
        const putting = store.put('messages', 'k', given)
        given.fill(0)
        await putting
        const first = await store.get('messages', 'k')
        first?.fill(0)
        expect(await store.get('messages', 'k')).to.deep.equal(value('abc'))
      })

      it('takes effect in the order of the calls, awaited or not', async () => {
        const calls = [
          store.put('messages', 'k', value('1')),
          store.delete('messages', 'k'),
          store.put('messages', 'k', value('2')),
        ]
        expect(await store.get('messages', 'k')).to.deep.equal(value('2'))
        await Promise.all(calls)
      })

      it('holds values of a mebibyte', async () => {
        const large = new Uint8Array(1_048_576).map((_, i) => i)
        await store.put('messages', 'k', large)
        expect(await store.get('messages', 'k')).to.deep.equal(large)
      })
    })

    describe('putIfAbsent', () => {
      it('lets exactly one of many concurrent calls win', async () => {
        const wins = await Promise.all(
          Array.from({ length: 50 }, (_, i) => store.putIfAbsent('replay', 'k', Uint8Array.of(i))),
        )
        expect(wins.filter(Boolean)).to.have.length(1)
        expect(await store.get('replay', 'k')).to.deep.equal(Uint8Array.of(wins.indexOf(true)))
      })

      it('leaves the row that is there, its expiry included', async () => {
        await store.put('replay', 'k', value('first'), { expiresAt: 5 })
        expect(await store.putIfAbsent('replay', 'k', value('second'), { expiresAt: 50 })).to.equal(false)
        expect(await store.sweep(5)).to.equal(1)
      })
    })

    describe('scan', () => {
      it('gives rows in code-unit order', async () => {
        for (const key of ['b', 'a~', 'B', 'a', 'a b']) await store.put('outbox', key, value(key))
        const rows = await store.scan('outbox', { limit: 10 })
        expect(rows.map((row) => row.key)).to.deep.equal(['B', 'a', 'a b', 'a~', 'b'])
      })

      it('pages through a prefix without losing or repeating a row', async () => {
        for (let i = 0; i < 25; i++) await store.put('outbox', `p/${String(i).padStart(2, '0')}`, Uint8Array.of(i))
        await store.put('outbox', 'o', value('before'))
        await store.put('outbox', 'q', value('after'))
        const seen = await pageThrough(store, 'p/', 10)
        expect(seen).to.deep.equal(Array.from({ length: 25 }, (_, i) => i))
      })
    })

    describe('batch', () => {
      it('applies all changes in order', async () => {
        await store.put('outbox', 'old', value('v'))
        await store.batch([
          { table: 'outbox', delete: 'old' },
          { table: 'messages', put: { key: 'new', value: value('1') } },
          { table: 'messages', put: { key: 'new', value: value('2') } },
        ])
        expect(await store.get('outbox', 'old')).to.equal(undefined)
        expect(await store.get('messages', 'new')).to.deep.equal(value('2'))
      })

      it('applies none when one of them is refused', async () => {
        const refused = store.batch([
          { table: 'messages', put: { key: 'good', value: value('1') } },
          { table: 'messages', put: { key: '', value: value('2') } },
        ])
        expect(await codeOf(refused)).to.equal('store.invalid_key')
        expect(await store.get('messages', 'good')).to.equal(undefined)
      })

      it('does not share memory with its caller', async () => {
        const given = value('abc')
        const applying = store.batch([{ table: 'messages', put: { key: 'k', value: given } }])
        given.fill(0)
        await applying
        expect(await store.get('messages', 'k')).to.deep.equal(value('abc'))
      })

      it('takes an empty batch', async () => {
        await store.batch([])
      })
    })

    describe('sweep', () => {
      it('removes what expires at or before the time given, and tells how many', async () => {
        await store.put('replay', 'past', value('1'), { expiresAt: 99 })
        await store.put('outbox', 'now', value('2'), { expiresAt: 100 })
        await store.put('replay', 'future', value('3'), { expiresAt: 101 })
        await store.put('replay', 'ever', value('4'))
        expect(await store.sweep(100)).to.equal(2)
        expect(await store.sweep(100)).to.equal(0)
        expect((await store.scan('replay', { limit: 9 })).map((row) => row.key)).to.deep.equal(['ever', 'future'])
      })
    })

    describe('bad input', () => {
      it('is refused with a typed error that says what is wrong', async () => {
        const refused: readonly [string, () => Promise<unknown>][] = [
          ['store.invalid_key', () => store.put('messages', '', value('v'))],
          ['store.invalid_key', () => store.put('messages', 'k'.repeat(257), value('v'))],
          ['store.invalid_key', () => store.putIfAbsent('messages', 'ä', value('v'))],
          ['store.invalid_key', () => store.get('messages', 'a\nb')],
          ['store.invalid_key', () => store.delete('messages', 'a\0b')],
          ['store.invalid_key', () => store.scan('messages', { prefix: 'ä', limit: 1 })],
          ['store.invalid_key', () => store.scan('messages', { after: 'ä', limit: 1 })],
          ['store.invalid_key', () => store.get('messages', 7 as never)],
          ['store.invalid_limit', () => store.scan('messages', { limit: 0 })],
          ['store.invalid_limit', () => store.scan('messages', { limit: 1001 })],
          ['store.invalid_limit', () => store.scan('messages', { limit: 1.5 })],
          ['core.invalid_argument', () => store.get('nonsense' as StoreTable, 'k')],
          ['core.invalid_argument', () => store.put('messages', 'k', 'text' as never)],
          ['core.invalid_argument', () => store.put('messages', 'k', value('v'), { expiresAt: -1 })],
          ['core.invalid_argument', () => store.put('messages', 'k', value('v'), { expiresAt: 0.5 })],
          ['core.invalid_argument', () => store.sweep(Number.NaN)],
          ['store.value_too_large', () => store.put('messages', 'k', new Uint8Array(67_108_865))],
        ]
        for (const [code, call] of refused) expect(await codeOf(call())).to.equal(code)
        expect(await store.scan('messages', { limit: 1 })).to.deep.equal([])
      })

      it('takes the longest key', async () => {
        await store.put('messages', 'k'.repeat(256), value('v'))
        expect(await store.get('messages', 'k'.repeat(256))).to.deep.equal(value('v'))
      })
    })

    describe('disposal', () => {
      it('can be repeated, and ends every other call with a typed error', async () => {
        await store[Symbol.asyncDispose]()
        await store[Symbol.asyncDispose]()
        const calls = [
          store.get('messages', 'k'),
          store.put('messages', 'k', value('v')),
          store.putIfAbsent('messages', 'k', value('v')),
          store.delete('messages', 'k'),
          store.scan('messages', { limit: 1 }),
          store.batch([]),
          store.sweep(0),
        ]
        for (const call of calls) expect(await codeOf(call)).to.equal('store.closed')
      })
    })

    it('agrees with a plain list over any sequence of calls', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          await emptyOut(store)
          const model = new Model()
          for (const step of steps) expect(await applyTo(store, step)).to.deep.equal(model.apply(step))
          for (const table of storeTables)
            expect(plain(await store.scan(table, { limit: 1000 }))).to.deep.equal(model.scan(table, '', '', 1000))
        }),
        { seed, numRuns: 60 },
      )
    })
  })
}
