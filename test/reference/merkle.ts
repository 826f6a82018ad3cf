/** The tree of src/anchor/merkle.ts as RFC 9162 §2.1.1 and §2.1.3.1 define it: recursive, slow, readable. */
import { keccak_256 } from '@noble/hashes/sha3.js'

/** The largest power of two smaller than n, for n > 1. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** RFC 9162 §2.1.1: the Merkle Tree Hash of leaves that come hashed. */
export function referenceRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!
  const k = split(leaves.length)
  const left = referenceRoot(leaves.slice(0, k))
  const right = referenceRoot(leaves.slice(k))
  return keccak_256(Uint8Array.of(0x01, ...left, ...right))
}

/** RFC 9162 §2.1.3.1: the inclusion path of leaf m. @param rootOf `referenceRoot`, or one that remembers */
export function referencePath(
  m: number,
  leaves: readonly Uint8Array[],
  rootOf: typeof referenceRoot = referenceRoot,
): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k
    ? [...referencePath(m, left, rootOf), rootOf(right)]
    : [...referencePath(m - k, right, rootOf), rootOf(left)]
}
