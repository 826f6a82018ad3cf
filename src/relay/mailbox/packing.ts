/**
 * Messages on their way between the store and its thread: numbers in one array, and bytes in another that is handed over.
 * To clone an object and transfer a buffer for each message would cost more than to store it.
 */
import { hash } from 'node:crypto'
import { toHex } from '../../core/bytes.ts'
import { idBytes, type MailboxId, type MessageId, type Millis } from '../../core/ids.ts'
import { priorities, priorityByte } from '../../core/priority.ts'
import type { AppendItem, AppendOutcome, LeasedMessage } from './port.ts'

/** Length of a message id in bytes. */
export const messageIdBytes = 16
const digestBytes = 32

/** Numbers of rows of one length each, and bytes that are handed over. */
interface Packed {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Items to keep: number of mailboxes, priority, expiry, end and length of the body; digest, message id and body. */
export interface PackedItems extends Packed {
  /** Of all items, one after the other. */
  readonly mailboxes: readonly MailboxId[]
}

/** Messages: arrival number, priority, expiry, attempt, end of the lease and length of the body; message id and body. */
export type PackedMessages = Packed

/** An item as the database takes it. Its bytes are views of what was handed over. */
export interface StoreItem {
  readonly mailboxes: readonly MailboxId[]
  /** As on the wire: 0 is the lowest class. */
  readonly priority: number
  readonly expires: Millis
  readonly endsAt: Millis | undefined
  /** SHA-256 of the body, 32 bytes. */
  readonly digest: Uint8Array
  /** Message id and body. */
  readonly plain: Uint8Array
}

/** A message as the database gives it. */
export interface StoreMessage {
  readonly seq: number
  /** As on the wire: 0 is the lowest class. */
  readonly priority: number
  readonly expires: Millis
  /** Leases it has had; 0 when it was only read. */
  readonly attempt: number
  readonly leasedUntil: Millis
  /** Message id and body. */
  readonly plain: Uint8Array
}

const itemNumbers = 5
const messageNumbers = 6
const outcomeNumbers = 2
/** Stands for a time or a number that is not there. */
const none = -1

/** Packs items; their bytes are copied. @throws InvalidArgumentError or MalformedTextError for a priority or id that is none */
export function packItems(items: readonly AppendItem[]): PackedItems {
  const frame = digestBytes + messageIdBytes
  const bytes = new Uint8Array(items.reduce((sum, { body }) => sum + frame + body.length, 0))
  const numbers = new Float64Array(items.length * itemNumbers)
  let offset = 0
  for (const [i, { mailboxes, messageId, priority, expires, endsAt = none, body, digest }] of items.entries()) {
    numbers.set([mailboxes.length, priorityByte(priority), expires, endsAt, body.length], i * itemNumbers)
    bytes.set(digest ?? hash('sha256', body, 'buffer'), offset)
    bytes.set(idBytes(messageId), offset + digestBytes)
    bytes.set(body, offset + frame)
    offset += frame + body.length
  }
  return { mailboxes: items.flatMap((item) => item.mailboxes), numbers, bytes }
}

/** Unpacks items. */
export function unpackItems({ mailboxes, numbers, bytes }: PackedItems): StoreItem[] {
  let mailboxAt = 0
  let offset = 0
  return Array.from({ length: numbers.length / itemNumbers }, (_, i) => {
    const number = (place: number) => numbers[i * itemNumbers + place] as number
    const start = offset + digestBytes
    const item = {
      mailboxes: mailboxes.slice(mailboxAt, mailboxAt + number(0)),
      priority: number(1),
      expires: number(2),
      endsAt: number(3) === none ? undefined : number(3),
      digest: bytes.subarray(offset, start),
      plain: bytes.subarray(start, start + messageIdBytes + number(4)),
    }
    mailboxAt += number(0)
    offset = start + item.plain.length
    return item
  })
}

/** Packs messages; their bytes are copied. */
export function packMessages(messages: readonly StoreMessage[]): PackedMessages {
  const bytes = new Uint8Array(messages.reduce((sum, { plain }) => sum + plain.length, 0))
  const numbers = new Float64Array(messages.length * messageNumbers)
  let offset = 0
  for (const [i, { seq, priority, expires, attempt, leasedUntil, plain }] of messages.entries()) {
    numbers.set([seq, priority, expires, attempt, leasedUntil, plain.length], i * messageNumbers)
    bytes.set(plain, offset)
    offset += plain.length
  }
  return { numbers, bytes }
}

/** Unpacks messages. */
export function unpackMessages({ numbers, bytes }: PackedMessages): LeasedMessage[] {
  let offset = 0
  return Array.from({ length: numbers.length / messageNumbers }, (_, i) => {
    const number = (place: number) => numbers[i * messageNumbers + place] as number
    const start = offset + messageIdBytes
    const message = {
      seq: number(0),
      messageId: toHex(bytes.subarray(offset, start)) as MessageId,
      priority: priorities[number(1)] ?? 'normal',
      expires: number(2),
      body: bytes.subarray(start, offset + number(5)),
      attempt: number(3),
      leasedUntil: number(4),
    }
    offset += number(5)
    return message
  })
}

/** Packs outcomes: an arrival number, and for a duplicate until when the first is remembered. */
export function packOutcomes(outcomes: readonly AppendOutcome[]): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(outcomes.length * outcomeNumbers).fill(none)
  for (const [i, outcome] of outcomes.entries()) {
    if ('seq' in outcome) numbers[i * outcomeNumbers] = outcome.seq
    else if ('duplicateOf' in outcome) numbers.set([outcome.duplicateOf, outcome.expires], i * outcomeNumbers)
  }
  return numbers
}

/** Unpacks outcomes. */
export function unpackOutcomes(numbers: Float64Array): AppendOutcome[] {
  return Array.from({ length: numbers.length / outcomeNumbers }, (_, i) => {
    const [seq, expires] = [numbers[i * outcomeNumbers] as number, numbers[i * outcomeNumbers + 1] as number]
    if (seq === none) return { full: true }
    return expires === none ? { seq } : { duplicateOf: seq, expires }
  })
}
