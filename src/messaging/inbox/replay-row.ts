/**
 * What is remembered of a message that came (SPEC §9.6).
 *
 * ```
 * struct { uint8 state;  opaque envelopeDigest[32]; } ReplayRow;       // state: 0 pending, 1 done
 * ```
 */
import { Reader } from '../../wire/reader.ts'
import { Writer } from '../../wire/writer.ts'

/** One remembered message. */
export interface ReplayRow {
  /** Whether its handling ended. */
  readonly state: 'pending' | 'done'
  /** SHA-256 of the envelope it came in, 32 bytes. */
  readonly envelopeDigest: Uint8Array
}

const structure = 'replay row'
const rowBytes = 33

/** Encodes a row, 33 bytes. */
export function encodeReplayRow({ state, envelopeDigest }: ReplayRow): Uint8Array {
  return new Writer(rowBytes, structure)
    .uint8('state', state === 'done' ? 1 : 0)
    .fixed('envelope digest', envelopeDigest, 32)
    .finish()
}

/** Decodes a row. @throws a `wire.*` error */
export function decodeReplayRow(bytes: Uint8Array): ReplayRow {
  const reader = new Reader(bytes, structure, rowBytes)
  const state = reader.uint8()
  if (state > 1) throw reader.malformed('state', '0 or 1')
  const envelopeDigest = reader.bytes(32)
  reader.end()
  return { state: state === 1 ? 'done' : 'pending', envelopeDigest }
}
