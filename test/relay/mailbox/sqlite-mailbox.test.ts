import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { utf8 } from '../../../src/core/bytes.ts'
import { idBytes, type MessageId } from '../../../src/core/ids.ts'
import type { MailboxStore } from '../../../src/relay/mailbox/port.ts'
import { sqliteMailbox } from '../../../src/relay/mailbox/sqlite-mailbox.ts'
import { alice, behavesLikeMailbox, bob, item } from '../../compliance/mailbox.ts'

const now = 1_000_000

async function failureOf(act: () => Promise<unknown>): Promise<{ code?: string; facts?: object }> {
  return act().then(
    () => ({}),
    (error: object) => error,
  )
}

describe('relay/mailbox/sqlite-mailbox', () => {
  let folder: string
  let file: string
  let files = 0
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-mailbox-'))
  })
  beforeEach(() => {
    file = join(folder, `${++files}.db`)
  })
  after(() => rm(folder, { recursive: true }))

  behavesLikeMailbox('sqliteMailbox', () => sqliteMailbox({ file: join(folder, `suite-${++files}.db`) }))

  async function reopened<T>(use: (store: MailboxStore) => Promise<T>): Promise<T> {
    await using store = await sqliteMailbox({ file })
    return await use(store)
  }

  describe('sqliteMailbox', () => {
    it('keeps messages, duplicates and arrival numbers across a restart', async () => {
      const one = item()
      const [first] = await reopened((store) => store.append([one, item({ priority: 'high' })], now))
      expect(await reopened((store) => store.append([one], now))).to.deep.equal([
        { duplicateOf: (first as { seq: number }).seq, expires: one.expires },
      ])
      await reopened((store) => store.eraseMailbox(alice))
      expect(await reopened((store) => store.append([one], now))).to.deep.equal([{ seq: 3 }])
    })

    it('keeps a lease across a restart until its time is over', async () => {
      const options = { consumer: 'one', count: 9, leaseMillis: 1000, now }
      await reopened(async (store) => {
        await store.append([item(), item()], now)
        await store.lease(alice, { ...options, count: 1 })
      })
      expect(await reopened((store) => store.lease(alice, { ...options, consumer: 'two' }))).to.have.length(1)
      expect(await reopened((store) => store.ack(alice, 'one', [1]))).to.equal(1)
      const [again] = await reopened((store) => store.lease(alice, { ...options, now: now + 1000 }))
      expect(again).to.include({ seq: 2, attempt: 2 })
    })

    it('commits what arrives together at once, and each call gets its own answer', async () => {
      await reopened(async (store) => {
        const answers = await Promise.all(Array.from({ length: 2000 }, () => store.append([item()], now)))
        expect(new Set(answers.map(([outcome]) => (outcome as { seq: number }).seq)).size).to.equal(2000)
      })
    })

    it('refuses a second opening in this process and in another, by name', async () => {
      await using _store = await sqliteMailbox({ file })
      expect((await failureOf(() => sqliteMailbox({ file }))).code).to.equal('relay.store_locked')
      const url = new URL('../../../src/relay/mailbox/sqlite-mailbox.ts', import.meta.url)
      const script = `
        const { sqliteMailbox } = await import(${JSON.stringify(url.href)})
        await sqliteMailbox({ file: ${JSON.stringify(file)} }).catch((error) => process.stdout.write(error.code))`
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const text = child.stdout.toArray()
      await once(child, 'exit')
      expect(Buffer.concat(await text).toString()).to.equal('relay.store_locked')
    })

    it('refuses a database of another version or program, and leaves it as it is', async () => {
      await reopened(async () => {})
      const version = new DatabaseSync(file)
      version.exec('PRAGMA user_version = 9')
      version.close()
      expect((await failureOf(() => sqliteMailbox({ file }))).facts).to.include({ found: 9, supported: 3 })
      const foreign = join(folder, 'foreign.db')
      new DatabaseSync(foreign).exec('CREATE TABLE theirs (a)')
      const before = await readFile(foreign)
      expect((await failureOf(() => sqliteMailbox({ file: foreign }))).code).to.equal('relay.store_version')
      expect(await readFile(foreign)).to.deep.equal(before)
      const text = join(folder, 'text.db')
      await writeFile(text, 'not a database at all, but long enough to be looked at '.repeat(20))
      expect((await failureOf(() => sqliteMailbox({ file: text }))).code).to.equal('relay.store_failed')
    })

    it('keeps settings and shelf across a restart and an erased message, encrypted', async () => {
      const settings = new TextEncoder().encode('settings in the clear')
      const one = { id: 'package-name', bytes: new TextEncoder().encode('package in the clear'), lastResort: false }
      await reopened(async (store) => {
        await store.append([item()], now)
        await store.configure(alice, settings)
        await store.shelve(alice, [one, { ...one, id: 'taken' }, { ...one, id: 'last', lastResort: true }])
        await store.eraseMessage(alice, 1)
      })
      const bytes = await readFile(file)
      for (const trace of [settings, one.bytes, utf8(one.id)])
        expect(bytes.includes(Buffer.from(trace))).to.equal(false)
      await reopened(async (store) => {
        expect(await store.settings(alice)).to.deep.equal(settings)
        expect(await store.takePackage(alice)).to.deep.equal(one)
      })
      await reopened(async (store) => {
        expect((await store.takePackage(alice))?.id).to.equal('taken')
        expect(await store.shelve(alice, [one])).to.deep.equal({ shelved: 0 })
        expect(await store.takePackage(alice)).to.include({ id: 'last', lastResort: true })
      })
    })

    it('is readable by its owner alone', async () => {
      await reopened(async () => {
        for (const name of await readdir(folder))
          if (name.startsWith(`${files}.db`)) expect((await stat(join(folder, name))).mode & 0o077).to.equal(0)
      })
    })

    it('names a damaged message, does not serve it, and serves the others', async () => {
      await reopened(async (store) => {
        for (const one of [item(), item({ body: new Uint8Array(500) }), item()]) await store.append([one], now)
      })
      const db = new DatabaseSync(file)
      const row = db.prepare('SELECT sealed FROM body WHERE seq = 2').get() as { sealed: Uint8Array }
      row.sealed[100]! ^= 1
      db.prepare('UPDATE body SET sealed = ? WHERE seq = 2').run(row.sealed)
      db.close()
      const damaged: number[] = []
      await using store = await sqliteMailbox({ file, onDamaged: (seq) => damaged.push(seq) })
      const leased = await store.lease(alice, { consumer: 'one', count: 9, leaseMillis: 1, now })
      expect(leased.map((message) => message.seq)).to.deep.equal([1, 3])
      expect(damaged).to.deep.equal([2])
      expect(await store.lease(alice, { consumer: 'one', count: 9, leaseMillis: 1, now: now + 1000 })).to.have.length(2)
    })
  })

  describe('what came together for a mailbox', () => {
    const options = { consumer: 'one', count: 99, leaseMillis: 1000, now }
    const together = (count: number, length = 300) =>
      Array.from({ length: count }, (_, i) => item({ body: new Uint8Array(length).fill(i + 1) }))

    function rowsOf(table: string): number {
      const db = new DatabaseSync(file)
      const row = db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()
      db.close()
      return Number(row?.['rows'])
    }

    it('lies in few rows, and is read from them after a restart', async () => {
      const items = together(40)
      await reopened((store) => store.append(items, now))
      expect(rowsOf('body')).to.equal(3)
      const leased = await reopened((store) => store.lease(alice, options))
      expect(leased.map(({ body }) => body)).to.deep.equal(items.map(({ body }) => body))
      expect(leased.map(({ messageId }) => messageId)).to.deep.equal(items.map(({ messageId }) => messageId))
    })

    it('is cut up where some of it ends much later', async () => {
      const soon = { expires: now + 60_000 }
      const items = [item(soon), item(soon), item({ expires: now + 86_400_000 }), item(soon), item(soon)]
      await reopened((store) => store.append(items, now))
      expect(rowsOf('body')).to.equal(3)
      await reopened((store) => store.sweep(now + 60_000))
      expect(rowsOf('body')).to.equal(1)
    })

    it('is cut up where it is long', async () => {
      const items = together(5, 30_000)
      await reopened((store) => store.append(items, now))
      expect(rowsOf('body')).to.equal(3)
      const found = await reopened((store) => store.read(alice, { limit: 9, now }))
      expect(found.map(({ body }) => body)).to.deep.equal(items.map(({ body }) => body))
    })

    it('stays until its last message is gone, whichever way it goes', async () => {
      await reopened(async (store) => {
        await store.append([...together(7), item({ expires: now + 5 })], now)
        await store.lease(alice, options)
        expect(await store.ack(alice, 'one', [2, 5, 6, 9])).to.equal(3)
        expect(await store.ack(alice, 'one', [1, 3])).to.equal(2)
        expect(await store.eraseMessage(alice, 4)).to.equal(true)
        await store.sweep(now + 5)
        expect(await store.stats()).to.deep.equal({ mailboxes: 1, messages: 1, bytes: 300 })
      })
      expect([rowsOf('body'), rowsOf('share')]).to.deep.equal([1, 1])
      await reopened(async (store) => {
        const [last] = await store.read(alice, { limit: 9, now })
        expect(last?.body).to.deep.equal(new Uint8Array(300).fill(7))
        expect(await store.ack(alice, 'one', [7])).to.equal(1)
      })
      expect([rowsOf('body'), rowsOf('share')]).to.deep.equal([0, 0])
    })

    it('does not take along what another consumer holds, or what waits, between what is acknowledged', async () => {
      await reopened(async (store) => {
        await store.append(together(9), now)
        await store.lease(alice, { ...options, count: 3 })
        await store.lease(alice, { ...options, consumer: 'two', count: 3 })
        await store.release(alice, 'one', [2])
        expect(await store.ack(alice, 'one', [1, 3, 4])).to.equal(2)
        await store.lease(alice, { ...options, count: 1 })
        await store.lease(alice, { ...options, count: 9 })
        expect(await store.ack(alice, 'one', [2, 7, 9])).to.equal(3)
        const left = await store.read(alice, { limit: 9, order: 'arrival', now })
        expect(left.map(({ seq }) => seq)).to.deep.equal([4, 5, 6, 8])
        expect(await store.ack(alice, 'two', [4, 5, 6])).to.equal(3)
        expect(await store.ack(alice, 'one', [8])).to.equal(1)
      })
      expect(rowsOf('inbox')).to.equal(0)
    })

    it('is counted against the quota one by one', async () => {
      await reopened(async (store) => {
        const items = together(4)
        const quota = { maxMessages: 3, maxBytes: 10_000 }
        const outcomes = await store.append([items[0]!, items[0]!, ...items.slice(1)], now, quota)
        const duplicate = { duplicateOf: 1, expires: items[0]!.expires }
        expect(outcomes).to.deep.equal([{ seq: 1 }, duplicate, { seq: 2 }, { seq: 3 }, { full: true }])
        expect(await store.append([items[3]!], now, { ...quota, maxMessages: 4 })).to.deep.equal([{ seq: 4 }])
        const bytes = { maxMessages: 99, maxBytes: 1700 }
        expect(await store.append(together(2), now, bytes)).to.deep.equal([{ seq: 5 }, { full: true }])
      })
    })
  })

  describe('the key file', () => {
    it('is needed to open the database', async () => {
      await reopened((store) => store.append([item()], now))
      await rm(`${file}-keys`)
      expect((await failureOf(() => sqliteMailbox({ file }))).code).to.equal('relay.store_failed')
    })
  })

  describe('promise: erasure is real', () => {
    let data: string
    beforeEach(async () => {
      data = await mkdtemp(join(folder, 'erase-'))
      file = join(data, 'mailbox.db')
    })

    async function dataBytes(): Promise<Buffer> {
      const names = await readdir(data)
      return Buffer.concat(await Promise.all(names.map((name) => readFile(join(data, name)))))
    }

    async function keySlots(): Promise<Buffer[]> {
      const keys = await readFile(`${file}-keys`)
      return Array.from({ length: keys.length / 96 - 1 }, (_, i) => keys.subarray(96 * (i + 1), 96 * (i + 2)))
    }

    it('keeps no address, message id or body in the clear outside the key file', async () => {
      await using store = await sqliteMailbox({ file })
      const one = item({ messageId: `0x${'1d'.repeat(16)}` as MessageId, body: new Uint8Array(64).fill(0xb0) })
      await store.append([one, { ...one, mailboxes: [alice, bob] }], now)
      const bytes = Buffer.concat([await readFile(file), await readFile(`${file}-wal`)])
      for (const trace of [idBytes(alice), idBytes(one.messageId), one.body])
        expect(bytes.includes(Buffer.from(trace))).to.equal(false)
    })

    it('eraseMailbox destroys the keys, and leaves no byte of address or keys in the data directory', async () => {
      await using store = await sqliteMailbox({ file })
      await store.append([item(), item({ mailboxes: [bob] }), item({ mailboxes: [alice, bob] })], now)
      const [slot] = await keySlots()
      const traces = [0, 32, 64].map((at) => Buffer.from(slot!.subarray(at, at + 32)))
      const present = async () => {
        const bytes = await dataBytes()
        return traces.filter((trace) => bytes.includes(trace)).length
      }
      expect(await present()).to.equal(3)
      expect(await store.eraseMailbox(alice)).to.equal(2)
      expect(await present()).to.equal(0)
      expect((await stat(`${file}-wal`)).size).to.equal(0)
      expect(await store.read(bob, { limit: 9, now })).to.have.length(2)
    })

    it('eraseMessage destroys the key it lay under and keeps the others readable, also after a restart', async () => {
      const kept = item({ body: new Uint8Array(3000).fill(1) })
      const shared = item({ mailboxes: [alice, bob], body: new Uint8Array(3000).fill(2) })
      const before = await reopened(async (store) => {
        await store.append([item(), kept, shared], now)
        const [slot] = await keySlots()
        expect(await store.eraseMessage(alice, 1)).to.equal(true)
        return Buffer.from(slot!.subarray(32, 64))
      })
      expect((await dataBytes()).includes(before)).to.equal(false)
      const bodies = await reopened((store) => store.read(alice, { limit: 9, now }))
      expect(bodies.map((message) => message.body)).to.deep.equal([kept.body, shared.body])
      expect(await reopened((store) => store.append([kept, shared], now))).to.deep.equal([
        { duplicateOf: 2, expires: kept.expires },
        { duplicateOf: 3, expires: shared.expires },
      ])
    })

    it('eraseMessage leaves nothing of the message in what it lay together with', async () => {
      const items = Array.from({ length: 5 }, (_, i) => item({ body: new Uint8Array(900).fill(i + 1) }))
      await reopened(async (store) => {
        await store.append(items, now)
        await store.lease(alice, { consumer: 'one', count: 1, leaseMillis: 1, now })
        await store.ack(alice, 'one', [1])
        expect(await store.eraseMessage(alice, 3)).to.equal(true)
        expect(await store.read(alice, { limit: 9, now })).to.have.length(3)
      })
      const db = new DatabaseSync(file)
      const { length } = db.prepare('SELECT sum(length(sealed)) AS length FROM body').get() as { length: number }
      db.close()
      // Of five messages, three are left; of those that are gone no byte is.
      expect(length).to.be.within(3 * 900, 4 * 900)
      const left = await reopened((store) => store.read(alice, { limit: 9, now }))
      expect(left.map(({ body }) => body)).to.deep.equal([1, 3, 4].map((i) => items[i]!.body))
    })

    it('a sweep destroys the keys of mailboxes that hold and remember nothing any more', async () => {
      await using store = await sqliteMailbox({ file })
      await store.append([item({ expires: now + 1 })], now)
      await store.sweep(now + 1)
      expect((await keySlots()).every((slot) => slot.every((byte) => byte === 0))).to.equal(true)
    })

    it('keys that a crash left behind are destroyed at the next start', async () => {
      await reopened((store) => store.append([item()], now))
      await appendFile(`${file}-keys`, Buffer.alloc(96, 7))
      await reopened(async () => {})
      expect((await keySlots()).map((slot) => slot.includes(Buffer.alloc(32, 7)))).to.deep.equal([false, false])
    })
  })
})
