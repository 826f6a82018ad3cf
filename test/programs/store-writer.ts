/**
 * Writes to a mailbox database as the relay's store does, without its thread, and prints each arrival number once its
 * transaction is committed. The second argument is SQLite's `synchronous`, to show what the store's own setting is for. It
 * does not end by itself: it is to be killed.
 *
 *     node test/programs/store-writer.ts <file> <FULL|NORMAL> <count>
 */
import { systemAmbient } from '../../src/core/ambient.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { MailboxId, MessageId } from '../../src/core/ids.ts'
import { packItems, unpackItems } from '../../src/relay/mailbox/packing.ts'
import type { AppendItem } from '../../src/relay/mailbox/port.ts'
import { MailboxDatabase } from '../../src/relay/mailbox/sqlite-database.ts'
import { openDatabase, openKeys } from '../../src/relay/mailbox/sqlite-schema.ts'

const [file = '', synchronous = 'FULL', count = '0'] = process.argv.slice(2)
const mailbox = `0x${'a1'.repeat(32)}` as MailboxId
const db = openDatabase(file)
const store = new MailboxDatabase(db, openKeys(file, db))
db.exec(`PRAGMA synchronous = ${synchronous}`)

let left = Number(count)

function writeOne(): void {
  if (left-- === 0) return
  db.exec('BEGIN IMMEDIATE')
  const item: AppendItem = {
    mailboxes: [mailbox],
    messageId: toHex(systemAmbient.random(16)) as MessageId,
    priority: 'normal',
    expires: systemAmbient.now() + 3_600_000,
    body: systemAmbient.random(500),
  }
  const [outcome] = store.append(unpackItems(packItems([item])), undefined)
  store.beforeCommit()
  db.exec('COMMIT')
  store.afterCommit()
  process.stdout.write(`${outcome && 'seq' in outcome ? outcome.seq : ''}\n`, writeOne)
}

writeOne()
setInterval(() => {}, 60_000)
