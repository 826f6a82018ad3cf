/**
 * Promise: nothing accepted is lost when the power goes. The shim keeps what was synced, and nothing else; a process is
 * killed, and what it synced takes the place of its files. That `synchronous=NORMAL` fails shows that the test can.
 */
import { copyFile, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { MailboxId } from '../../src/core/ids.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { startProgram } from '../support/program.ts'
import { randomEnvelope } from '../support/relay-world.ts'
import { submitAll } from './support/load.ts'
import { digestOf } from './support/owners.ts'
import { startRelayProcess } from './support/relay-process.ts'
import { type Faults, injectFaults } from './support/shim.ts'

const mailboxes = Array.from({ length: 10 }, (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}` as MailboxId)
const writerMailbox = `0x${'a1'.repeat(32)}` as MailboxId

describe('faults: power loss', () => {
  let faults: Faults
  let folder: string
  let data: string
  let shadow: string
  before(function () {
    faults = injectFaults(this)
  })
  after(() => faults?.[Symbol.dispose]())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-power-'))
    data = join(folder, 'data')
    shadow = join(folder, 'synced')
    await mkdir(data)
    await mkdir(shadow)
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** What is on the disk after the power came back: for the next process and for the next loss. */
  async function comeBack(): Promise<void> {
    await rm(data, { recursive: true })
    await mkdir(data)
    for (const name of await readdir(shadow)) await copyFile(join(shadow, name), join(data, name))
  }

  /** What is in a database, read from a copy: opening it changes its files, and the shim would not know. */
  async function bodiesIn(file: string, of: readonly MailboxId[]): Promise<{ seq: number; digest: string }[]> {
    const copy = join(folder, 'read')
    await cp(data, copy, { recursive: true })
    try {
      return await bodiesAt(join(copy, file), of)
    } finally {
      await rm(copy, { recursive: true })
    }
  }

  async function bodiesAt(file: string, of: readonly MailboxId[]): Promise<{ seq: number; digest: string }[]> {
    await using store = await sqliteMailbox({ file })
    const found = await Promise.all(of.map((mailbox) => store.read(mailbox, { limit: 10_000, now: Date.now() })))
    return found.flat().map(({ seq, body }) => ({ seq, digest: digestOf(body) }))
  }

  it('loses nothing that the relay accepted, three times in a row', async () => {
    const accepted = new Map<string, number>()
    for (const killAfter of [30, 150, 290]) {
      const relay = await startRelayProcess({ data, env: faults.env(data, shadow) })
      const envelopes = Array.from({ length: 300 }, (_, i) => randomEnvelope(mailboxes[i % 10]!))
      let killed: Promise<unknown> | undefined
      const ofRound = await submitAll(relay.url, envelopes, {
        onAccepted: (count) => {
          if (count >= killAfter) killed ??= relay.kill()
        },
      })
      await killed
      for (const [digest, { seq }] of ofRound) accepted.set(digest, seq)
      await comeBack()
      const stored = new Map((await bodiesIn('mailbox.db', mailboxes)).map(({ seq, digest }) => [digest, seq]))
      const missing = [...accepted].filter(([digest, seq]) => stored.get(digest) !== seq)
      expect(missing).to.deep.equal([])
      expect(ofRound.size).to.be.at.least(killAfter)
    }
    expect(faults.syncs).to.be.greaterThan(3)
  }).timeout(120_000)

  /**
   * Commits a hundred messages, loses power, and gives those that are missing. A hundred do not fill SQLite's log of 1,000
   * pages: when it is full it is synced whatever `synchronous` says.
   */
  async function lostWith(synchronous: 'FULL' | 'NORMAL'): Promise<number[]> {
    const file = join(data, 'writer.db')
    const writer = startProgram('test/programs/store-writer.ts', [file, synchronous, '100'], faults.env(data, shadow))
    await writer.printed(/^100$/m)
    const { out } = await writer.stop('SIGKILL')
    const committed = out.slice(0, out.lastIndexOf('\n')).split('\n').map(Number)
    await comeBack()
    const stored = new Set((await bodiesIn('writer.db', [writerMailbox])).map(({ seq }) => seq))
    return committed.filter((seq) => !stored.has(seq))
  }

  it('loses nothing with the store’s own setting, synchronous=FULL', async () => {
    expect(await lostWith('FULL')).to.deep.equal([])
  }).timeout(60_000)

  it('would lose committed messages with synchronous=NORMAL', async () => {
    expect(await lostWith('NORMAL')).to.have.length(100)
  }).timeout(60_000)
})
