/**
 * Promise: nothing accepted is lost, and nothing is taken twice. A receiving process is killed with SIGKILL between the
 * acceptance of a message and the end of its handling, and after it; the next process has only what is on the disk.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { fromHex, fromUtf8 } from '../../src/core/bytes.ts'
import { asConversationId, asMessageId } from '../../src/core/ids.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { createReceiver } from '../../src/messaging/inbox/receiver.ts'
import { sealMessage } from '../../src/messaging/sealed/seal-message.ts'
import { sqliteStore } from '../../src/store/sqlite-store.ts'
import { goldenAgent, goldenContext, vectors, vectorTime } from '../support/golden.ts'
import { rejection, rejectionCode } from '../support/refusal.ts'

const program = new URL('../programs/receive.ts', import.meta.url).pathname
const envelope = fromHex(vectors.messages.xWing.envelope)

describe('scenario/receiver-kill', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-receiver-'))
    file = join(folder, 'store.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Starts the process, waits for a line of its, and kills it. */
  async function killAfter(step: 'received' | 'done', line: string): Promise<void> {
    const child: ChildProcess = spawn(process.execPath, [program, file, step], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const lines = createInterface(child.stdout!)
    for await (const printed of lines) if (printed === line) break
    child.kill('SIGKILL')
    expect(await ended).to.deep.equal([null, 'SIGKILL'])
  }

  /** Something else that alice says to bob. */
  function anotherMessage(): Uint8Array {
    const said = { kind: 'message', contentType: 'text/plain', body: new Uint8Array(1), inReplyTo: undefined } as const
    const times = { created: vectorTime, expires: vectorTime + 60_000, seq: 8, priority: 'normal' } as const
    const conversation = asConversationId(`0x${'c0'.repeat(16)}`)
    const draft = { ...said, ...times, conversation, messageId: asMessageId(`0x${'b2'.repeat(16)}`) }
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
    return sealMessage(nodeBackend, random, goldenAgent('alice'), goldenAgent('bob'), draft).envelope
  }

  /** Takes the message in this process, from what the killed one left. */
  async function receiveHere<Result>(
    look: (receiver: ReturnType<typeof createReceiver>) => Promise<Result>,
    change: { replayLimit?: number } = {},
  ): Promise<Result> {
    await using store = sqliteStore(file)
    return await look(createReceiver({ ...goldenContext('bob'), ...change, store }))
  }

  it('hands a message out again that was accepted and not handled, marked as repeated', async () => {
    await killAfter('received', 'received first')
    await killAfter('received', 'received again')
    await receiveHere(async (receiver) => {
      const received = await receiver.receive(envelope)
      expect(received.repeated).to.equal(true)
      expect(fromUtf8(received.message.body)).to.equal('quote?')
      await received.done()
    })
    expect(await receiveHere((receiver) => rejectionCode(receiver.receive(envelope)))).to.equal('sealed.replayed')
  }).timeout(60_000)

  it('refuses as a replay what was handled', async () => {
    await killAfter('done', 'done')
    const error = await receiveHere((receiver) => rejection(receiver.receive(envelope)))
    expect(error.code).to.equal('sealed.replayed')
    expect(error.facts).to.include({ handled: true })
  }).timeout(60_000)

  it('counts what the killed process remembered against the limit', async () => {
    await killAfter('done', 'done')
    const other = anotherMessage()
    const full = await receiveHere((receiver) => rejectionCode(receiver.receive(other)), { replayLimit: 1 })
    expect(full).to.equal('messaging.replay_memory_full')
    await receiveHere((receiver) => receiver.receive(other), { replayLimit: 2 })
  }).timeout(60_000)
})
