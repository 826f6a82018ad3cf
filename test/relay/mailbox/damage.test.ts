/** A flipped bit in the files of a mailbox database is named and never served as if it were mail. */
import { copyFile, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import fc from 'fast-check'
import { toHex } from '../../../src/core/bytes.ts'
import type { MailboxId } from '../../../src/core/ids.ts'
import { priorities } from '../../../src/core/priority.ts'
import type { MailboxStore, StoredMessage } from '../../../src/relay/mailbox/port.ts'
import { sqliteMailbox } from '../../../src/relay/mailbox/sqlite-mailbox.ts'
import { alice, bob, item } from '../../compliance/mailbox.ts'

const now = 1_000_000

describe('relay/mailbox: damage on disk', () => {
  let folder: string
  let file: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-damage-'))
  })
  after(() => rm(folder, { recursive: true }))

  const damaged: string[] = []
  const opened = (path: string) =>
    sqliteMailbox({ file: path, onDamaged: (seq, what) => damaged.push(`${what} ${seq}`) })

  /** What identifies a message down to its last byte. */
  function print({ seq, messageId, priority, expires, body }: StoredMessage): string {
    return `${seq} ${messageId} ${priority} ${expires} ${toHex(body)}`
  }

  async function allOf(store: MailboxStore, mailbox: MailboxId): Promise<string[]> {
    return (await store.read(mailbox, { limit: 1000, now })).map(print)
  }

  async function flip(path: string, byte: number, bit: number): Promise<void> {
    await using handle = await open(path, 'r+')
    const buffer = new Uint8Array(1)
    await handle.read(buffer, 0, 1, byte)
    buffer[0]! ^= 1 << bit
    await handle.write(buffer, 0, 1, byte)
  }

  async function fill(path: string): Promise<{ alice: string[]; bob: string[] }> {
    await using store = await sqliteMailbox({ file: path })
    const items = Array.from({ length: 60 }, (_, i) =>
      item({
        // Some for one mailbox in a row, which lie together.
        mailboxes: [[alice], [alice], [alice], [bob], [bob], [alice, bob]][i % 6]!,
        priority: priorities[i % 4]!,
        body: new Uint8Array(100 + i * 20).fill(i),
      }),
    )
    await store.append(items, now)
    return { alice: await allOf(store, alice), bob: await allOf(store, bob) }
  }

  describe('promise: what is damaged is not served', () => {
    it('whatever bit of database or key file is flipped: everything that is given out is as it was taken in', async function () {
      this.timeout(120_000)
      const original = join(folder, 'original.db')
      const stored = await fill(original)
      const parts = [original, `${original}-keys`]
      const sizes = await Promise.all(parts.map(async (path) => (await stat(path)).size))
      const place = fc.tuple(
        fc.nat(parts.length - 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
      )
      let named = 0
      const property = fc.asyncProperty(place, async ([part, where, bit]) => {
        const flipped = await copyOf(original)
        await flip([flipped, `${flipped}-keys`][part]!, Math.floor(where * sizes[part]!), bit)
        if (await isNamed(stored)) named += 1
        await removeCopies()
      })
      await fc.assert(property, { seed: 20_261_128, numRuns: 40 })
      expect(named).to.be.greaterThan(2)
    })

    async function copyOf(original: string): Promise<string> {
      file = join(folder, 'flipped-copy.db')
      await copyFile(original, file)
      await copyFile(`${original}-keys`, `${file}-keys`)
      return file
    }

    async function removeCopies(): Promise<void> {
      const copies = (await readdir(folder)).filter((name) => name.startsWith('flipped-'))
      await Promise.all(copies.map((name) => rm(join(folder, name))))
    }

    /** Whether the store says that something is wrong, by refusing to open or naming a message. */
    async function isNamed(stored: { alice: string[]; bob: string[] }): Promise<boolean> {
      damaged.length = 0
      const refused = await readAgain(stored)
      return refused !== undefined || damaged.length > 0
    }

    /** Reads all that is left and compares it; gives the code when the store refused. */
    async function readAgain(stored: { alice: string[]; bob: string[] }): Promise<string | undefined> {
      try {
        await using store = await opened(file)
        expect(stored.alice).to.include.members(await allOf(store, alice))
        expect(stored.bob).to.include.members(await allOf(store, bob))
        return undefined
      } catch (error) {
        const { code } = error as { code?: string }
        if (code?.startsWith('relay.store_')) return code
        throw error
      }
    }
  })

  describe('a changed row', () => {
    beforeEach(async () => {
      file = join(folder, `${Math.random()}.db`)
      damaged.length = 0
      await using store = await sqliteMailbox({ file })
      await store.append([item(), item({ mailboxes: [alice, bob] }), item()], now)
    })

    function change(sql: string): void {
      const db = new DatabaseSync(file)
      db.exec(sql)
      db.close()
    }

    async function seqsLeft(): Promise<number[]> {
      await using store = await opened(file)
      return (await store.read(alice, { limit: 9, order: 'arrival', now })).map(({ seq }) => seq)
    }

    for (const [what, sql] of Object.entries({
      'another class': 'UPDATE inbox SET rank = 0',
      'another expiry': 'UPDATE inbox SET expires = expires + 1',
      'the form of an older schema': 'UPDATE inbox SET form = 0',
      'text for a body':
        "UPDATE body SET sealed = 'text'; UPDATE inbox SET wrapped_key = 'text' WHERE wrapped_key NOT NULL",
      'no body': 'DELETE FROM body',
    }))
      it(`with ${what} is named and not served`, async () => {
        change(sql)
        expect(await seqsLeft()).to.deep.equal([])
        expect(damaged).to.have.members(['message 1', 'message 2', 'message 3'])
      })

    for (const [what, sql] of Object.entries({
      'another class': 'UPDATE inbox SET rank = 0',
      'another expiry': 'UPDATE inbox SET expires = expires + 1',
      'another segment': 'UPDATE inbox SET segment = 1 WHERE segment = 4; UPDATE inbox SET segment = 4 WHERE seq < 4',
      'no segment': 'UPDATE inbox SET segment = NULL',
      'another number': 'UPDATE inbox SET seq = seq + 10',
      'text for a body': "UPDATE body SET sealed = 'text'",
      'a changed body': 'UPDATE body SET sealed = sealed || zeroblob(1)',
      'no body': 'DELETE FROM body',
    }))
      it(`of what came together, with ${what}, is named and not served`, async () => {
        await rm(file)
        await rm(`${file}-keys`)
        {
          await using store = await sqliteMailbox({ file })
          for (const _call of ['first', 'second']) await store.append([item(), item(), item()], now)
        }
        change(sql)
        expect(await seqsLeft()).to.deep.equal([])
        expect(damaged).to.have.length(6)
      })

    it('found while it is on lease takes nothing else with it when the others are acknowledged', async () => {
      const leased = { consumer: 'one', count: 9, leaseMillis: 60_000, now }
      {
        await using store = await sqliteMailbox({ file })
        await store.append([item()], now)
        await store.lease(alice, leased)
      }
      change('UPDATE inbox SET expires = expires + 1 WHERE seq = 2')
      await using store = await opened(file)
      expect((await store.read(alice, { limit: 9, now })).map(({ seq }) => seq)).to.deep.equal([1, 3, 4])
      expect(await store.ack(alice, 'one', [1, 2, 4])).to.equal(2)
      expect((await store.read(alice, { limit: 9, now })).map(({ seq }) => seq)).to.deep.equal([3])
      expect(await store.ack(alice, 'one', [3])).to.equal(1)
      expect(damaged).to.deep.equal(['message 2'])
    })

    it('is set aside: it is named once, and a page or a lease is not short because of it', async () => {
      change('UPDATE inbox SET expires = expires + 1 WHERE seq = 1')
      await using store = await opened(file)
      const options = { consumer: 'one', count: 1, leaseMillis: 10, now }
      expect((await store.lease(alice, options)).map(({ seq }) => seq)).to.deep.equal([2])
      await store.sweep(now + 20)
      expect((await store.read(alice, { limit: 1, now })).map(({ seq }) => seq)).to.deep.equal([2])
      expect(damaged).to.deep.equal(['message 1'])
    })

    it('that says another time than the memory of duplicates is named when one of them is over', async () => {
      change(`UPDATE seen SET expires = ${now + 1} WHERE seq = 3`)
      await using store = await opened(file)
      expect(await store.sweep(now + 1)).to.equal(0)
      expect(await store.sweep(now + 1)).to.equal(0)
      expect(damaged).to.deep.equal(['message 3'])
      expect(await store.read(alice, { limit: 9, now })).to.have.length(3)
    })

    it('of the list of mailboxes is refused when the database is opened', async () => {
      await flipLookup()
      const error = await opened(file).then(
        () => undefined,
        (thrown: { code: string }) => thrown,
      )
      expect(error?.code).to.equal('relay.store_failed')
    })

    /** Flips a bit of an address in the index by which mailboxes are found, and not in the table. */
    async function flipLookup(): Promise<void> {
      const db = new DatabaseSync(file)
      const { lookup } = db.prepare('SELECT lookup FROM mailbox WHERE no = 1').get() as { lookup: Uint8Array }
      db.close()
      await using handle = await open(file, 'r+')
      const bytes = await handle.readFile()
      const places = [bytes.indexOf(lookup), bytes.lastIndexOf(lookup)]
      expect(places[0]).to.be.lessThan(places[1]!)
      await flip(file, places[1]!, 0)
    }

    it('of settings is refused by name, and a package is thrown away and named', async () => {
      {
        await using store = await sqliteMailbox({ file })
        await store.configure(alice, Uint8Array.of(1))
        const one = { bytes: Uint8Array.of(1), lastResort: false }
        await store.shelve(alice, [
          { ...one, id: 'a' },
          { ...one, id: 'b' },
        ])
      }
      change('UPDATE setting SET sealed = zeroblob(40); UPDATE shelf SET last_resort = 1 WHERE place = 1')
      await using store = await opened(file)
      const error = await store.settings(alice).then(
        () => undefined,
        (thrown: { code: string }) => thrown,
      )
      expect(error?.code).to.equal('relay.store_failed')
      expect((await store.takePackage(alice))?.id).to.equal('b')
      expect(await store.takePackage(alice)).to.equal(undefined)
      expect(damaged).to.deep.equal(['package 1'])
      await store.configure(alice, undefined)
      expect(await store.settings(alice)).to.equal(undefined)
    })
  })
})
