import { expect } from 'chai'
import fc from 'fast-check'
import { createBatch } from '../../src/anchor/batch.ts'
import { merklePath, merkleRoot, merkleTree, rootFromPath } from '../../src/anchor/merkle.ts'
import { toHex } from '../../src/core/bytes.ts'
import { isHeraldError } from '../../src/core/errors.ts'
import { maxBatchLeaves } from '../../src/core/limits.ts'
import type { InclusionPath } from '../../src/core/merkle-tree.ts'
import { nodeBackend } from '../../src/crypto/node-backend.ts'
import { referencePath, referenceRoot } from '../reference/merkle.ts'

const seed = 0x4865726c
const leafAt = (i: number) => nodeBackend.sha256(Uint8Array.of(i >> 16, i >> 8, i & 0xff))
const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => leafAt(i))
const inclusion = (leaves: readonly Uint8Array[], index: number): InclusionPath => ({
  leaf: leaves[index]!,
  index,
  size: leaves.length,
  path: merklePath(leaves, index),
})

function codeOf(call: () => unknown): string | undefined {
  try {
    call()
  } catch (error) {
    return isHeraldError(error) ? error.code : String(error)
  }
  return undefined
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

describe('anchor/merkle', () => {
  describe('merkleRoot', () => {
    it('is the one leaf of a tree of one', () => {
      expect(merkleRoot([leafAt(7)])).to.deep.equal(leafAt(7))
    })

    it('gives the root of the RFC 9162 definition for every size up to 130', () => {
      for (let size = 1; size <= 130; size++) {
        const leaves = leavesOf(size)
        expect(merkleRoot(leaves), `size ${size}`).to.deep.equal(referenceRoot(leaves))
      }
    })

    it('changes with the order of leaves', () => {
      const [a, b, c] = leavesOf(3) as [Uint8Array, Uint8Array, Uint8Array]
      expect(merkleRoot([a, b, c])).to.not.deep.equal(merkleRoot([b, a, c]))
    })

    it('refuses no leaf, too many, and leaves of another length', () => {
      expect(codeOf(() => merkleRoot([]))).to.equal('anchor.batch_size')
      const many = new Array<Uint8Array>(maxBatchLeaves + 1).fill(leafAt(0))
      expect(codeOf(() => merkleRoot(many))).to.equal('anchor.batch_size')
      expect(codeOf(() => merkleRoot([new Uint8Array(31)]))).to.equal('core.invalid_argument')
    })
  })

  describe('merklePath', () => {
    it('gives the path of the RFC 9162 definition for every place in every size up to 130', () => {
      const roots = new Map<string, Uint8Array>()
      const rootOf = (leaves: readonly Uint8Array[]): Uint8Array => {
        const name = `${leaves.length} from ${toHex(leaves[0]!)}`
        const root = roots.get(name) ?? referenceRoot(leaves)
        roots.set(name, root)
        return root
      }
      for (let size = 1; size <= 130; size++) {
        const leaves = leavesOf(size)
        const tree = merkleTree(leaves)
        for (let index = 0; index < size; index++)
          expect(tree.path(index), `${index} of ${size}`).to.deep.equal(referencePath(index, leaves, rootOf))
        expect(merklePath(leaves, size - 1)).to.deep.equal(tree.path(size - 1))
      }
    })

    it('refuses a place outside the tree', () => {
      for (const index of [-1, 3, 0.5, Number.NaN])
        expect(codeOf(() => merklePath(leavesOf(3), index))).to.equal('anchor.leaf_index')
    })
  })

  describe('rootFromPath', () => {
    it('leads from every place to the root, for every size up to 130', () => {
      for (let size = 1; size <= 130; size++) {
        const leaves = leavesOf(size)
        const { root, path } = merkleTree(leaves)
        for (let index = 0; index < size; index++) {
          const found = rootFromPath({ leaf: leaves[index]!, index, size, path: path(index) })
          expect(found, `${index} of ${size}`).to.deep.equal(root)
        }
      }
    })

    it('never leads to the root from another place, for every pair of places up to size 20', () => {
      for (let size = 2; size <= 20; size++) {
        const leaves = leavesOf(size)
        const tree = merkleTree(leaves)
        const places = [...leaves.keys(), size]
        for (const index of leaves.keys()) {
          const right = { leaf: leaves[index]!, size, path: tree.path(index) }
          const found = places.filter(
            (place) => toHex(rootFromPath({ ...right, index: place }) ?? right.leaf) === toHex(tree.root),
          )
          expect(found, `size ${size}`).to.deep.equal([index])
        }
      }
    })

    it('refuses a path that is too short or too long for the size', () => {
      for (let size = 1; size <= 40; size++) {
        const leaves = leavesOf(size)
        for (let index = 0; index < size; index++) {
          const right = inclusion(leaves, index)
          expect(rootFromPath({ ...right, path: [...right.path, leafAt(1)] })).to.equal(undefined)
          if (right.path.length > 0) expect(rootFromPath({ ...right, path: right.path.slice(1) })).to.equal(undefined)
        }
      }
    })

    it('refuses an index, a size or a hash that no tree has', () => {
      const right = inclusion(leavesOf(5), 2)
      const wrong: Partial<InclusionPath>[] = [
        { index: -1 },
        { index: 5 },
        { index: 1.5 },
        { size: 0 },
        { size: maxBatchLeaves + 1 },
        { size: 5.5 },
        { size: Number.NaN },
        { leaf: new Uint8Array(31) },
        { path: right.path.map((hash) => hash.subarray(1)) },
      ]
      for (const change of wrong) expect(rootFromPath({ ...right, ...change })).to.equal(undefined)
    })

    it('leads elsewhere when any bit of leaf or path is flipped', () => {
      const leaves = leavesOf(11)
      const root = merkleRoot(leaves)
      const right = inclusion(leaves, 10)
      for (let bit = 0; bit < 256; bit++) {
        expect(rootFromPath({ ...right, leaf: flipBit(right.leaf, bit) })).to.not.deep.equal(root)
        for (const place of right.path.keys()) {
          const path = right.path.map((hash, i) => (i === place ? flipBit(hash, bit) : hash))
          expect(rootFromPath({ ...right, path })).to.not.deep.equal(root)
        }
      }
    })

    it('does not take an inner node for a leaf of a smaller tree of hashed leaves', () => {
      const leaves = leavesOf(4)
      const root = merkleRoot(leaves)
      const inner = merkleRoot(leaves.slice(0, 2))
      const other = merkleRoot(leaves.slice(2))
      // The hashes are right, so only the size that reaches the chain beside the root tells the two trees apart.
      expect(rootFromPath({ leaf: inner, index: 0, size: 2, path: [other] })).to.deep.equal(root)
      expect(rootFromPath({ leaf: inner, index: 0, size: 4, path: [other] })).to.equal(undefined)
    })

    it('holds for trees of any size and any leaves', () => {
      const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 })
      const trees = fc.array(leaf, { minLength: 1, maxLength: 300 })
      fc.assert(
        fc.property(trees, fc.nat(), (leaves, pick) => {
          const index = pick % leaves.length
          expect(rootFromPath(inclusion(leaves, index))).to.deep.equal(referenceRoot(leaves))
        }),
        { seed, numRuns: 50 },
      )
    })

    it('answers for any input without throwing', () => {
      const hash = fc.uint8Array({ maxLength: 33 })
      const inclusions = fc.record({
        leaf: hash,
        index: fc.oneof(fc.double(), fc.integer()),
        size: fc.oneof(fc.double(), fc.integer()),
        path: fc.array(hash, { maxLength: 25 }),
      })
      fc.assert(
        fc.property(inclusions, (input) => {
          rootFromPath(input)
        }),
        { seed, numRuns: 300 },
      )
    })
  })
})

describe('anchor/batch', () => {
  describe('createBatch', () => {
    it('keeps the order given, and has the root and size of its leaves', () => {
      const leaves = leavesOf(5).reverse()
      expect(createBatch(leaves)).to.deep.equal({ root: referenceRoot(leaves), size: 5, leaves })
    })

    it('refuses the same leaf twice and names both places', () => {
      try {
        createBatch([leafAt(1), leafAt(2), leafAt(1)])
        expect.fail('a batch was made')
      } catch (error) {
        expect(error).to.include({ code: 'anchor.duplicate_leaf' })
        expect(error).to.have.property('facts').that.deep.equals({ first: 0, second: 2 })
      }
    })

    it('refuses no leaf', () => {
      expect(codeOf(() => createBatch([]))).to.equal('anchor.batch_size')
    })
  })
})
