/**
 * The thread that owns a mailbox database. Calls that arrive together are committed together: one fsync for all of them that
 * need it, after those that do not. When a commit fails, each call is tried alone, so that one that cannot be kept takes no
 * other down with it. When the disk is full, what takes something in is refused, and everything else goes on in the room
 * that was kept for it.
 */
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { type AppendCall, appendAll } from './append-calls.ts'
import type { KeyFile } from './key-file.ts'
import { type PackedMessages, packMessages } from './packing.ts'
import { Reserve } from './reserve.ts'
import { MailboxDatabase } from './sqlite-database.ts'
import type {
  FromWorker,
  StoreAnswers,
  StoreCall,
  StoreFailure,
  StoreOutcome,
  ToWorker,
  WorkerStart,
} from './sqlite-protocol.ts'
import { failureOf, openDatabase, openKeys, StoreFailureSignal } from './sqlite-schema.ts'

type OtherCall = Exclude<StoreCall, AppendCall>

function answer(store: MailboxDatabase, call: OtherCall): StoreAnswers[keyof StoreAnswers] {
  switch (call.do) {
    case 'read':
      return packMessages(store.read(call.mailbox, call.options))
    case 'lease':
      return packMessages(store.lease(call.mailbox, call.options))
    case 'ack':
    case 'release':
      return store[call.do](call.mailbox, call.consumer, call.seqs)
    case 'extend':
      return store.extend(call.mailbox, call.consumer, call.seqs, call.leasedUntil)
    case 'settings':
    case 'takePackage':
    case 'shelfStats':
      return store[call.do](call.mailbox)
    case 'configure':
      return void store.configure(call.mailbox, call.settings)
    case 'shelve':
      return store.shelve(call.mailbox, call.packages, call.quota)
    case 'eraseMessage':
      return store.eraseMessage(call.mailbox, call.seq)
    case 'eraseMailbox':
      return store.eraseMailbox(call.mailbox)
    case 'sweep':
      return store.sweep(call.now)
    case 'stats':
      return store.stats()
  }
}

/**
 * Answers calls. Acknowledgements come first: what they free on disk is used again before the commit, and so is written
 * once. What is taken in comes next, all at once.
 */
function answerAll(store: MailboxDatabase, calls: readonly StoreCall[]): StoreOutcome[] {
  const outcomes: StoreOutcome[] = []
  const appends: [place: number, AppendCall][] = []
  const others: [place: number, OtherCall][] = []
  for (const [place, call] of calls.entries()) {
    if (call.do === 'append') appends.push([place, call])
    else if (call.do === 'ack') outcomes[place] = { answer: answer(store, call) }
    else others.push([place, call])
  }
  for (const [place, answered] of appendAll(store, appends)) outcomes[place] = { answer: answered }
  for (const [place, call] of others) outcomes[place] = { answer: answer(store, call) }
  return outcomes
}

function erases(call: StoreCall): boolean {
  return call.do === 'eraseMessage' || call.do === 'eraseMailbox'
}

const logFailed: StoreFailure = { kind: 'failed', reason: 'the log could not be truncated' }

/** Copies all of the log into the database and empties it: erased bytes are nowhere after this. */
function truncateLog(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (row?.['busy'] !== 0) throw new StoreFailureSignal(logFailed)
}

interface OpenStore {
  readonly db: DatabaseSync
  readonly store: MailboxDatabase
  readonly reserve: Reserve
  /** Whether a sync failed, so that the log may lack what it holds in memory. */
  isSuspect: boolean
}

/**
 * After a failed sync, Linux no longer knows what of the log did not reach the disk, unsynced leases of before among it, and a
 * later sync says nothing of them. So all of it is brought into the database and the log begun anew before anything else
 * is promised. Tells whether that is done.
 */
function renewLog(open: OpenStore): boolean {
  open.isSuspect = true
  try {
    truncateLog(open.db)
    open.isSuspect = false
  } catch {
    // Tried again before the next commit.
  }
  return !open.isSuspect
}

/** Whether a call adds to what is kept. */
function takesIn(call: StoreCall): boolean {
  return call.do === 'append' || call.do === 'shelve' || (call.do === 'configure' && call.settings !== undefined)
}

/** Commits calls, or those that need no room. */
function commitWithin(open: OpenStore, calls: readonly StoreCall[]): StoreOutcome[] {
  if (!calls.some(takesIn) || open.reserve.isHeld()) return commit(open, calls)
  const goesOn = calls.filter((call) => !takesIn(call))
  const outcomes = goesOn.length === 0 ? [] : commit(open, goesOn)
  return calls.map((call) => outcomes[goesOn.indexOf(call)] ?? { failure: { kind: 'full' } })
}

