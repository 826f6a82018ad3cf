/**
 * What the encryption of a stored message binds (associated data): a row that is changed, or moved to another place, does
 * not open.
 */
import { concatBytes, utf8 } from '../../core/bytes.ts'
import { idBytes, type MailboxId } from '../../core/ids.ts'
import type { InboxRow } from './sqlite-statements.ts'

/** What decides where a message lies, and when it is delivered. */
export type Placed = Pick<InboxRow, 'seq' | 'rank' | 'expires' | 'form'>

/** The place of a body that several mailboxes share: 8 bytes. */
export function seqPlace(seq: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(seq))
  return bytes
}

/** The place of a body in one mailbox: with form 1 all of its row that decides when it is delivered. */
export function rowPlace({ seq, rank, expires, form }: Placed): Uint8Array {
  return form === 0 ? seqPlace(seq) : utf8(`message ${seq} ${rank} ${expires}`)
}

/** The place of a shared body's key in one of its mailboxes. */
export function keyPlace(row: Placed, address: MailboxId): Uint8Array {
  return concatBytes(rowPlace(row), idBytes(address))
}
