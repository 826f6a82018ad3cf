/** A relay that is asked to stop: what it accepted is answered, what waits is told, and nothing is lost or left open. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { MailboxId } from '../../src/core/ids.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import { startProgram } from '../support/program.ts'
import { randomEnvelope } from '../support/relay-world.ts'

const mailbox = `0x${'0a'.repeat(32)}` as MailboxId

describe('scenario/relay-drain', () => {
  it('answers on SIGTERM what it accepted, and has all of it on disk', async () => {
    const data = mkdtempSync(join(tmpdir(), 'herald-drain-'))
    const flags = {
      port: '0',
      data,
      'rpc-url': 'http://127.0.0.1:9',
      'chain-id': '31337',
      registry: `0x${'11'.repeat(20)}`,
    }
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
    await using relay = startProgram('bin/herald.js', ['relay', ...args])
    const [, url = ''] = await relay.printed(/relay at (\S+)/)
    let accepted = 0
    const send = async () => {
      for (;;) {
        const response = await fetch(`${url}/v1/envelopes`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: Buffer.from(randomEnvelope(mailbox)),
        }).catch(() => undefined)
        if (response === undefined) return
        if (response.status === 201) accepted += 1
        else expect(response.status).to.equal(503)
        await response.arrayBuffer()
      }
    }
    const senders = Array.from({ length: 16 }, send)
    while (accepted < 100) await new Promise((resolve) => setTimeout(resolve, 5))
    const { code } = await relay.stop('SIGTERM')
    await Promise.all(senders)
    expect(code).to.equal(0)
    await using store = await sqliteMailbox({ file: join(data, 'mailbox.db') })
    // One more may be there for each sender: kept, and its answer lost with the connection.
    expect((await store.stats()).messages).to.be.within(accepted, accepted + senders.length)
    rmSync(data, { recursive: true })
  }).timeout(60_000)
})
