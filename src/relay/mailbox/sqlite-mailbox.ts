/**
 * The embedded durable mailbox store: one SQLite file, one writer in a thread of its own. What the port calls durable is on
 * disk when it is resolved (WAL, synchronous=FULL). Group commit needs no timer: whatever queued while the last batch was
 * being committed is the next batch.
 */
import { Worker } from 'node:worker_threads'
import type { HeraldError } from '../../core/errors.ts'
import type { MailboxId, Millis } from '../../core/ids.ts'
import { assertPackages, assertSettings } from './arguments.ts'
import { StorageFullError, StoreClosedError, StoreFailedError, StoreLockedError, StoreVersionError } from './errors.ts'
import { packItems, unpackMessages, unpackOutcomes } from './packing.ts'
import type {
  AppendItem,
  AppendOutcome,
  LeasedMessage,
  LeaseOptions,
  MailboxQuota,
  MailboxStats,
  MailboxStore,
  ReadOptions,
  ShelfPackage,
  ShelfQuota,
  ShelfStats,
  ShelveOutcome,
  StoredMessage,
} from './port.ts'
import type {
  Damage,
  FromWorker,
  StoreAnswers,
  StoreCall,
  StoreFailure,
  ToWorker,
  WorkerStart,
} from './sqlite-protocol.ts'
import { WakeBus } from './wake-bus.ts'

/** How a mailbox database is opened. */
export interface SqliteMailboxOptions {
  /** Path of the database; made if it is not there. Beside it lie `-keys`, without which it is useless, and `-wal`. */
  readonly file: string
  /**
   * Told of each message and each package that was found damaged on disk, by arrival number or place on its shelf; it is
   * not served.
   */
  readonly onDamaged?: (seq: number, what: Damage['what']) => void
}

interface Pending {
  readonly call: StoreCall
  /** How much it adds to a batch. */
  readonly items: number
  readonly bytes: number
  resolve(answer: never): void
  reject(error: HeraldError): void
}

const maxBatchItems = 512
const maxBatchBytes = 1_048_576

function errorOf(file: string, failure: StoreFailure): HeraldError {
  switch (failure.kind) {
    case 'locked':
      return new StoreLockedError({ file })
    case 'version':
      return new StoreVersionError({ file, found: failure.found, supported: failure.supported })
    case 'full':
      return new StorageFullError()
    case 'failed':
      return new StoreFailedError({ reason: failure.reason })
  }
}

/** Queues calls and hands them to the worker, one batch at a time. */
class BatchQueue {
  readonly #worker: Worker
  readonly #options: SqliteMailboxOptions
  #waiting: Pending[] = []
  #committing: Pending[] = []
  #scheduled = false
  #ended: HeraldError | undefined
  #idle: (() => void) | undefined

  constructor(worker: Worker, options: SqliteMailboxOptions) {
    this.#worker = worker
    this.#options = options
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', () => this.#fail(new StoreFailedError({ reason: 'its thread ended' })))
    worker.on('exit', () => this.#fail(new StoreClosedError()))
  }

  call<Call extends StoreCall>(call: Call): Promise<StoreAnswers[Call['do']]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const [items, bytes] = weightOf(call)
    const answered = new Promise<StoreAnswers[Call['do']]>((resolve, reject) => {
      this.#waiting.push({ call, items, bytes, resolve, reject })
    })
    this.#schedule()
    return answered
  }

