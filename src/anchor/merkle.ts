/**
 * The Merkle tree of a batch (SPEC §6.2): the shape of RFC 9162 §2.1 with the EVM's keccak256. Leaves come hashed, their
 * 0x00 prefix inside `anchorLeaf`; nodes are keccak256(0x01 ‖ left ‖ right), so that a node cannot pass for a leaf.
 */
import { defaultBackend } from '#crypto-backend'
import { concatBytes } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import {
  buildTree,
  hashBytes,
  type InclusionPath,
  isLeafIndex,
  type MerkleTree,
  rootOfPath,
} from '../core/merkle-tree.ts'
import { BatchSizeError, LeafIndexError } from './errors.ts'

const nodePrefix = Uint8Array.of(0x01)

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return defaultBackend.keccak256(concatBytes(nodePrefix, left, right))
}

function assertLeaves(leaves: readonly Uint8Array[]): void {
  if (leaves.length === 0 || leaves.length > maxBatchLeaves)
    throw new BatchSizeError({ size: leaves.length, limit: maxBatchLeaves })
  if (leaves.some((leaf) => leaf.length !== hashBytes))
    throw new InvalidArgumentError({ argument: 'leaf', expected: `${hashBytes} bytes` })
}

/**
 * Builds the tree over leaves in their order. Its paths have at most 20 hashes; asking for that of a leaf which is not
 * there throws LeafIndexError.
 *
 * @param leaves 1 to 1,048,576 of 32 bytes each
 * @throws BatchSizeError or InvalidArgumentError
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  assertLeaves(leaves)
  const tree = buildTree(leaves, nodeHash)
  return {
    root: tree.root,
    path(index) {
      if (!isLeafIndex(index, leaves.length)) throw new LeafIndexError({ index, size: leaves.length })
      return tree.path(index)
    },
  }
}

/**
 * The root over leaves in their order, 32 bytes (RFC 9162 §2.1.1).
 *
 * @param leaves 1 to 1,048,576 of 32 bytes each
 * @throws BatchSizeError or InvalidArgumentError
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return merkleTree(leaves).root
}

/**
 * The inclusion path of one leaf, nearest neighbour first (RFC 9162 §2.1.3.1): at most 20 hashes of 32 bytes.
 *
 * @throws BatchSizeError, LeafIndexError or InvalidArgumentError
 */
export function merklePath(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  return merkleTree(leaves).path(index)
}

/**
 * The root that a path leads to (RFC 9162 §2.1.3.2), 32 bytes; nothing when index, size and length of the path do not
 * fit one another, the tree is larger than a batch may be, or a hash is not 32 bytes long.
 */
export function rootFromPath(inclusion: InclusionPath): Uint8Array | undefined {
  return inclusion.size > maxBatchLeaves ? undefined : rootOfPath(inclusion, nodeHash)
}
