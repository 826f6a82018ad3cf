/**
 * Several messages of one mailbox that came together and lie together on disk: encrypted once, written as one row. Each
 * says what decides when it is delivered, so that a row of the inbox that was changed is noticed.
 *
 * ```
 * struct { uint64 seq;  uint64 expires;  uint8 rank;  uint32 length;  opaque plain[length]; } Entry;
 * Entry Segment[..];
 * ```
 */
import type { Millis } from '../../core/ids.ts'

/** A message in a segment. */
export interface Entry {
  readonly seq: number
  readonly expires: Millis
  /** 0 is the highest class. */
  readonly rank: number
  /** Message id and body. */
  readonly plain: Uint8Array
}

const headBytes = 8 + 8 + 1 + 4
/** A segment holds at most this many messages: what is damaged together, and stays on disk until all are gone. */
export const maxSegmentEntries = 16
/** A segment's messages are at most this long together, bytes. */
export const maxSegmentBytes = 65_536

/** Encodes a segment. */
export function packSegment(entries: readonly Entry[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, { plain }) => sum + headBytes + plain.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const { seq, expires, rank, plain } of entries) {
    view.setBigUint64(offset, BigInt(seq))
    view.setBigUint64(offset + 8, BigInt(expires))
    view.setUint8(offset + 16, rank)
    view.setUint32(offset + 17, plain.length)
    bytes.set(plain, offset + headBytes)
    offset += headBytes + plain.length
  }
  return bytes
}

/** Decodes what `packSegment` made; entries are views of it. Its bytes were authenticated. */
export function unpackSegment(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Entry[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset + headBytes
    const end = start + view.getUint32(offset + 17)
    entries.push({
      seq: Number(view.getBigUint64(offset)),
      expires: Number(view.getBigUint64(offset + 8)),
      rank: view.getUint8(offset + 16),
      plain: bytes.subarray(start, end),
    })
    offset = end
  }
  return entries
}
