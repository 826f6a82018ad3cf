/** A batch: the leaves of some messages in the order given, and the root and size that reach the chain (SPEC §6.2). */
import { toHex } from '../core/bytes.ts'
import type { CryptoBackend } from '../crypto/backend.ts'
import { anchorLeaf, openingPart } from '../crypto/commitment.ts'
import { DuplicateLeafError } from './errors.ts'
import { merkleRoot } from './merkle.ts'

/** A signed message, as far as its leaf needs it. */
export interface SignedMessage {
  /** 132 bytes (SPEC §5.1). */
  readonly statement: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** 64 bytes, secret: whoever has it can find the message's leaf (SPEC §5.2). */
  readonly opening: Uint8Array
}

/** The leaf of a message, 32 bytes (SPEC §6.1). */
export function messageLeaf(
  backend: Pick<CryptoBackend, 'sha512' | 'keccak256'>,
  { statement, signature, opening }: SignedMessage,
): Uint8Array {
  return anchorLeaf(backend, openingPart(backend, 'anchor', opening), statement, signature)
}

/** What is anchored together. */
export interface AnchorBatch {
  /** 32 bytes. */
  readonly root: Uint8Array
  /** Number of leaves. */
  readonly size: number
  /** 32 bytes each (SPEC §6.1), in the order of the tree. */
  readonly leaves: readonly Uint8Array[]
}

function assertDistinct(leaves: readonly Uint8Array[]): void {
  const places = new Map<string, number>()
  for (const [second, leaf] of leaves.entries()) {
    const text = toHex(leaf)
    const first = places.get(text)
    if (first !== undefined) throw new DuplicateLeafError({ first, second })
    places.set(text, second)
  }
}

/**
 * Makes a batch of leaves, in the order given.
 *
 * @param leaves 1 to 1,048,576 of 32 bytes each, all different
 * @throws BatchSizeError, DuplicateLeafError or InvalidArgumentError
 */
export function createBatch(leaves: readonly Uint8Array[]): AnchorBatch {
  const root = merkleRoot(leaves)
  assertDistinct(leaves)
  return { root, size: leaves.length, leaves: [...leaves] }
}