function commit(open: OpenStore, calls: readonly StoreCall[]): StoreOutcome[] {
  const { db, store } = open
  if (open.isSuspect && !renewLog(open)) return calls.map(() => ({ failure: logFailed }))
  let outcomes: StoreOutcome[]
  try {
    db.exec('BEGIN IMMEDIATE')
    outcomes = answerAll(store, calls)
    store.beforeCommit()
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    store.rollback()
    const failure = failureOf(error)
    const isOfDisk = failure.kind === 'failed' && !(error instanceof StoreFailureSignal)
    if (isOfDisk && !renewLog(open)) return calls.map(() => ({ failure }))
    return commitApart(open, calls, failure)
  }
  return finishErasures(db, store, calls, outcomes)
}

/** After a failure: each call alone, and without those that need room when there is none. */
function commitApart(open: OpenStore, calls: readonly StoreCall[], failure: StoreFailure): StoreOutcome[] {
  const wasHeld = open.reserve.isHeld()
  if (failure.kind === 'full' && wasHeld) {
    open.reserve.release()
    return calls.flatMap((call) => commitWithin(open, [call]))
  }
  if (calls.length === 1) return [{ failure }]
  return calls.flatMap((call) => commit(open, [call]))
}

/** What was committed stays committed when this fails; only erasures are then reported as not done. */
function finishErasures(
  db: DatabaseSync,
  store: MailboxDatabase,
  calls: readonly StoreCall[],
  outcomes: readonly StoreOutcome[],
): StoreOutcome[] {
  try {
    store.afterCommit()
    if (calls.some(erases)) truncateLog(db)
    return [...outcomes]
  } catch (error) {
    const failure = failureOf(error)
    return outcomes.map((outcome, i) => (calls.some((call, at) => at === i && erases(call)) ? { failure } : outcome))
  }
}

/** The buffers of messages, handed over instead of copied. */
function bodiesOf(calls: readonly StoreCall[], outcomes: readonly StoreOutcome[]): ArrayBuffer[] {
  return outcomes.flatMap((outcome, i) => {
    const name = calls[i]?.do
    const hasBodies = 'answer' in outcome && (name === 'read' || name === 'lease')
    return hasBodies ? [(outcome.answer as PackedMessages).bytes.buffer] : []
  })
}

/**
 * Whether a call changes nothing that has to outlast a loss of power: a lease that is lost with it is given again, and what is
 * acknowledged under it is synced.
 */
function needsNoSync(call: StoreCall): boolean {
  switch (call.do) {
    case 'read':
    case 'lease':
    case 'extend':
    case 'settings':
    case 'shelfStats':
    case 'stats':
      return true
    default:
      return false
  }
}

/** Places of a batch's calls, in the order of its transactions: readers do not wait until what came with them is on disk. */
function turnsOf(calls: readonly StoreCall[]): number[][] {
  const places = [...calls.keys()]
  const isAtOnce = (place: number) => needsNoSync(calls[place] as StoreCall)
  const turns = [places.filter(isAtOnce), places.filter((place) => !isAtOnce(place))]
  return turns.filter(({ length }) => length > 0)
}

/** With NORMAL, the log is synced before it is brought into the database only; the next commit with FULL syncs all of it. */
function setSynchronous(db: DatabaseSync, synchronous: 'NORMAL' | 'FULL'): void {
  db.exec(`PRAGMA synchronous = ${synchronous}`)
}

function serve(db: DatabaseSync, keys: KeyFile, reserve: Reserve, port: NonNullable<typeof parentPort>): void {
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
  const store = new MailboxDatabase(db, keys)
  const open: OpenStore = { db, store, reserve, isSuspect: false }
  send({ opened: true })
  port.on('message', (message: ToWorker) => {
    if ('close' in message) {
      db.close()
      keys.close()
      send({ closed: true })
      port.close()
      return
    }
    const turns = turnsOf(message.calls)
    for (const [turn, places] of turns.entries()) {
      const calls = places.map((place) => message.calls[place] as StoreCall)
      setSynchronous(db, calls.every(needsNoSync) ? 'NORMAL' : 'FULL')
      const outcomes = commitWithin(open, calls)
      const isLast = turn === turns.length - 1
      send({ places, outcomes, damaged: store.takeDamaged(), isLast }, bodiesOf(calls, outcomes))
    }
  })
}

function start(port: NonNullable<typeof parentPort>): void {
  try {
    const { file } = workerData as WorkerStart
    const db = openDatabase(file)
    serve(db, openKeys(file, db), new Reserve(`${file}-reserve`), port)
  } catch (error) {
    port.postMessage({ refused: failureOf(error) } satisfies FromWorker)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
