import { keccak_256 } from '@noble/hashes/sha3.js'
import { expect } from 'chai'
import { equalBytes } from '../../src/core/bytes.ts'
import { buildTree, isLeafIndex, pathLength, rootOfPath } from '../../src/core/merkle-tree.ts'
import { referencePath, referenceRoot } from '../reference/merkle.ts'

const nodeHash = (left: Uint8Array, right: Uint8Array) => keccak_256(Uint8Array.of(0x01, ...left, ...right))
const leaves = Array.from({ length: 40 }, (_, i) => keccak_256(Uint8Array.of(i)))

describe('core/merkle-tree', () => {
  describe('buildTree', () => {
    it('gives root and paths of RFC 9162 §2.1 with the hash it is handed', () => {
      for (let size = 1; size <= leaves.length; size++) {
        const some = leaves.slice(0, size)
        const tree = buildTree(some, nodeHash)
        expect(tree.root).to.deep.equal(referenceRoot(some))
        for (let index = 0; index < size; index++) expect(tree.path(index)).to.deep.equal(referencePath(index, some))
      }
    })
  })

  describe('pathLength', () => {
    it('is the length of the path of every leaf', () => {
      for (let size = 1; size <= leaves.length; size++)
        for (let index = 0; index < size; index++)
          expect(pathLength(index, size)).to.equal(referencePath(index, leaves.slice(0, size)).length)
    })
  })

  describe('rootOfPath', () => {
    it('leads from every leaf to the root, and for no other index to it', () => {
      for (const size of [1, 2, 5, 8, 13]) {
        const tree = buildTree(leaves.slice(0, size), nodeHash)
        const places = Array.from({ length: size }, (_, index) => index)
        const leadsToRoot = (index: number, claimed: number) => {
          const root = rootOfPath({ leaf: leaves[index]!, index: claimed, size, path: tree.path(index) }, nodeHash)
          return root !== undefined && equalBytes(root, tree.root)
        }
        const accepted = places.flatMap((index) => places.filter((claimed) => leadsToRoot(index, claimed)))
        expect(accepted).to.deep.equal(places)
      }
    })

    it('leads nowhere when a hash has another length, or the path is too long or too short', () => {
      const { path } = buildTree(leaves.slice(0, 4), nodeHash)
      const good = { leaf: leaves[0]!, index: 0, size: 4, path: path(0) }
      const [near, far] = good.path as [Uint8Array, Uint8Array]
      for (const bad of [{ path: [near] }, { path: [near, far, far] }, { path: [near, far.slice(1)] }, { index: 4 }])
        expect(rootOfPath({ ...good, ...bad }, nodeHash)).to.equal(undefined)
    })
  })

  describe('isLeafIndex', () => {
    it('takes whole numbers below the size', () => {
      expect(isLeafIndex(0, 1)).to.equal(true)
      for (const [index, size] of [
        [1, 1],
        [-1, 1],
        [0, 0],
        [0.5, 1],
        [0, Number.POSITIVE_INFINITY],
      ] as const)
        expect(isLeafIndex(index, size)).to.equal(false)
    })
  })
})
