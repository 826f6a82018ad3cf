import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { MailboxId, MessageId } from '../../../src/core/ids.ts'
import { sqliteMailbox } from '../../../src/relay/mailbox/sqlite-mailbox.ts'
import { alice, bob } from '../../compliance/mailbox.ts'

const now = 1_000_000
const idOf = (n: number) => `0x${n.toString(16).padStart(32, '0')}` as MessageId
const bodyOf = (n: number) => new TextEncoder().encode(`body of ${idOf(n)}`)
const currentSchema = 3

describe('relay/mailbox/sqlite-schema', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-schema-'))
    file = join(folder, 'mailbox.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function unpack(schema: number): Promise<void> {
    const fixture = new URL(`../../fixtures/mailbox-schema-${schema}/`, import.meta.url)
    for (const name of ['mailbox.db', 'mailbox.db-keys'])
      await writeFile(join(folder, name), gunzipSync(await readFile(new URL(`${name}.gz`, fixture))))
  }

  function versionOf(): number {
    const db = new DatabaseSync(file)
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
    db.close()
    return version
  }

  /**
   * A database as an older schema wrote it. Alice's mailbox holds message 1, on lease to `two` until 60 s after `now`, 3 (low)
   * and 4, which it shares with bob's; 2 (urgent) was acknowledged. Bob's holds 4 and 5. All expire an hour after `now`. Of
   * schema 2, messages say that they end two hours after `now`, and bob's mailbox has settings.
   */
  for (const schema of [1, 2])
    describe(`a database of schema ${schema}`, () => {
      beforeEach(() => unpack(schema))

      const endsAt = schema === 1 ? {} : { endsAt: now + 7_200_000 }
      const item = (n: number) => ({
        mailboxes: [alice],
        messageId: idOf(n),
        priority: 'urgent' as const,
        expires: now + 3_600_000,
        body: bodyOf(n),
        ...endsAt,
      })

      it('is brought up to date, with its messages, leases, duplicates and arrival numbers', async () => {
        expect(versionOf()).to.equal(schema)
        for (const _round of ['migrated', 'reopened']) {
          await using store = await sqliteMailbox({ file })
          const bodiesOf = async (mailbox: MailboxId) => {
            const found = await store.read(mailbox, { limit: 9, order: 'arrival', now })
            return found.map(({ seq, messageId, priority, body }) => [seq, messageId, priority, body])
          }
          expect(await bodiesOf(alice)).to.deep.equal([
            [1, idOf(1), 'normal', bodyOf(1)],
            [3, idOf(3), 'low', bodyOf(3)],
            [4, idOf(4), 'normal', bodyOf(4)],
          ])
          expect((await bodiesOf(bob)).map(([seq]) => seq)).to.deep.equal([4, 5])
          expect(await store.settings(bob)).to.deep.equal(schema === 1 ? undefined : Uint8Array.of(7))
        }
        expect(versionOf()).to.equal(currentSchema)
      })

      it('goes on where it was: leases hold, duplicates are known, numbers ascend, erasure works', async () => {
        await using store = await sqliteMailbox({ file })
        const leased = await store.lease(alice, { consumer: 'one', count: 9, leaseMillis: 1000, now })
        expect(leased.map(({ seq }) => seq)).to.deep.equal([4, 3])
        expect(await store.ack(alice, 'two', [1])).to.equal(1)
        const known = { duplicateOf: 2, expires: now + 3_600_000 }
        expect(await store.append([item(2), item(6), item(7)], now)).to.deep.equal([known, { seq: 6 }, { seq: 7 }])
        const shared = { ...item(5), mailboxes: [alice, bob] }
        expect(await store.append([shared], now)).to.deep.equal([{ seq: 8 }])
        await store.configure(alice, Uint8Array.of(1))
        expect(await store.eraseMessage(alice, 6)).to.equal(true)
        const left = await store.read(alice, { limit: 9, order: 'arrival', now })
        expect(left.map(({ body }) => body)).to.deep.equal([3, 4, 7, 5].map(bodyOf))
        expect(await store.settings(alice)).to.deep.equal(Uint8Array.of(1))
        expect(await store.read(bob, { limit: 9, now })).to.have.length(2)
      })
    })

  describe('a database of schema 1', () => {
    it('knows a message again that is now said to end at some time', async () => {
      await unpack(1)
      await using store = await sqliteMailbox({ file })
      const again = {
        mailboxes: [alice],
        messageId: idOf(2),
        priority: 'urgent' as const,
        expires: now + 3_600_000,
        endsAt: now + 7_200_000,
        body: bodyOf(2),
      }
      expect(await store.append([again], now)).to.deep.equal([{ duplicateOf: 2, expires: now + 3_600_000 }])
    })
  })

  describe('a database of a newer schema', () => {
    it('is refused by name, and left as it is', async () => {
      await unpack(1)
      const db = new DatabaseSync(file)
      db.exec(`PRAGMA user_version = ${currentSchema + 1}`)
      db.close()
      const before = await readFile(file)
      const error = await sqliteMailbox({ file }).then(
        () => undefined,
        (thrown: { code: string; facts: object }) => thrown,
      )
      expect(error?.code).to.equal('relay.store_version')
      expect(error?.facts).to.include({ found: currentSchema + 1, supported: currentSchema })
      expect(await readFile(file)).to.deep.equal(before)
    })
  })
})
