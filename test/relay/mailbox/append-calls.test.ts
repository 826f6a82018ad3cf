import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { appendAll } from '../../../src/relay/mailbox/append-calls.ts'
import { packItems, unpackOutcomes } from '../../../src/relay/mailbox/packing.ts'
import type { AppendItem, MailboxQuota } from '../../../src/relay/mailbox/port.ts'
import { MailboxDatabase } from '../../../src/relay/mailbox/sqlite-database.ts'
import { openDatabase, openKeys } from '../../../src/relay/mailbox/sqlite-schema.ts'
import { alice, bob, item } from '../../compliance/mailbox.ts'

describe('relay/mailbox/append-calls', () => {
  let folder: string
  let db: DatabaseSync
  let store: MailboxDatabase
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-append-'))
    const file = join(folder, 'mailbox.db')
    db = openDatabase(file)
    store = new MailboxDatabase(db, openKeys(file, db))
  })
  afterEach(async () => {
    db.close()
    await rm(folder, { recursive: true })
  })

  const forBob = () => item({ mailboxes: [bob] })

  /** What each call is answered, in their order. */
  function append(calls: readonly (readonly AppendItem[])[], quotas: readonly MailboxQuota[] = []) {
    const packed = calls.map((items, i) => ({ do: 'append' as const, items: packItems(items), quota: quotas[i] }))
    // Places need not begin at 0, nor follow one another.
    const answers = new Map(
      appendAll(
        store,
        packed.map((call, i) => [3 * i + 5, call]),
      ),
    )
    expect(answers.size).to.equal(calls.length)
    return calls.map((_, i) => unpackOutcomes(answers.get(3 * i + 5) as Float64Array))
  }

  describe('appendAll', () => {
    it('lays together what several calls bring for a mailbox, and gives each its own outcomes', () => {
      const one = item()
      const outcomes = append([[one], [forBob()], [item(), one], [forBob()], [item()]])
      const [first] = outcomes[0] as [{ seq: number }]
      expect(outcomes[2]?.[1]).to.deep.equal({ duplicateOf: first.seq, expires: one.expires })
      const seqs = outcomes.flat().flatMap((outcome) => ('seq' in outcome ? [outcome.seq] : []))
      expect(seqs).to.have.members([1, 2, 3, 4, 5])
      expect(db.prepare('SELECT count(*) AS rows FROM body').get()).to.deep.include({ rows: 2 })
      const read = store.read(alice, { limit: 9, order: 'arrival', now: 0 })
      expect(read.map(({ seq }) => seq)).to.deep.equal(
        [0, 2, 4].map((call) => (outcomes[call] as [{ seq: number }])[0].seq),
      )
    })

    it('lets no call overtake another that brings something for the same mailbox', () => {
      const [a1, a2, a3] = [item(), item(), item()]
      const tight = { maxMessages: 9, maxBytes: 9000 }
      append([[a1], [a2, forBob()], [forBob()], [a3]])
      append([[item()], [item()], [item()]], [tight, { ...tight, maxMessages: 10 }, tight])
      const read = store.read(alice, { limit: 9, order: 'arrival', now: 0 })
      const bodies = read.slice(0, 3).map(({ plain }) => plain.subarray(16))
      expect(bodies.map((body) => Uint8Array.from(body))).to.deep.equal([a1, a2, a3].map(({ body }) => body))
      const again = append([[item({ mailboxes: [bob] })], [item(), forBob()], [item({ mailboxes: [bob] })]])
      const seqs = again.map((outcomes) => (outcomes.at(-1) as { seq: number }).seq)
      expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b))
    })

    it('keeps calls with other quotas apart, and those for several mailboxes', () => {
      const tight = { maxMessages: 1, maxBytes: 1000 }
      const wide = { maxMessages: 3, maxBytes: 1000 }
      const outcomes = append(
        [
          [item(), item()],
          [item(), item({ mailboxes: [alice, bob] })],
          [item(), item()],
        ],
        [tight, wide, tight],
      )
      expect(outcomes[0]).to.deep.equal([{ seq: 1 }, { full: true }])
      expect(outcomes[2]).to.deep.equal([{ full: true }, { full: true }])
      expect(outcomes[1]).to.deep.equal([{ seq: 2 }, { seq: 3 }])
    })
  })
})