  /**
   * The next batch waits for the end of this turn of the event loop, so that what arrives together stays together, and what the
   * answers to the last one bring about comes with it.
   */
  #schedule(): void {
    if (this.#scheduled || this.#committing.length > 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#sendBatch()
    })
  }

  #sendBatch(): void {
    if (this.#committing.length > 0) return
    this.#committing = this.#takeBatch()
    if (this.#committing.length === 0) {
      this.#idle?.()
      return
    }
    const calls = this.#committing.map((pending) => pending.call)
    const bodies = calls.flatMap((call) => (call.do === 'append' ? [call.items.bytes.buffer] : []))
    this.#worker.postMessage({ calls } satisfies ToWorker, bodies)
  }

  #takeBatch(): Pending[] {
    let items = 0
    let bytes = 0
    const count = this.#waiting.findIndex((pending, i) => {
      items += pending.items
      bytes += pending.bytes
      return i > 0 && (items > maxBatchItems || bytes > maxBatchBytes)
    })
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count)
  }

  #receive(message: FromWorker): void {
    if (!('places' in message)) return
    const { places, outcomes, damaged, isLast } = message
    const committing = this.#committing
    if (isLast) {
      this.#committing = []
      this.#schedule()
    }
    for (const [i, outcome] of outcomes.entries()) {
      const pending = committing[places[i] as number]
      if ('answer' in outcome) pending?.resolve(outcome.answer as never)
      else pending?.reject(errorOf(this.#options.file, outcome.failure))
    }
    for (const { seq, what } of damaged) this.#options.onDamaged?.(seq, what)
  }

  #fail(error: HeraldError): void {
    this.#ended ??= error
    for (const pending of [...this.#committing.splice(0), ...this.#waiting.splice(0)]) pending.reject(error)
    this.#idle?.()
  }

  /** Takes no more calls, finishes those it has, and closes the database. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#ended = new StoreClosedError()
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    if (this.#committing.length > 0 || this.#waiting.length > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    this.#worker.postMessage({ close: true } satisfies ToWorker)
    await exited
  }
}

/** How many items and body bytes a call adds to a batch. */
function weightOf(call: StoreCall): [items: number, bytes: number] {
  if (call.do !== 'append') return [1, 0]
  return [call.items.mailboxes.length, call.items.bytes.length]
}

class SqliteMailbox implements MailboxStore {
  readonly #queue: BatchQueue
  readonly #wakes = new WakeBus()

  constructor(queue: BatchQueue) {
    this.#queue = queue
  }

  async append(items: readonly AppendItem[], _now: Millis, quota?: MailboxQuota): Promise<readonly AppendOutcome[]> {
    const outcomes = unpackOutcomes(await this.#queue.call({ do: 'append', items: packItems(items), quota }))
    this.#wakes.ring(items.flatMap((item, i) => ('seq' in (outcomes[i] ?? {}) ? item.mailboxes : [])))
    return outcomes
  }

  async read(mailbox: MailboxId, options: ReadOptions): Promise<readonly StoredMessage[]> {
    const messages = unpackMessages(await this.#queue.call({ do: 'read', mailbox, options }))
    return messages.map(({ attempt: _attempt, leasedUntil: _leasedUntil, ...message }) => message)
  }

  async lease(mailbox: MailboxId, options: LeaseOptions): Promise<readonly LeasedMessage[]> {
    return unpackMessages(await this.#queue.call({ do: 'lease', mailbox, options }))
  }

  ack(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number> {
    return this.#queue.call({ do: 'ack', mailbox, consumer, seqs: [...seqs] })
  }

  async release(mailbox: MailboxId, consumer: string, seqs: readonly number[]): Promise<number> {
    const count = await this.#queue.call({ do: 'release', mailbox, consumer, seqs: [...seqs] })
    if (count > 0) this.#wakes.ring([mailbox])
    return count
  }

  extend(mailbox: MailboxId, consumer: string, seqs: readonly number[], leasedUntil: Millis): Promise<number> {
    return this.#queue.call({ do: 'extend', mailbox, consumer, seqs: [...seqs], leasedUntil })
  }

  settings(mailbox: MailboxId): Promise<Uint8Array | undefined> {
    return this.#queue.call({ do: 'settings', mailbox })
  }

  async configure(mailbox: MailboxId, settings: Uint8Array | undefined): Promise<void> {
    assertSettings(settings)
    await this.#queue.call({ do: 'configure', mailbox, settings: settings && Uint8Array.from(settings) })
  }

  async shelve(mailbox: MailboxId, packages: readonly ShelfPackage[], quota?: ShelfQuota): Promise<ShelveOutcome> {
    assertPackages(packages)
    const copies = packages.map((one) => ({ ...one, bytes: Uint8Array.from(one.bytes) }))
    return this.#queue.call({ do: 'shelve', mailbox, packages: copies, quota })
  }

  takePackage(mailbox: MailboxId): Promise<ShelfPackage | undefined> {
    return this.#queue.call({ do: 'takePackage', mailbox })
  }

  shelfStats(mailbox: MailboxId): Promise<ShelfStats> {
    return this.#queue.call({ do: 'shelfStats', mailbox })
  }

  eraseMessage(mailbox: MailboxId, seq: number): Promise<boolean> {
    return this.#queue.call({ do: 'eraseMessage', mailbox, seq })
  }

  eraseMailbox(mailbox: MailboxId): Promise<number> {
    return this.#queue.call({ do: 'eraseMailbox', mailbox })
  }

  async sweep(now: Millis): Promise<number> {
    let dropped = 0
    for (let more = true; more; ) {
      const turn = await this.#queue.call({ do: 'sweep', now })
      dropped += turn.dropped
      more = turn.more
      this.#wakes.ring(turn.returned)
    }
    return dropped
  }

  stats(): Promise<MailboxStats> {
    return this.#queue.call({ do: 'stats' })
  }

  wake(mailbox: MailboxId, listener: () => void): () => void {
    return this.#wakes.listen(mailbox, listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#queue.close()
  }
}

function firstMessage(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve) => {
    const settle = (message: FromWorker) => {
      worker.off('message', settle).off('error', fail).off('exit', fail)
      resolve(message)
    }
    const fail = () => settle({ refused: { kind: 'failed', reason: 'its thread did not start' } })
    worker.on('message', settle).on('error', fail).on('exit', fail)
  })
}

/**
 * Opens a mailbox database for this process alone.
 *
 * @throws StoreLockedError when another process has it, StoreVersionError when it is of another version or program,
 * StoreFailedError when it cannot be read or made
 */
export async function sqliteMailbox(options: SqliteMailboxOptions): Promise<MailboxStore> {
  // The worker has the extension of this file: .ts in the repository, .js in the package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const workerData: WorkerStart = { file: options.file }
  const worker = new Worker(new URL(`./sqlite-worker.${extension}`, import.meta.url), {
    workerData,
    // Flags such as --input-type of the parent would keep the worker from starting.
    execArgv: [],
  })
  const first = await firstMessage(worker)
  if ('refused' in first) {
    await worker.terminate()
    throw errorOf(options.file, first.refused)
  }
  return new SqliteMailbox(new BatchQueue(worker, options))
}
