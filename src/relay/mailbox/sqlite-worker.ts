/**
 * The thread that owns a mailbox database. Calls that arrive together are committed together: one fsync for all of
 * them. When a commit fails, each call is tried alone, so that one that cannot be kept takes no other down with it.
 */
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { KeyFile } from './key-file.ts'
import { MailboxDatabase } from './sqlite-database.ts'
import type { FromWorker, StoreAnswers, StoreCall, StoreOutcome, ToWorker, WorkerStart } from './sqlite-protocol.ts'
import { failureOf, openDatabase, openKeys, StoreFailureSignal } from './sqlite-schema.ts'

function answer(store: MailboxDatabase, call: StoreCall): StoreAnswers[keyof StoreAnswers] {
  switch (call.do) {
    case 'append':
      return call.items.map((item) => store.append(item, call.quota))
    case 'read':
      return store.read(call.mailbox, call.options)
    case 'lease':
      return store.lease(call.mailbox, call.options)
    case 'ack':
    case 'release':
      return store[call.do](call.mailbox, call.consumer, call.seqs)
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

function erases(call: StoreCall): boolean {
  return call.do === 'eraseMessage' || call.do === 'eraseMailbox'
}

/** Copies all of the log into the database and empties it: erased bytes are nowhere after this. */
function truncateLog(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (row?.['busy'] !== 0) throw new StoreFailureSignal({ kind: 'failed', reason: 'the log could not be truncated' })
}

function commit(db: DatabaseSync, store: MailboxDatabase, calls: readonly StoreCall[]): StoreOutcome[] {
  let outcomes: StoreOutcome[]
  try {
    db.exec('BEGIN IMMEDIATE')
    outcomes = calls.map((call) => ({ answer: answer(store, call) }))
    store.beforeCommit()
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    store.rollback()
    if (calls.length === 1) return [{ failure: failureOf(error) }]
    return calls.flatMap((call) => commit(db, store, [call]))
  }
  return finishErasures(db, store, calls, outcomes)
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

/** The buffers of message bodies, handed over instead of copied. */
function bodiesOf(calls: readonly StoreCall[], outcomes: readonly StoreOutcome[]): ArrayBuffer[] {
  const messages = outcomes.flatMap((outcome, i) => {
    const name = calls[i]?.do
    return 'answer' in outcome && (name === 'read' || name === 'lease') ? (outcome.answer as StoreAnswers['read']) : []
  })
  return messages.map((message) => message.body.buffer as ArrayBuffer)
}

function serve(db: DatabaseSync, keys: KeyFile, port: NonNullable<typeof parentPort>): void {
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
  const store = new MailboxDatabase(db, keys)
  send({ opened: true })
  port.on('message', (message: ToWorker) => {
    if ('close' in message) {
      db.close()
      keys.close()
      send({ closed: true })
      port.close()
      return
    }
    const outcomes = commit(db, store, message.calls)
    send({ outcomes, damaged: store.takeDamaged() }, bodiesOf(message.calls, outcomes))
  })
}

function start(port: NonNullable<typeof parentPort>): void {
  try {
    const { file } = workerData as WorkerStart
    const db = openDatabase(file)
    serve(db, openKeys(file, db), port)
  } catch (error) {
    port.postMessage({ refused: failureOf(error) } satisfies FromWorker)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
