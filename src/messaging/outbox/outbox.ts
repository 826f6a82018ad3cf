/**
 * The sending end: keeps an envelope before the network sees it, hands it to a relay by priority, tries again with
 * pauses, and keeps the relay's receipt in its place once it has signed for it. A relay that is down loses nothing: the
 * message stays queued.
 */
import type { Ambient } from '../../core/ambient.ts'
import { backoffMillis } from '../../core/backoff.ts'
import { HeraldError } from '../../core/errors.ts'
import type { MessageId } from '../../core/ids.ts'
import { maxLifetimeMillis } from '../../core/limits.ts'
import type { Store, StoreChange } from '../../store/port.ts'
import type { Acceptance, Transport } from '../../transport/port.ts'
import { CorruptRecordError, ExpiredMessageError } from '../errors.ts'
import { decodeOutboxEntry, encodeOutboxEntry, type OutboxEntry, outboxKey, outboxOrder } from './outbox-entry.ts'

/** What became of a queued message so far. */
export type FirstAttempt =
  | { readonly state: 'accepted'; readonly acceptance: Acceptance }
  | { readonly state: 'queued' }

/** A message that is kept and on its way. */
export interface Queued {
  /** How the first attempt ended; rejects when the message can never be delivered. */
  readonly firstAttempt: Promise<FirstAttempt>
  /**
   * The relay's acceptance, whenever it comes; rejects when the message expires or can never be delivered. Settles no
   * more once the outbox is disposed of: the next run sends the message.
   */
  readonly accepted: Promise<Acceptance>
}

/** What an outbox needs. */
export interface OutboxOptions {
  readonly store: Store
  readonly transport: Transport
  readonly ambient: Ambient
  /** Told when a message is given up. */
  onFailed?(entry: OutboxEntry, error: HeraldError): void
}

/** A queue of envelopes that outlives the process. */
export interface Outbox extends AsyncDisposable {
  /**
   * Takes up what an earlier run left behind and tells how many messages that is.
   *
   * @throws CorruptRecordError when a row cannot be read; then nothing is sent
   */
  resume(): Promise<number>
  /** Keeps an envelope, and other rows together with it or none of them; durable when resolved. */
  enqueue(entry: OutboxEntry, alsoKeep?: readonly StoreChange[]): Promise<Queued>
  /** How many messages wait. */
  readonly length: number
}

interface Job {
  readonly key: string
  readonly entry: OutboxEntry
  attempts: number
  readonly first: PromiseWithResolvers<FirstAttempt>
  readonly accepted: PromiseWithResolvers<Acceptance>
}

/** The row under which the receipt for a message is kept, in the table `receipts`. */
export function receiptKey(messageId: MessageId): string {
  return messageId
}

/** A receipt outlives its message by as long as a message may live, so that a loss can still be shown afterwards. */
const receiptKeepMillis = maxLifetimeMillis
const concurrency = 16
const pauses = { baseMillis: 500, capMillis: 30_000 }
const pageRows = 500

function createJob(key: string, entry: OutboxEntry): Job {
  const job: Job = {
    key,
    entry,
    attempts: 0,
    first: Promise.withResolvers<FirstAttempt>(),
    accepted: Promise.withResolvers<Acceptance>(),
  }
  // A caller may look at either promise or at none; a rejection nobody awaits must not end the process.
  job.first.promise.catch(() => undefined)
  job.accepted.promise.catch(() => undefined)
  return job
}

function readEntry(value: Uint8Array): OutboxEntry {
  try {
    return decodeOutboxEntry(value)
  } catch (error) {
    throw new CorruptRecordError({ table: 'outbox' }, error)
  }
}

/** Whether the message itself is refused; a transport that was closed under the outbox says nothing about it. */
function isFinal(error: unknown): error is HeraldError {
  return error instanceof HeraldError && error.retry === 'never' && error.code !== 'transport.closed'
}

