/**
 * A process that measures the mailbox store alone, as it grows: what a message costs to append, and to lease and
 * acknowledge, by the number of mailboxes and by the number of messages that wait in one. Prints one line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../../src/core/bytes.ts'
import type { MailboxId, MessageId } from '../../../src/core/ids.ts'
import type { AppendItem, MailboxStore } from '../../../src/relay/mailbox/port.ts'
import { sqliteMailbox } from '../../../src/relay/mailbox/sqlite-mailbox.ts'

/** What a message costs at one size, microseconds of time, many at a time. */
interface GrowthRow {
  readonly size: number
  readonly appendMicros: number
  readonly leaseAndAcknowledgeMicros: number
}

const [folder = '', bodyText = '1024', maxText = '100000'] = process.argv.slice(2)
const bodyBytes = Number(bodyText)
const max = Number(maxText)
/** Items of one append, as many as the store commits at once. */
const batch = 500
/** Messages that each figure is measured with. */
const measured = 2000
const consumer = 'bench'
const leaseMillis = 60_000

function mailboxId(index: number): MailboxId {
  return `0x${index.toString(16).padStart(64, '0')}` as MailboxId
}

function item(index: number): AppendItem {
  const messageId = toHex(crypto.getRandomValues(new Uint8Array(16))) as MessageId
  const body = crypto.getRandomValues(new Uint8Array(bodyBytes))
  const expires = Date.now() + 86_400_000
  return { mailboxes: [mailboxId(index)], messageId, priority: 'normal', expires, endsAt: expires, body }
}

async function append(store: MailboxStore, count: number, indexOf: (i: number) => number): Promise<number> {
  let micros = 0
  for (let from = 0; from < count; from += batch) {
    const items = Array.from({ length: Math.min(batch, count - from) }, (_, i) => item(indexOf(from + i)))
    const begun = performance.now()
    await store.append(items, Date.now())
    micros += (performance.now() - begun) * 1000
  }
  return micros / count
}

/** Takes messages out of mailboxes, `size` of each mailbox at a time, as many mailboxes at once as fill a batch. */
async function take(store: MailboxStore, count: number, size: number, indexOf: (i: number) => number): Promise<number> {
  let taken = 0
  const begun = performance.now()
  for (let turn = 0; taken < count; turn++) {
    const indexes = new Set(Array.from({ length: batch / size }, (_, i) => indexOf(turn * (batch / size) + i)))
    const counts = await Promise.all(
      [...indexes].map(async (index) => {
        const options = { consumer, count: size, leaseMillis, now: Date.now() }
        const leased = await store.lease(mailboxId(index), options)
        const seqs = leased.map(({ seq }) => seq)
        return seqs.length === 0 ? 0 : store.ack(mailboxId(index), consumer, seqs)
      }),
    )
    taken += counts.reduce((sum, each) => sum + each, 0)
  }
  return ((performance.now() - begun) * 1000) / taken
}

function rounded(value: number): number {
  return Number(value.toFixed(1))
}

/** Appends as many as are then taken, so that the size stays what it is. */
async function measure(store: MailboxStore, size: number, perTake: number, indexOf: (i: number) => number) {
  const appendMicros = rounded(await append(store, measured, indexOf))
  return { size, appendMicros, leaseAndAcknowledgeMicros: rounded(await take(store, measured, perTake, indexOf)) }
}

function sizes(from: number): number[] {
  return Array.from({ length: 7 }, (_, i) => from * 10 ** i).filter((size) => size <= max)
}

async function withStore(run: (store: MailboxStore) => Promise<GrowthRow[]>): Promise<GrowthRow[]> {
  const place = mkdtempSync(join(folder, 'growth-'))
  const store = await sqliteMailbox({ file: join(place, 'mailbox.db') })
  const rows = await run(store)
  await store[Symbol.asyncDispose]()
  rmSync(place, { recursive: true })
  return rows
}

/** Every mailbox holds a message, and those that are looked at are drawn at random. */
async function byMailboxes(store: MailboxStore): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = []
  let made = 0
  for (const size of sizes(1)) {
    await append(store, size - made, (i) => made + i)
    made = size
    const drawn = Array.from({ length: measured }, () => Math.floor(Math.random() * size))
    // Where there are few, a batch takes several of each.
    const perTake = Math.max(1, Math.floor(batch / size))
    rows.push(await measure(store, size, perTake, (i) => (size > batch ? (drawn[i % measured] ?? 0) : i % size)))
  }
  return rows
}

async function byBacklog(store: MailboxStore): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = []
  let waiting = 0
  for (const size of sizes(1000)) {
    await append(store, size - waiting, () => 0)
    waiting = size
    rows.push(await measure(store, size, 250, () => 0))
  }
  return rows
}

console.log(JSON.stringify({ mailboxes: await withStore(byMailboxes), backlog: await withStore(byBacklog) }))
