/** Promise: erasure is real, also while mail comes in and goes out. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { idBytes } from '../../src/core/ids.ts'
import { randomEnvelope } from '../support/relay-world.ts'
import { submitAll } from './support/load.ts'
import { digestOf, type MailboxReader, type Owners, openMailbox, startOwners } from './support/owners.ts'
import { startRelayProcess } from './support/relay-process.ts'

/** What came of erasing and delivering at once. */
interface Race {
  /** The keys of the mailbox that is erased, as they were seen in each round. */
  readonly keys: Buffer[]
  /** A piece of an envelope of each round. */
  readonly pieces: Uint8Array[]
  /** What was accepted for the neighbour. */
  readonly kept: string[]
  /** What was in the mailbox when an erasure was answered: it may not come any more. */
  readonly gone: Set<string>
  readonly deliveredLate: string[]
  over: boolean
}

describe('faults: erasing while delivering', () => {
  let owners: Owners
  let data: string
  before(async () => {
    owners = await startOwners(2)
    data = await mkdtemp(join(tmpdir(), 'herald-erase-'))
  })
  after(async () => {
    await owners[Symbol.asyncDispose]()
    await rm(data, { recursive: true })
  })

  async function erase(url: string, { token }: MailboxReader): Promise<number> {
    const response = await fetch(`${url}/v1/mailbox`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).to.equal(200)
    return Number(((await response.json()) as { count: number }).count)
  }

  async function dataBytes(): Promise<Buffer> {
    const names = await readdir(data)
    return Buffer.concat(await Promise.all(names.map((name) => readFile(join(data, name)))))
  }

  /** Where a mailbox's keys lie in the key file (see `key-file.ts`): after its address, 64 bytes. */
  async function keysOf(address: Uint8Array): Promise<Buffer> {
    const slots = await readFile(join(data, 'mailbox.db-keys'))
    const at = slots.indexOf(address)
    return at < 0 ? Buffer.alloc(0) : slots.subarray(at + 32, at + 96)
  }

  /** Leases and acknowledges until told to stop. */
  async function readAlong(mailbox: MailboxReader, race: Race): Promise<void> {
    while (!race.over) {
      const goneBefore = new Set(race.gone)
      const leased = await mailbox.lease({ consumer: 'reader', count: 7, leaseMillis: 200 })
      race.deliveredLate.push(...leased.map(({ digest }) => digest).filter((digest) => goneBefore.has(digest)))
      const seqs = leased.slice(0, 3).map(({ seq }) => seq)
      if (seqs.length > 0) await mailbox.acknowledge('reader', seqs)
    }
  }

  /** Erases a mailbox while mail for it and for its neighbour comes in; in every second round after the last receipt. */
  async function eraseWhileWriting(url: string, mine: MailboxReader, race: Race, round: number): Promise<void> {
    const [erased, spared] = [owners.owners[0]!, owners.owners[1]!]
    const envelopes = Array.from({ length: 40 }, () => randomEnvelope(erased.mailbox, { length: 700 }))
    const others = Array.from({ length: 10 }, () => randomEnvelope(spared.mailbox))
    race.pieces.push(envelopes[0]!.subarray(-32))
    const submitting = submitAll(url, envelopes)
    for (const digest of (await submitAll(url, others)).keys()) race.kept.push(digest)
    race.keys.push(await keysOf(idBytes(erased.mailbox)))
    const isAfterAll = round % 2 === 0
    if (isAfterAll) await submitting
    await erase(url, mine)
    if (isAfterAll) for (const envelope of envelopes) race.gone.add(digestOf(envelope))
    await submitting
  }

  it('leaves no byte of address, envelopes or keys on the disk, gives out nothing from before, and spares the neighbour', async () => {
    const [erased, spared] = [owners.owners[0]!, owners.owners[1]!]
    await using relay = await startRelayProcess({ data, chain: owners.chain })
    const [mine, theirs] = [await openMailbox(relay.url, erased), await openMailbox(relay.url, spared)]
    const race: Race = { keys: [], pieces: [], kept: [], gone: new Set(), deliveredLate: [], over: false }
    const reading = readAlong(mine, race)
    for (let round = 0; round < 10; round++) await eraseWhileWriting(relay.url, mine, race, round)
    race.over = true
    await reading
    race.keys.push(await keysOf(idBytes(erased.mailbox)))
    await erase(relay.url, mine)

    const bytes = await dataBytes()
    const traces = [idBytes(erased.mailbox), ...race.pieces, ...race.keys.filter(({ length }) => length > 0)]
    expect(traces.length).to.be.greaterThan(15)
    expect(traces.filter((trace) => bytes.includes(Buffer.from(trace)))).to.deep.equal([])
    expect(race.deliveredLate).to.deep.equal([])
    expect(await mine.lease({ consumer: 'late' })).to.deep.equal([])
    const left = await theirs.lease({ consumer: 'one', count: 256 })
    expect(left.map(({ digest }) => digest)).to.have.members(race.kept)
  }).timeout(120_000)
})
