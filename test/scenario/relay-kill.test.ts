/**
 * Promise: nothing accepted is lost. The real relay process is killed with SIGKILL in the middle of 1,000 submissions,
 * at several points, and started again on the same data directory.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { systemAmbient } from '../../src/core/ambient.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { MailboxId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { sqliteMailbox } from '../../src/relay/mailbox/sqlite-mailbox.ts'
import type { Acceptance } from '../../src/transport/port.ts'
import { relayTransport } from '../../src/transport/relay-transport.ts'
import { decodeAcceptanceReceipt } from '../../src/wire/acceptance.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import { freePort } from '../support/free-port.ts'
import { randomEnvelope } from '../support/relay-world.ts'

const total = 1000
const concurrency = 64
const mailboxes = Array.from({ length: 20 }, (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}` as MailboxId)
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

/** Starts `herald relay`. No chain is needed: submitting asks for no card. */
async function startRelay(data: string, port: number): Promise<ChildProcess> {
  const flags = {
    port: String(port),
    data,
    'rpc-url': 'http://127.0.0.1:9',
    'chain-id': '31337',
    registry: `0x${'11'.repeat(20)}`,
  }
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(process.execPath, [main, 'relay', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ready = once(createInterface(child.stdout!), 'line')
  const [line] = (await Promise.race([ready, once(child, 'exit')])) as [unknown]
  if (typeof line !== 'string') throw new Error('the relay did not start')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Submits all envelopes, many at a time, and gives those that were accepted. */
async function submitAll(
  envelopes: readonly Uint8Array[],
  url: string,
  onAccepted: (count: number) => void,
): Promise<Map<Uint8Array, Acceptance>> {
  await using transport = relayTransport({
    ambient: systemAmbient,
    sha256: nodeBackend.sha256,
    verify: nodeBackend.ed25519Verify,
  })
  const accepted = new Map<Uint8Array, Acceptance>()
  const waiting = envelopes.values()
  const work = async () => {
    for (const envelope of waiting) {
      const acceptance = await transport.submit(envelope, [url]).catch(() => undefined)
      if (acceptance === undefined) continue
      accepted.set(envelope, acceptance)
      onAccepted(accepted.size)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return accepted
}

async function storedDigests(data: string): Promise<string[]> {
  await using store = await sqliteMailbox({ file: join(data, 'mailbox.db') })
  const options = { limit: 2 * total, now: Date.now() }
  const messages = await Promise.all(mailboxes.map((mailbox) => store.read(mailbox, options)))
  return messages.flat().map(({ body }) => toHex(nodeBackend.sha256(body)))
}

describe('scenario/relay-kill', () => {
  describe('promise: nothing accepted is lost', () => {
    for (const killAfter of [1, 500])
      it(`when the relay is killed after ${killAfter} of ${total} acceptances`, async () => {
        const data = await mkdtemp(join(tmpdir(), 'herald-kill-'))
        const port = await freePort()
        const url = `http://127.0.0.1:${port}`
        const envelopes = Array.from({ length: total }, (_, i) => randomEnvelope(mailboxes[i % mailboxes.length]!))

        const first = await startRelay(data, port)
        let killed: Promise<void> | undefined
        const accepted = await submitAll(envelopes, url, (count) => {
          if (count >= killAfter) killed ??= kill(first)
        })
        await killed
        expect(accepted.size).to.be.within(killAfter, total - 1)

        const stored = await storedDigests(data)
        const missing = [...accepted.keys()].filter((envelope) => !stored.includes(toHex(nodeBackend.sha256(envelope))))
        expect(missing).to.deep.equal([])

        const second = await startRelay(data, port)
        const again = await submitAll(envelopes, url, () => {})
        await kill(second)
        expect(again.size).to.equal(total)
        for (const [envelope, { receipt }] of accepted) {
          const repeated = again.get(envelope)!
          expect(repeated.duplicate, decodeEnvelope(envelope).header.messageId).to.equal(true)
          expect(decodeAcceptanceReceipt(repeated.receipt).seq).to.equal(decodeAcceptanceReceipt(receipt).seq)
        }
        const all = await storedDigests(data)
        expect(new Set(all).size).to.equal(total)
        expect(all).to.have.length(total)
        await rm(data, { recursive: true })
      }).timeout(30_000)
  })
})
