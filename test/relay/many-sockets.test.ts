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
const maxTotalBufferedBytes = 16_777_216
/** File descriptors that this process and the client need for other things. */
const spare = 500

async function openFilesAllowed(): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', 'ulimit -n'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(shell.stdout), 'line')) as [string]
  return line === 'unlimited' ? wanted + spare : Number(line)
}

describe('relay: many sockets', () => {
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
    const child = spawn(process.execPath, [client, relay.url, token, String(count)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)
    const [line] = (await once(lines, 'line')) as [string]
    expect(line).to.equal(`open ${count}`)
    const perSocket = (process.memoryUsage.rss() - before) / count
    expect(perSocket, 'bytes a socket').to.be.lessThan(65_536)

    // Now there is mail for all of them, and none of them takes any of it.
    const now = relay.clock.now()
    for (let i = 0; i < 2000; i++) {
      const messageId = `0x${(i + 1).toString(16).padStart(32, '0')}` as MessageId
      const body = randomEnvelope(owner.mailbox, { messageId, length: 100_000 })
      const item = { mailboxes: [owner.mailbox], messageId, priority: 'normal', expires: now + 600_000, body } as const
      await store.append([item], now)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    const headers = { authorization: 'Bearer of-the-metrics-of-this' }
    const metrics = await (await fetch(`${relay.url}/metrics`, { headers })).text()
    const held = Number(/^herald_relay_buffered_bytes (\d+)$/m.exec(metrics)?.[1])
    expect(held).to.be.within(1, maxTotalBufferedBytes)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }).timeout(180_000)
})
