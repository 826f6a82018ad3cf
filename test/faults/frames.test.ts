/** Promise: 10,000 malformed and oversize frames and requests stop nobody else, and nothing of them is kept. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { MailboxId } from '../../src/core/ids.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { encodeRelayFrame } from '../../src/wire/relay-frame.ts'
import { randomEnvelope } from '../support/relay-world.ts'
import { submit } from './support/load.ts'
import { type Owners, openMailbox, post, startOwners } from './support/owners.ts'
import { seededRandom } from './support/random.ts'
import { RawSocket } from './support/raw-socket.ts'
import { type RelayProcess, startRelayProcess } from './support/relay-process.ts'

const mailbox = `0x${'5a'.repeat(32)}` as MailboxId
const mebibyte = 1_048_576
/** Thousands of connections from one address would be refused before anything of them is read. */
const limits = { sessionBurst: 100_000, sessionPerSecond: 100_000 }

describe('faults: malformed frames', () => {
  const random = seededRandom(20_261_129)
  let owners: Owners
  let data: string
  let relay: RelayProcess
  before(async () => {
    owners = await startOwners(1)
    data = await mkdtemp(join(tmpdir(), 'herald-frames-'))
    relay = await startRelayProcess({ data, chain: owners.chain, limits })
  })
  after(async () => {
    await relay[Symbol.asyncDispose]()
    await owners[Symbol.asyncDispose]()
    await rm(data, { recursive: true })
  })

  /** Changes, removes, inserts or repeats bytes somewhere. */
  function damaged(valid: Uint8Array): Uint8Array {
    const [from, to] = [random(valid.length), random(valid.length)].sort((a, b) => a - b) as [number, number]
    const noise = Uint8Array.from({ length: 1 + random(8) }, () => random(256))
    const parts = [
      [valid.subarray(0, from), noise, valid.subarray(to)],
      [valid.subarray(0, from), valid.subarray(to)],
      [valid.subarray(0, to), valid.subarray(from)],
      [valid.subarray(0, from), noise],
    ]
    return Buffer.concat(parts[random(parts.length)]!)
  }

  async function inTurns(count: number, workers: number, run: () => Promise<void>): Promise<void> {
    let left = count
    const work = async () => {
      while (left-- > 0) await run()
    }
    await Promise.all(Array.from({ length: workers }, work))
  }

  /** The relay is there for others, and has logged no fault of its own. */
  async function isWell(): Promise<void> {
    expect((await fetch(`${relay.url}/healthz`)).status).to.equal(200)
    expect(relay.process.exitCode).to.equal(null)
  }

  const frames = () => [
    encodeRelayFrame({ type: 'submit', request: 1, envelopes: [randomEnvelope(mailbox), randomEnvelope(mailbox)] }),
    encodeRelayFrame({ type: 'stream', window: 4, leaseMillis: 1000 }),
    encodeRelayFrame({ type: 'acknowledge', request: 2, seqs: [1, 2, 3] }),
    encodeRelayFrame({ type: 'release', request: 3, seqs: [1] }),
    encodeRelayFrame({ type: 'ping', request: 4 }),
    encodeRelayFrame({ type: 'authenticate', token: 'a.b.c' }),
  ]

  /** Sends damaged frames on one socket until the relay ends it; a ping shows that each was looked at. */
  async function fuzzFrames(count: number, token: string | undefined): Promise<void> {
    let socket: RawSocket | undefined
    for (let i = 0; i < count; i++) {
      if (socket === undefined || socket.closed !== undefined) socket = await RawSocket.open(relay.url, token)
      const current = socket
      const all = frames()
      current.sendBytes(damaged(all[random(all.length)]!))
      const request = 1_000_000 + i
      current.send({ type: 'ping', request })
      await current.until(() => current.frames.some((frame) => frame.type === 'done' && frame.request === request))
      if (current.closed !== undefined)
        expect(current.closed.code, current.closed.reason).to.be.oneOf([1002, 1006, 1009, 4401])
    }
    socket?.drop()
  }

  it('3,000 frames before authentication and 4,000 after it', async () => {
    const { token } = await openMailbox(relay.url, owners.owners[0]!)
    await inTurns(8, 8, () => fuzzFrames(375, undefined))
    await inTurns(8, 8, () => fuzzFrames(500, token))
    await isWell()
  }).timeout(120_000)

  it('2,000 requests over HTTP, none of which is the relay’s own fault', async () => {
    const { token } = await openMailbox(relay.url, owners.owners[0]!)
    const json = (value: object) => new TextEncoder().encode(JSON.stringify(value))
    const requests: [path: string, body: Uint8Array][] = [
      ['/v1/envelopes', randomEnvelope(mailbox)],
      ['/v1/lease', json({ consumer: 'one', count: 3, leaseMillis: 1000, waitMillis: 0 })],
      ['/v1/acknowledge', json({ consumer: 'one', seqs: [1, 2] })],
      ['/v1/release', json({ consumer: 'one', seqs: [1] })],
    ]
    const statuses = new Set<number>()
    await inTurns(2000, 16, async () => {
      const [path, body] = requests[random(requests.length)]!
      const type = path === '/v1/envelopes' ? 'application/octet-stream' : 'application/json'
      const response = await fetch(`${relay.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${token}` },
        body: damaged(body) as Uint8Array<ArrayBuffer>,
      })
      await response.arrayBuffer()
      statuses.add(response.status)
    })
    expect([...statuses].filter((status) => status >= 500)).to.deep.equal([])
    expect(statuses.has(400)).to.equal(true)
    await isWell()
  }).timeout(120_000)

  it('1,000 connections that speak something like HTTP', async () => {
    const request = Buffer.from(
      'POST /v1/lease HTTP/1.1\r\nhost: relay\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}',
    )
    await inTurns(1000, 32, async () => {
      const socket = connect(Number(new URL(relay.url).port), '127.0.0.1')
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => {}).resume()
      socket.end(damaged(request))
      await closed
    })
    await isWell()
  }).timeout(120_000)

  it('what is too long is refused before it is read to its end', async () => {
    const socket = await RawSocket.open(relay.url)
    socket.sendBytes(new Uint8Array(2 * mebibyte))
    await socket.until(() => false)
    expect(socket.closed?.code).to.be.oneOf([1009, 1006])
    const long = await post(`${relay.url}/v1/envelopes`, new Uint8Array(2 * mebibyte)).catch(() => undefined)
    if (long !== undefined) expect([long.status, long.body['code']]).to.deep.equal([413, 'relay.body_too_large'])
    const headers = { 'x-long': 'a'.repeat(32_768) }
    const wide = await fetch(`${relay.url}/healthz`, { headers }).catch(() => undefined)
    if (wide !== undefined) expect(wide.status).to.equal(431)
    await isWell()
  }).timeout(60_000)

  it('leaves nothing behind but what was accepted', async () => {
    const envelope = randomEnvelope(mailbox)
    const accepted = await submit(relay.url, envelope)
    expect(accepted?.duplicate).to.equal(false)
    const { err } = await relay.stop()
    expect(err).to.not.match(/relay\.internal/)
    await using store = await sqliteMailbox({ file: join(data, 'mailbox.db') })
    const stored = await store.read(mailbox, { limit: 10_000, order: 'arrival', now: Date.now() })
    expect(stored.at(-1)?.seq).to.equal(accepted?.seq)
    expect((await store.stats()).bytes).to.be.lessThan(20 * mebibyte)
  }).timeout(60_000)
})