class DurableOutbox implements Outbox {
  readonly #options: OutboxOptions
  readonly #waiting: Job[] = []
  readonly #timers = new Map<Job, ReturnType<typeof setTimeout>>()
  readonly #running = new Set<Promise<void>>()
  /** Everything that is kept and not yet accepted or given up. */
  readonly #open = new Set<Job>()
  readonly #stopping = new AbortController()
  #order = 0

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#open.size
  }

  async enqueue(entry: OutboxEntry, alsoKeep: readonly StoreChange[] = []): Promise<Queued> {
    const { store, ambient } = this.#options
    this.#order = Math.max(this.#order + 1, ambient.now() * 1000)
    const key = outboxKey(entry, this.#order)
    await store.batch([{ table: 'outbox', put: { key, value: encodeOutboxEntry(entry) } }, ...alsoKeep])
    const job = createJob(key, entry)
    this.#ready(job)
    return { firstAttempt: job.first.promise, accepted: job.accepted.promise }
  }

  async resume(): Promise<number> {
    const left: Job[] = []
    for (let more = true; more; ) {
      const after = left.at(-1)?.key
      const page = { limit: pageRows, ...(after === undefined ? {} : { after }) }
      const rows = await this.#options.store.scan('outbox', page)
      left.push(...rows.map(({ key, value }) => createJob(key, readEntry(value))))
      more = rows.length === pageRows
    }
    // What is queued from now on comes after these, even if the clock was set back meanwhile.
    for (const { key } of left) this.#order = Math.max(this.#order, outboxOrder(key))
    for (const job of left) this.#ready(job)
    return left.length
  }

  /** Keeps the waiting jobs in key order: urgent first, then as queued. */
  #ready(job: Job): void {
    this.#open.add(job)
    const at = this.#waiting.findIndex(({ key }) => key > job.key)
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, job)
    this.#pump()
  }

  #pump(): void {
    while (this.#running.size < concurrency && this.#waiting.length > 0 && !this.#stopping.signal.aborted) {
      const attempt = this.#deliver(this.#waiting.shift() as Job).finally(() => {
        this.#running.delete(attempt)
        this.#pump()
      })
      this.#running.add(attempt)
    }
    // What waits is kept for the next run; nobody is left waiting for a first attempt that does not come.
    if (this.#stopping.signal.aborted) for (const { first } of this.#waiting) first.resolve({ state: 'queued' })
  }

  async #deliver(job: Job): Promise<void> {
    const { transport, ambient } = this.#options
    const { messageId, expires, envelope, relays } = job.entry
    try {
      const now = ambient.now()
      if (now >= expires) throw new ExpiredMessageError({ messageId, expires, now })
      const acceptance = await transport.submit(envelope, relays, { signal: this.#stopping.signal })
      await this.#keepReceipt(job, acceptance)
      this.#open.delete(job)
      job.first.resolve({ state: 'accepted', acceptance })
      job.accepted.resolve(acceptance)
    } catch (error) {
      await this.#settleFailure(job, error)
    }
  }

  /** What cannot be written changes nothing of what became of the message: the next run submits it once more. */
  async #keepReceipt({ key, entry }: Job, { receipt }: Acceptance): Promise<void> {
    const row = { key: receiptKey(entry.messageId), value: receipt, expiresAt: entry.expires + receiptKeepMillis }
    const changes: StoreChange[] = [
      { table: 'outbox', delete: key },
      { table: 'receipts', put: row },
    ]
    await this.#options.store.batch(changes).catch(() => undefined)
  }

  /** A row that cannot be removed is looked at again by the next run. */
  async #forget({ key }: Job): Promise<void> {
    await this.#options.store.delete('outbox', key).catch(() => false)
  }

  async #settleFailure(job: Job, error: unknown): Promise<void> {
    const stopping = this.#stopping.signal.aborted
    // An attempt that ends because the outbox is disposed of says nothing about the message.
    if (!stopping && isFinal(error)) {
      await this.#forget(job)
      this.#open.delete(job)
      job.first.reject(error)
      job.accepted.reject(error)
      this.#options.onFailed?.(job.entry, error)
      return
    }
    job.first.resolve({ state: 'queued' })
    job.attempts += 1
    if (!stopping) this.#retryLater(job)
  }

  #retryLater(job: Job): void {
    const resume = () => {
      this.#timers.delete(job)
      this.#ready(job)
    }
    this.#timers.set(job, setTimeout(resume, backoffMillis(this.#options.ambient, job.attempts, pauses)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#pump()
    await Promise.allSettled(this.#running)
  }
}

/** Creates an outbox. */
export function createOutbox(options: OutboxOptions): Outbox {
  return new DurableOutbox(options)
}
