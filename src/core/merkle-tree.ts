/**
 * Merkle trees in the shape of RFC 9162 §2.1 over leaves that come hashed; who uses one brings the hash of a node. A
 * path is checked against index and size, so that one leaf cannot pass for another.
 */

/** Length of a leaf, a node and a root in bytes. */
export const hashBytes = 32

/** Hashes two neighbours to their parent, 32 bytes. */
export type NodeHash = (left: Uint8Array, right: Uint8Array) => Uint8Array

/** A tree with all its nodes, for whoever needs many paths of it. */
export interface MerkleTree {
  /** 32 bytes (RFC 9162 §2.1.1). */
  readonly root: Uint8Array
  /** The inclusion path of one leaf, nearest neighbour first (RFC 9162 §2.1.3.1). @param index below the tree's size */
  path(index: number): Uint8Array[]
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

/** The level above: neighbours in pairs; a node without a neighbour rises as it is, as RFC 9162's split has it. */
function parents(level: readonly Uint8Array[], nodeHash: NodeHash): Uint8Array[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const left = level[2 * i] as Uint8Array
    const right = level[2 * i + 1]
    return right === undefined ? left : nodeHash(left, right)
  })
}

/** Builds the tree over leaves in their order. @param leaves at least one, of 32 bytes each */
export function buildTree(leaves: readonly Uint8Array[], nodeHash: NodeHash): MerkleTree {
  const levels: (readonly Uint8Array[])[] = []
  let top = leaves
  for (; top.length > 1; top = parents(top, nodeHash)) levels.push(top)
  return {
    root: top[0] as Uint8Array,
    path: (index) =>
      levels.map((level, height) => level[(index >> height) ^ 1]).filter((neighbour) => neighbour !== undefined),
  }
}

/** How many hashes the path of a leaf has. @param index below `size` */
export function pathLength(index: number, size: number): number {
  let length = 0
  for (let place = index, last = size - 1; last > 0; place >>= 1, last >>= 1)
    if (place % 2 === 1 || place < last) length += 1
  return length
}

/** Whether an index is one of a tree's leaves. */
export function isLeafIndex(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size
}

/**
 * The root that a path leads to (RFC 9162 §2.1.3.2), 32 bytes; nothing when index, size and length of the path do not
 * fit one another, or a hash is not 32 bytes long.
 */
export function rootOfPath({ leaf, index, size, path }: InclusionPath, nodeHash: NodeHash): Uint8Array | undefined {
  if (!isLeafIndex(index, size) || [leaf, ...path].some((hash) => hash.length !== hashBytes)) return undefined
  let place = index
  let last = size - 1
  let hash = leaf
  for (const neighbour of path) {
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
