/**
 * An anchored batch as the client keeps it (SPEC §9.4): where it stands on the chain, and all leaves, from which the path
 * of each message is made.
 *
 * ```
 * struct {
 *   uint8 version = 1;
 *   opaque contract[20];  opaque anchorer[20];  opaque transaction[32];
 *   uint32 size;  { opaque leaf[32]; } leaves[size];
 * } KeptBatch;
 * ```
 */
import type { AnchorPublication } from '../anchor/publisher.ts'
import type { Hex } from '../core/bytes.ts'
import type { Address } from '../core/ids.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** A batch on the chain, with its leaves. */
export interface KeptBatch {
  readonly publication: Pick<AnchorPublication, 'contract' | 'anchorer' | 'transactionHash'>
  /** 1 to 1,048,576 of 32 bytes each, in the order of the tree. */
  readonly leaves: readonly Uint8Array[]
}

const structure = 'kept batch'
const version = 1
const leafBytes = 32
const fixedBytes = 1 + 20 + 20 + 32 + 4
const maxLeavesBytes = maxBatchLeaves * leafBytes

/** Encodes a batch. @throws MalformedFieldError or TooLargeError when a field is out of bounds */
export function encodeKeptBatch({ publication, leaves }: KeptBatch): Uint8Array {
  const writer = new Writer(fixedBytes + leaves.length * leafBytes, structure)
  writer
    .uint8('version', version)
    .hex('contract', publication.contract, 20)
    .hex('anchorer', publication.anchorer, 20)
    .hex('transaction', publication.transactionHash, 32)
    .uint32('size', leaves.length)
  for (const leaf of leaves) writer.fixed('leaf', leaf, leafBytes)
  return writer.finish()
}

/** Decodes a batch. @throws a `wire.*` error */
export function decodeKeptBatch(bytes: Uint8Array): KeptBatch {
  const reader = new Reader(bytes, structure, fixedBytes + maxLeavesBytes)
  reader.version(version)
  const contract = reader.hex<Address>(20)
  const anchorer = reader.hex<Address>(20)
  const transactionHash = reader.hex<Hex>(32)
  const size = reader.uint32()
  if (size === 0) throw reader.malformed('size', 'at least 1')
  const joined = reader.vector('leaves', size * leafBytes, maxLeavesBytes)
  reader.end()
  const leaves = Array.from({ length: size }, (_, i) => joined.subarray(i * leafBytes, (i + 1) * leafBytes))
  return { publication: { contract, anchorer, transactionHash }, leaves }
}
