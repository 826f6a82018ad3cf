/** Promise: a network that is slow, cut or silent loses nothing and stops nobody else. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import type { MailboxId } from '../../src/core/ids.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { randomEnvelope } from '../support/relay-world.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { type Accepted, submit, submitAll } from './support/load.ts'
import { digestOf, openMailbox } from './support/owners.ts'
import { seededRandom } from './support/random.ts'
import { RawSocket } from './support/raw-socket.ts'
import { faultWorld } from './support/world.ts'

const someMailbox = `0x${'5a'.repeat(32)}` as MailboxId

describe('faults: the network', () => {
  const world = faultWorld()

  /** A connection that begins a request and goes on with it one byte at a time, until it is closed. */
  async function startLoris(url: string): Promise<{ closed: Promise<unknown>; socket: Socket }> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {}).resume()
    // Not `once` of node:events, which would end with the error of a write that came too late.
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await once(socket, 'connect')
    socket.write('POST /v1/envelopes HTTP/1.1\r\nhost: relay\r\nx-slow: ')
    const drip = setInterval(() => socket.write('a'), 500)
    void closed.finally(() => clearInterval(drip))
    return { closed, socket }
  }

  it('hundreds of slow requests keep nobody else waiting, and are ended by the relay', async () => {
    await using relay = await world.start()
    const slow = await Promise.all(Array.from({ length: 300 }, () => startLoris(relay.url)))
    const envelopes = Array.from({ length: 50 }, () => randomEnvelope(someMailbox))
    expect((await submitAll(relay.url, envelopes)).size).to.equal(50)
    expect(slow.every(({ socket }) => !socket.destroyed)).to.equal(true)
    await Promise.all(slow.map(({ closed }) => closed))
    expect(await submit(relay.url, randomEnvelope(someMailbox))).to.not.equal(undefined)
  }).timeout(100_000)

  it('submissions that are cut anywhere and made again arrive once each, with one arrival number', async () => {
    const random = seededRandom(7)
    await using relay = await world.start()
    await using proxy = await startFaultProxy(relay.url)
    const envelopes = Array.from({ length: 150 }, () => randomEnvelope(someMailbox, { length: 16 + random(4000) }))
    const seqs = new Map<string, Set<number>>()
    const note = (digest: string, accepted: Accepted | undefined) => {
      if (accepted === undefined) return
      seqs.set(digest, (seqs.get(digest) ?? new Set()).add(accepted.seq))
    }
    proxy.cutAfter(() => random(9000))
    for (let round = 0; round < 3; round++)
      for (const envelope of envelopes) note(digestOf(envelope), await submit(proxy.url, envelope))
    proxy.cutAfter(undefined)
    for (const envelope of envelopes) note(digestOf(envelope), await submit(relay.url, envelope))
    expect([...seqs.values()].map((all) => all.size)).to.deep.equal(new Array(150).fill(1))
    await relay.kill()
    await using store = await sqliteMailbox({ file: join(world.data, 'mailbox.db') })
    const stored = await store.read(someMailbox, { limit: 1000, now: Date.now() })
    expect(stored.map(({ body }) => digestOf(body))).to.have.members(envelopes.map(digestOf))
  }).timeout(60_000)

  it('what a silent, half-open connection holds comes to another reader once the relay has noticed', async () => {
    const owner = world.owners.owners[0]!
    // The leases outlast the test: only a ping without an answer can end them.
    await using relay = await world.start({ heartbeatMillis: 2000 })
    await using proxy = await startFaultProxy(relay.url)
    const envelopes = Array.from({ length: 20 }, () => randomEnvelope(owner.mailbox))
    await submitAll(relay.url, envelopes)
    const mailbox = await openMailbox(relay.url, owner)
    const stream = await RawSocket.open(proxy.url, mailbox.token)
    stream.send({ type: 'stream', window: 20, leaseMillis: 600_000 })
    const delivered = () =>
      stream.frames.reduce((sum, frame) => sum + (frame.type === 'delivery' ? frame.messages.length : 0), 0)
    await stream.until(() => delivered() === 20)
    proxy.fallSilent()
    stream.send({ type: 'acknowledge', request: 1, seqs: [1, 2, 3] })

    const found = new Map<string, number>()
    for (let deadline = Date.now() + 30_000; found.size < 20 && Date.now() < deadline; ) {
      const leased = await mailbox.lease({ consumer: 'other', count: 20, waitMillis: 1000 })
      for (const { digest, attempt } of leased) found.set(digest, attempt)
    }
    expect([...found.keys()]).to.have.members(envelopes.map(digestOf))
    expect([...found.values()].every((attempt) => attempt >= 2)).to.equal(true)
    stream.drop()
  }).timeout(60_000)
})
