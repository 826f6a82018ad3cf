/**
 * By what a mailbox knows a message again: a digest of message id and bytes that means nothing without the mailbox's tag
 * key. It begins with the time at which the message ends, so that what arrives together lies together on disk: digests
 * alone lie anywhere, and each new one would make the store write a whole page.
 */
import { hash } from 'node:crypto'
import { concatBytes } from '../../core/bytes.ts'
import type { Millis } from '../../core/ids.ts'

const timeBytes = 6

/**
 * The tag of a message in a mailbox, 32 bytes.
 *
 * @param digest SHA-256 of message id and bytes
 * @param endsAt as the item says it; tags of items without it, and of schema 1, are digests alone
 */
export function seenTag(tagKey: Uint8Array, digest: Uint8Array, endsAt?: Millis): Uint8Array {
  const tag = hash('sha256', concatBytes(tagKey, digest), 'buffer')
  if (endsAt === undefined) return tag
  const timed = Buffer.allocUnsafe(tag.length)
  timed.writeUIntBE(endsAt, 0, timeBytes)
  tag.copy(timed, timeBytes)
  return timed
}
