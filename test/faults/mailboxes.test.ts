/** Promise: many mailboxes, dead consumers, damaged bytes and a second relay on the same data do no harm. */
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'
import type { MailboxId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { relayTransport } from '../../src/transport/relay-transport.ts'
import { runProgram } from '../support/program.ts'
import { randomEnvelope } from '../support/relay-world.ts'
import { submitAll } from './support/load.ts'
import { digestOf, type Leased, type MailboxReader, openMailbox } from './support/owners.ts'
import { relayArguments } from './support/relay-process.ts'
import { faultWorld } from './support/world.ts'

describe('faults: mailboxes', () => {
  const world = faultWorld()

  it('a thousand mailboxes written at once each get all of theirs, in order, also after a kill', async () => {
    const mailboxes = Array.from({ length: 1000 }, (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}` as MailboxId)
    const envelopes = Array.from({ length: 4 }, () => mailboxes.map((mailbox) => randomEnvelope(mailbox))).flat()
    await using relay = await world.start()
    const accepted = await submitAll(relay.url, envelopes, { concurrency: 100 })
    expect(accepted.size).to.equal(4000)
    await relay.kill()
    await using store = await sqliteMailbox({ file: join(world.data, 'mailbox.db') })
    const found = await Promise.all(mailboxes.map((mailbox) => store.read(mailbox, { limit: 9, now: Date.now() })))
    expect(found.every((messages) => messages.length === 4)).to.equal(true)
    for (const { seq, body } of found.flat()) expect(accepted.get(digestOf(body))?.seq).to.equal(seq)
  }).timeout(120_000)

  async function acknowledgeAll(mailbox: MailboxReader, consumer: string, leased: readonly Leased[]): Promise<void> {
    const seqs = leased.map(({ seq }) => seq)
    expect(await mailbox.acknowledge(consumer, seqs)).to.equal(seqs.length)
  }

  it('what a consumer held when it died comes to another, each once, when the leases are over', async () => {
    const owner = world.owners.owners[0]!
    await using relay = await world.start()
    const envelopes = Array.from({ length: 60 }, () => randomEnvelope(owner.mailbox))
    await submitAll(relay.url, envelopes, { concurrency: 8 })
    const mailbox = await openMailbox(relay.url, owner)
    const held = await mailbox.lease({ consumer: 'dead', count: 40, leaseMillis: 1500 })
    expect(held).to.have.length(40)
    const attempts = new Map<string, number>()
    for (let deadline = Date.now() + 30_000; attempts.size < 60 && Date.now() < deadline; ) {
      const leased = await mailbox.lease({ consumer: 'alive', count: 50, waitMillis: 3000 })
      for (const { digest, attempt } of leased) attempts.set(digest, attempt)
      if (leased.length > 0) await acknowledgeAll(mailbox, 'alive', leased)
    }
    expect([...attempts.keys()]).to.have.members(envelopes.map(digestOf))
    expect(held.every(({ digest }) => attempts.get(digest) === 2)).to.equal(true)
    expect(await mailbox.acknowledge('dead', [held[0]!.seq])).to.equal(0)
  }).timeout(60_000)

  it('what a stream held when its process was gone comes to another at once', async () => {
    const owner = world.owners.owners[0]!
    await using relay = await world.start()
    const envelopes = Array.from({ length: 10 }, () => randomEnvelope(owner.mailbox))
    await submitAll(relay.url, envelopes)
    const { sha256, ed25519Verify: verify } = nodeBackend
    const transport = relayTransport({ ambient: systemAmbient, sha256, verify })
    const inbox = await transport.openInbox(relay.url, owner, { leaseMillis: 600_000 })
    let count = 0
    for await (const _delivery of inbox.deliveries()) if (++count === 10) break
    const mailbox = await openMailbox(relay.url, owner)
    expect(await mailbox.lease({ consumer: 'alive' })).to.deep.equal([])
    await transport[Symbol.asyncDispose]()
    const leased = await mailbox.lease({ consumer: 'alive', count: 10, waitMillis: 10_000 })
    const rest = leased.length < 10 ? await mailbox.lease({ consumer: 'alive', waitMillis: 5000 }) : []
    expect([...leased, ...rest].map(({ digest }) => digest)).to.have.members(envelopes.map(digestOf))
  }).timeout(60_000)

  it('a byte flipped in the database is named in the log and not served; the rest is', async () => {
    const owner = world.owners.owners[0]!
    const first = await world.start()
    const envelopes = Array.from({ length: 3 }, () => randomEnvelope(owner.mailbox))
    for (const envelope of envelopes) await submitAll(first.url, [envelope])
    await first.stop()
    await flipByteOf(2)

    const second = await world.start()
    const mailbox = await openMailbox(second.url, owner)
    const leased = await mailbox.lease({ consumer: 'one', count: 9 })
    expect(leased.map(({ digest }) => digest)).to.deep.equal([envelopes[0]!, envelopes[2]!].map(digestOf))
    expect((await second.stop()).err).to.include('message.damaged')
  }).timeout(60_000)

  /** Flips a byte in the middle of a stored body, in the file. */
  async function flipByteOf(seq: number): Promise<void> {
    const file = join(world.data, 'mailbox.db')
    const db = new DatabaseSync(file)
    const { sealed } = db.prepare('SELECT sealed FROM body WHERE seq = ?').get(seq) as { sealed: Uint8Array }
    db.close()
    const at = (await readFile(file)).indexOf(sealed)
    expect(at).to.be.greaterThan(0)
    await using handle = await open(file, 'r+')
    await handle.write(Uint8Array.of(sealed[100]! ^ 1), 0, 1, at + 100)
  }

  it('a second relay on the same data is refused by name, and the first goes on', async () => {
    await using relay = await world.start()
    const second = await runProgram('bin/herald.js', relayArguments({ data: world.data }))
    expect(second.code).to.not.equal(0)
    expect(second.err).to.include('relay.store_locked')
    const accepted = await submitAll(relay.url, [randomEnvelope(world.owners.owners[0]!.mailbox)])
    expect(accepted.size).to.equal(1)
  }).timeout(60_000)
})
