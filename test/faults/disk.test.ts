/** Promise: a disk that is slow, failing or full loses nothing, and nobody is told that a message is kept which is not. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { randomEnvelope } from '../support/relay-world.ts'
import { submit, submitAll } from './support/load.ts'
import { digestOf, type Owners, openMailbox, post, startOwners } from './support/owners.ts'
import { type RelayProcess, startRelayProcess } from './support/relay-process.ts'
import { type Faults, injectFaults } from './support/shim.ts'

const mebibyte = 1_048_576

describe('faults: the disk', () => {
  let faults: Faults
  let owners: Owners
  let folder: string
  let data: string
  let relay: RelayProcess
  before(async function () {
    faults = injectFaults(this)
    owners = await startOwners(1)
  })
  after(async () => {
    faults?.[Symbol.dispose]()
    await owners?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-disk-'))
    data = join(folder, 'data')
    await mkdir(data)
    relay = await startRelayProcess({ data, chain: owners.chain, env: faults.env(data) })
  })
  afterEach(async () => {
    await relay[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const owner = () => owners.owners[0]!
  const envelope = (length = 256) => randomEnvelope(owner().mailbox, { length })

  /** Reads and acknowledges until the mailbox is empty; gives what was in it. */
  async function drain(): Promise<Set<string>> {
    const mailbox = await openMailbox(relay.url, owner())
    const digests = new Set<string>()
    for (;;) {
      const leased = await mailbox.lease({ consumer: 'reader', count: 50 })
      if (leased.length === 0) return digests
      const seqs = leased.map(({ seq }) => seq)
      expect(await mailbox.acknowledge('reader', seqs)).to.equal(seqs.length)
      for (const { digest } of leased) digests.add(digest)
    }
  }

  it('gives no receipt before a slow fsync is done, and answers others meanwhile', async () => {
    await submit(relay.url, envelope())
    const before = faults.syncs
    faults.delaySyncs(1500)
    const order: string[] = []
    const accepted = submit(relay.url, envelope()).then((outcome) => {
      order.push('accepted')
      return outcome
    })
    const alive = fetch(`${relay.url}/healthz`).then(() => order.push('alive'))
    expect(await accepted).to.not.equal(undefined)
    await alive
    faults.delaySyncs(0)
    expect(order).to.deep.equal(['alive', 'accepted'])
    expect(faults.syncs).to.be.greaterThan(before)
  })

  it('gives no receipt when fsync fails, goes on when it works again, and keeps what it gave receipts for', async () => {
    const first = await submitAll(
      relay.url,
      Array.from({ length: 20 }, () => envelope()),
    )
    faults.failSyncs(true)
    const refused = await post(`${relay.url}/v1/envelopes`, envelope())
    faults.failSyncs(false)
    expect([refused.status, refused.body['code']]).to.deep.equal([503, 'relay.store_failed'])
    const second = await submitAll(
      relay.url,
      Array.from({ length: 20 }, () => envelope()),
    )
    expect([first.size, second.size]).to.deep.equal([20, 20])
    await relay.kill()
    relay = await startRelayProcess({ data, chain: owners.chain, env: faults.env(data) })
    expect([...(await drain())]).to.include.members([...first.keys(), ...second.keys()])
  })

  it('refuses with 507 when the disk is full; reading and acknowledging go on; it recovers', async () => {
    const accepted = new Set<string>()
    const take = async () => {
      const one = envelope(40_000)
      const { status, body } = await post(`${relay.url}/v1/envelopes`, one)
      if (status === 201) accepted.add(digestOf(one))
      return [status, body['code']]
    }
    await take()
    faults.limitDisk(18 * mebibyte)
    let answer = await take()
    while (answer[0] === 201 && accepted.size < 1000) answer = await take()
    expect(answer).to.deep.equal([507, 'relay.storage_full'])
    expect(accepted.size).to.be.greaterThan(10)
    for (let i = 0; i < 5; i++) expect(await take()).to.deep.equal([507, 'relay.storage_full'])

    const read = await drain()
    expect([...read]).to.have.members([...accepted])

    faults.limitDisk(0)
    const deadline = Date.now() + 20_000
    while ((await take())[0] !== 201 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100))
    const later = [...accepted].filter((digest) => !read.has(digest))
    expect(later).to.have.length(1)
    await relay.kill()
    relay = await startRelayProcess({ data, chain: owners.chain, env: faults.env(data) })
    expect([...(await drain())]).to.deep.equal(later)
  }).timeout(120_000)
})
