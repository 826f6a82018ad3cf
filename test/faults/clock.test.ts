/** Promise: a relay's clock that jumps loses nothing and holds nothing back. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { randomEnvelope } from '../support/relay-world.ts'
import { submit } from './support/load.ts'
import { digestOf, type MailboxReader, type Owners, openMailbox, startOwners } from './support/owners.ts'
import { startRelayProcess } from './support/relay-process.ts'
import { type Faults, injectFaults } from './support/shim.ts'

const hour = 3_600_000

describe('faults: the clock', () => {
  let faults: Faults
  let owners: Owners
  let folder: string
  before(async function () {
    faults = injectFaults(this)
    owners = await startOwners(1)
    folder = await mkdtemp(join(tmpdir(), 'herald-clock-'))
    await mkdir(join(folder, 'data'))
  })
  after(async () => {
    faults?.[Symbol.dispose]()
    await owners?.[Symbol.asyncDispose]()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  it('jumping back an hour neither holds leased messages back nor brings acknowledged ones again', async () => {
    const data = join(folder, 'data')
    const owner = owners.owners[0]!
    faults.setClock(hour)
    await using relay = await startRelayProcess({ data, chain: owners.chain, env: faults.env(data) })
    const { now } = (await (await fetch(`${relay.url}/v1/time`)).json()) as { now: number }
    expect(now).to.be.greaterThan(Date.now() + hour / 2)

    const expires = Date.now() + 10 * hour
    const envelopes = Array.from({ length: 4 }, () => randomEnvelope(owner.mailbox, { expires }))
    for (const envelope of envelopes) await submit(relay.url, envelope)
    const before = await openMailbox(relay.url, owner)
    const held = await before.lease({ consumer: 'one', count: 3, leaseMillis: 30_000 })
    expect(await before.acknowledge('one', [held[0]!.seq])).to.equal(1)

    faults.setClock(0)
    const after = await openMailbox(relay.url, owner)
    const found = await leaseUntil(after, 3)
    expect(new Set(found)).to.deep.equal(new Set(envelopes.slice(1).map(digestOf)))
    expect((await submit(relay.url, envelopes[0]!))?.duplicate).to.equal(true)
    expect(await after.lease({ consumer: 'two', waitMillis: 1500 })).to.deep.equal([])
  }).timeout(60_000)

  /** Leases until so many came, as sweeps give them back; a lease from the future would last for an hour. */
  async function leaseUntil(mailbox: MailboxReader, count: number): Promise<string[]> {
    const digests: string[] = []
    const deadline = Date.now() + 20_000
    while (digests.length < count && Date.now() < deadline) {
      const leased = await mailbox.lease({ consumer: 'two', waitMillis: 500 })
      digests.push(...leased.map(({ digest }) => digest))
      if (leased.length > 0)
        await mailbox.acknowledge(
          'two',
          leased.map(({ seq }) => seq),
        )
    }
    return digests
  }
})
