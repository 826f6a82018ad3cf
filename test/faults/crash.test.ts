/** Promise: nothing accepted is lost, and nothing acknowledged comes again, however often the process is killed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { randomEnvelope } from '../support/relay-world.ts'
import { submitAll } from './support/load.ts'
import { type Leased, type MailboxReader, type Owners, openMailbox, startOwners } from './support/owners.ts'
import { seededRandom } from './support/random.ts'
import { type RelayProcess, startRelayProcess } from './support/relay-process.ts'

const rounds = 20
const perRound = 240
const leaseMillis = 500

/** What the test knows for certain. */
class Ledger {
  readonly accepted = new Set<string>()
  readonly delivered = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly deliveredAgain: string[] = []

  /** Notes a delivery. */
  deliver({ digest }: Leased): void {
    this.delivered.add(digest)
    if (this.acknowledged.has(digest)) this.deliveredAgain.push(digest)
  }

  /** Accepted and never handed out: nobody can have acknowledged these. */
  get missing(): string[] {
    return [...this.accepted].filter((digest) => !this.delivered.has(digest))
  }
}

async function readSome(mailbox: MailboxReader, ledger: Ledger): Promise<number> {
  const leased = await mailbox.lease({ consumer: 'reader', count: 20, leaseMillis, waitMillis: 100 })
  for (const message of leased) ledger.deliver(message)
  const seqs = leased.map(({ seq }) => seq)
  if (seqs.length === 0) return 0
  // Without an answer they may be forgotten or not; with one they are for good.
  if ((await mailbox.acknowledge('reader', seqs)) === seqs.length)
    for (const { digest } of leased) ledger.acknowledged.add(digest)
  return seqs.length
}

/** Reads until the relay is gone. */
async function readUntilKilled(relay: RelayProcess, owners: Owners, ledger: Ledger): Promise<void> {
  const read = async (owner: Owners['owners'][number]) => {
    const mailbox = await openMailbox(relay.url, owner)
    for (;;) await readSome(mailbox, ledger)
  }
  await Promise.allSettled(owners.owners.map(read))
}

/** Reads until nothing comes any more: leases from before a kill are over after their time, and come again. */
async function drain(mailbox: MailboxReader, ledger: Ledger): Promise<void> {
  for (let idle = 0; idle < 12; ) idle = (await readSome(mailbox, ledger)) > 0 ? 0 : idle + 1
}

describe('faults: kill -9 at random points of batches', () => {
  let owners: Owners
  let data: string
  before(async () => {
    owners = await startOwners(3)
    data = await mkdtemp(join(tmpdir(), 'herald-crash-'))
  })
  after(async () => {
    await owners[Symbol.asyncDispose]()
    await rm(data, { recursive: true })
  })

  /** Submits and reads at once, and kills the relay after so many receipts. */
  async function submitUntilKilled(envelopes: readonly Uint8Array[], killAfter: number, ledger: Ledger): Promise<void> {
    const relay = await startRelayProcess({ data, chain: owners.chain })
    let killed: Promise<unknown> | undefined
    const reading = readUntilKilled(relay, owners, ledger)
    const accepted = await submitAll(relay.url, envelopes, {
      onAccepted: (count) => {
        if (count >= killAfter) killed ??= relay.kill()
      },
    })
    await killed
    await reading
    for (const digest of accepted.keys()) ledger.accepted.add(digest)
    expect(accepted.size).to.be.within(killAfter, envelopes.length)
  }

  it(`loses none of what was accepted in ${rounds} rounds, and delivers none again that was acknowledged`, async () => {
    const random = seededRandom(20_261_128)
    const ledger = new Ledger()
    const envelopeOf = () => randomEnvelope(owners.owners[random(3)]!.mailbox, { length: 64 + random(2000) })
    for (let round = 0; round < rounds; round++) {
      const envelopes = Array.from({ length: perRound }, envelopeOf)
      await submitUntilKilled(envelopes, 1 + random(perRound - 40), ledger)
    }
    await using relay = await startRelayProcess({ data, chain: owners.chain })
    for (const owner of owners.owners) await drain(await openMailbox(relay.url, owner), ledger)
    expect(ledger.accepted.size).to.be.greaterThan(rounds * 20)
    expect(ledger.missing).to.deep.equal([])
    expect(ledger.deliveredAgain).to.deep.equal([])
  }).timeout(300_000)
})
