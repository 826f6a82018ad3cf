import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { utf8 } from '../../src/core/bytes.ts'
import type { MessageId } from '../../src/core/ids.ts'
import { Secret } from '../../src/core/secret.ts'
import { memoryMailbox } from '../../src/relay/mailbox/memory-mailbox.ts'
import { randomEnvelope, startTestRelay } from '../support/relay-world.ts'

const client = new URL('../support/many-sockets-client.ts', import.meta.url).pathname
const wanted = 10_000
/** Each of these is sent all mail, of which the kernel takes some megabytes. */
const followers = 50
const maxTotalBufferedBytes = 16_777_216
/** File descriptors that this process and the client need for other things. */
const spare = 500

async function openFilesAllowed(): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', 'ulimit -n'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(shell.stdout), 'line')) as [string]
  return line === 'unlimited' ? wanted + spare : Number(line)
}

describe('faults: ten thousand sockets', () => {
  async function buffered(url: string): Promise<number> {
    const headers = { authorization: 'Bearer of-the-metrics-of-this' }
    const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
    return Number(/^herald_relay_buffered_bytes (\d+)$/m.exec(metrics)?.[1])
  }

  it('hold little memory each, and all of them together no more than the budget when none of them reads', async () => {
    const count = Math.min(wanted, (await openFilesAllowed()) - spare)
    const store = memoryMailbox()
    const many = { submitBurst: 1e6, submitPerSecond: 1e6, sessionBurst: 1e6, sessionPerSecond: 1e6 }
    const limits = { ...many, maxTotalBufferedBytes, slowConsumerMillis: 600_000, sweepMillis: 600_000 }
    const metricsToken = new Secret(utf8('of-the-metrics-of-this'))
    await using relay = await startTestRelay({ ...limits, maxSockets: wanted }, { mailbox: store, metricsToken })
    const owner = relay.directory.register()
    const token = await relay.session(owner)
    globalThis.gc?.()
    const before = process.memoryUsage.rss()
    const child = spawn(process.execPath, [client, relay.url, token, String(count), String(followers)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)
    const [line] = (await once(lines, 'line')) as [string]
    expect(line).to.equal(`open ${count}`)
    const perSocket = (process.memoryUsage.rss() - before) / count
    console.log(`      ${count} sockets, ${Math.round(perSocket)} bytes each`)
    expect(perSocket, 'bytes a socket').to.be.lessThan(65_536)

    // Now there is mail for all of them, and none of them takes any of it.
    const now = relay.clock.now()
    for (let i = 0; i < 2000; i++) {
      const messageId = `0x${(i + 1).toString(16).padStart(32, '0')}` as MessageId
      const body = randomEnvelope(owner.mailbox, { messageId, length: 100_000 })
      const item = { mailboxes: [owner.mailbox], messageId, priority: 'normal', expires: now + 600_000, body } as const
      await store.append([item], now)
    }
    // Time for the kernel's buffers to fill: from then on it is the relay that holds, or holds back.
    const held: number[] = []
    for (let looks = 0; looks < 20 || (Math.max(...held) < maxTotalBufferedBytes / 2 && looks < 200); looks++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      held.push(await buffered(relay.url))
    }
    expect(Math.max(...held)).to.be.within(maxTotalBufferedBytes / 2, maxTotalBufferedBytes)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }).timeout(180_000)
})
