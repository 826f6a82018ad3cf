/**
 * Bob of the golden vectors, as a process that a test can kill: receives alice's message into a store on disk, and prints
 * each step once it is durable.
 *
 *     node test/programs/receive.ts <store file> <step to stop after: received | done>
 */
import { fromHex } from '../../src/core/bytes.ts'
import { createReceiver } from '../../src/messaging/inbox/receiver.ts'
import { sqliteStore } from '../../src/store/sqlite-store.ts'
import { goldenContext, vectors } from '../support/golden.ts'

const [, , file = '', lastStep] = process.argv
const receiver = createReceiver({ ...goldenContext('bob'), store: sqliteStore(file) })
const received = await receiver.receive(fromHex(vectors.messages.xWing.envelope))
console.log(`received ${received.repeated ? 'again' : 'first'}`)
if (lastStep === 'done') {
  await received.done()
  console.log('done')
}
// Stays, as a handler at work does, until it is killed.
setInterval(() => {}, 60_000)
