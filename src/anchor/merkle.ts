/**
 * The Merkle tree of a batch (SPEC §6.2): the shape of RFC 9162 §2.1 with the EVM's keccak256. Leaves come hashed, their
 * 0x00 prefix inside `anchorLeaf`; nodes are keccak256(0x01 ‖ left ‖ right). A path is checked against index and size,
 * so that one leaf cannot pass for another and a node cannot pass for a leaf.
 */
import { defaultBackend } from '#crypto-backend'
import { concatBytes } from '../core/bytes.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { maxBatchLeaves } from '../core/limits.ts'
import { BatchSizeError, LeafIndexError } from './errors.ts'

/** Length of a leaf, a node and a root in bytes. */
const hashBytes = 32

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

/** The level above: neighbours in pairs; a node without a neighbour rises as it is, as RFC 9162's split has it. */
function parents(level: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const left = level[2 * i] as Uint8Array
    const right = level[2 * i + 1]
    return right === undefined ? left : nodeHash(left, right)
  })
}

/** A tree with all its nodes, for whoever needs many paths of it. */
export interface MerkleTree {
  /** 32 bytes (RFC 9162 §2.1.1). */
  readonly root: Uint8Array
  /** See `merklePath`. */
  path(index: number): Uint8Array[]
}

/**
 * Builds the tree over leaves in their order.
 *
 * @param leaves 1 to 1,048,576 of 32 bytes each
 * @throws BatchSizeError or InvalidArgumentError
 */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  assertLeaves(leaves)
  const levels: (readonly Uint8Array[])[] = []
  let top = leaves
  for (; top.length > 1; top = parents(top)) levels.push(top)
  return {
    root: top[0] as Uint8Array,
    path(index) {
      if (!isIndex(index, leaves.length)) throw new LeafIndexError({ index, size: leaves.length })
      return levels.map((level, height) => level[(index >> height) ^ 1]).filter((neighbour) => neighbour !== undefined)
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

/** What an inclusion path is checked with. */
export interface InclusionPath {
  /** 32 bytes. */
  readonly leaf: Uint8Array
  /** Place of the leaf, from 0. */
  readonly index: number
  /** Number of leaves in the tree. */
  readonly size: number
  /** Hashes of 32 bytes, nearest neighbour first. */
  readonly path: readonly Uint8Array[]
}

function isIndex(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && index >= 0 && index < size
}

function isTree({ leaf, index, size, path }: InclusionPath): boolean {
  const sized = Number.isSafeInteger(size) && size <= maxBatchLeaves && isIndex(index, size)
  return sized && [leaf, ...path].every((hash) => hash.length === hashBytes)
}

/**
 * The root that a path leads to (RFC 9162 §2.1.3.2), 32 bytes; nothing when index, size and length of the path do not
 * fit one another, or a hash is not 32 bytes long.
 */
export function rootFromPath(inclusion: InclusionPath): Uint8Array | undefined {
  if (!isTree(inclusion)) return undefined
  let place = inclusion.index
  let last = inclusion.size - 1
  let hash = inclusion.leaf
  for (const neighbour of inclusion.path) {
    if (last === 0) return undefined
    // A last node with an even place has no neighbour on its level: it rises until it is a right child.
    while (place === last && place % 2 === 0) {
      place >>= 1
      last >>= 1
    }
    hash = place % 2 === 1 ? nodeHash(neighbour, hash) : nodeHash(hash, neighbour)
    place >>= 1
    last >>= 1
  }
  return last === 0 ? hash : undefined
}
