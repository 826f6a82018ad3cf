/**
 * By what a mailbox knows a message again: a digest of message id and bytes that means nothing without the mailbox's tag
 * key. It begins with the time at which the message ends, so that what arrives together lies together on disk: digests
 * alone lie anywhere, and each new one would make the store write a whole page.
 */
import { hash } from 'node:crypto'
import { concatBytes } from '../../core/bytes.ts'
import type { Millis } from '../../core/ids.ts'
import { messageIdBytes, type StoreItem } from './packing.ts'

const timeBytes = 6
const tagBytes = 32
/** Tag key, message id and digest; kept, since a new array costs as much as the hash. */
const tagInput = new Uint8Array(32 + messageIdBytes + 32)

/** The time, if there is one, and as much of SHA-256 as there is room for. */
function tagOf(input: Uint8Array, endsAt: Millis | undefined): Uint8Array {
  const tag = Buffer.allocUnsafe(tagBytes)
  if (endsAt !== undefined) tag.writeUIntBE(endsAt, 0, timeBytes)
  // node:crypto makes a string of a digest faster than a Buffer.
  tag.write(hash('sha256', input, 'binary'), endsAt === undefined ? 0 : timeBytes, 'latin1')
  return tag
}

/** The tag of a message in a mailbox, 32 bytes. */
export function seenTag(tagKey: Uint8Array, { plain, digest, endsAt }: StoreItem): Uint8Array {
  tagInput.set(tagKey)
  for (let i = 0; i < messageIdBytes; i++) tagInput[32 + i] = plain[i] as number
  tagInput.set(digest, 32 + messageIdBytes)
  const tag = tagOf(tagInput, endsAt)
  tagInput.fill(0)
  return tag
}

/** The tags that a message may have in a mailbox from older schemas: of 2, and of 1, which knew no times. */
export function olderTags(tagKey: Uint8Array, { plain, endsAt }: StoreItem): Uint8Array[] {
  const input = concatBytes(tagKey, hash('sha256', plain, 'buffer'))
  return endsAt === undefined ? [tagOf(input, undefined)] : [tagOf(input, endsAt), tagOf(input, undefined)]
}
