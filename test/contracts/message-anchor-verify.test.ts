/** The Merkle code in TypeScript against the one in Solidity, over every tree of up to 130 leaves (RFC 9162 §2.1.3.2). */

import { expect } from 'chai'
import { getBytes, hexlify, keccak256, toUtf8Bytes } from 'ethers'
import hre from 'hardhat'
import { type InclusionPath, type MerkleTree, merkleTree, rootFromPath } from '../../src/anchor/merkle.ts'
import { deployAnchor, ethers, loadFixture, type MessageAnchor } from './support/deploy.ts'

// Instrumented code takes several times as long, and smaller trees take every branch of it; a rollup runs the same code.
const maxSize = hre.globalOptions.coverage || hre.globalOptions.network === 'op' ? 20 : 130

const leaves = Array.from({ length: maxSize }, (_, index) => getBytes(keccak256(toUtf8Bytes(`leaf ${index}`))))

/** Every tree stored by one account; by another under a size one too small, by a third one too large. */
async function withTrees() {
  const deployed = await loadFixture(deployAnchor)
  const [exact, smaller, larger] = await ethers.getSigners()
  if (exact === undefined || smaller === undefined || larger === undefined) throw new Error('too few accounts')
  const trees = Array.from({ length: maxSize }, (_, i) => merkleTree(leaves.slice(0, i + 1)))
  for (const [i, { root }] of trees.entries()) {
    await deployed.anchor.connect(exact).anchorStored(hexlify(root), i + 1)
    await deployed.anchor.connect(larger).anchorStored(hexlify(root), i + 2)
    if (i > 0) await deployed.anchor.connect(smaller).anchorStored(hexlify(root), i)
  }
  return { ...deployed, trees, exact, smaller, larger }
}

/** Flips the bit of that number, counted over the bytes in turn. */
function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice()
  const place = (bit >> 3) % bytes.length
  flipped[place] = (flipped[place] as number) ^ (1 << (bit & 7))
  return flipped
}

function word(value: number): string {
  return value.toString(16).padStart(64, '0')
}

/** Asks the contract, by call data written out here: ethers takes five times as long, for tens of thousands of calls. */
async function asked(anchor: MessageAnchor, anchorer: string, root: Uint8Array, inclusion: InclusionPath) {
  const { leaf, index, size, path } = inclusion
  const selector = anchor.interface.getFunction('verify')?.selector ?? ''
  const hashes = [root, leaf, ...path].map((hash) => Buffer.from(hash).toString('hex'))
  const [rootWord = '', leafWord = '', ...pathWords] = hashes
  const head = [anchorer.slice(2).padStart(64, '0'), rootWord, word(size), word(index), leafWord, word(6 * 32)]
  const data = selector + [...head, word(path.length), ...pathWords].join('')
  const answer = await ethers.provider.send('eth_call', [{ to: anchor.target, data }, 'latest'])
  return BigInt(answer) === 1n
}

/** What TypeScript says about the same. */
function expected(root: Uint8Array, inclusion: InclusionPath): boolean {
  const led = rootFromPath(inclusion)
  return led !== undefined && hexlify(led) === hexlify(root)
}

/** A leaf of a tree, with its path. */
interface Place extends InclusionPath {
  readonly root: Uint8Array
}

/** Every leaf of every tree. */
function everyPlace(trees: readonly MerkleTree[]): Place[] {
  return trees.flatMap(({ root, path }, i) =>
    leaves.slice(0, i + 1).map((leaf, index) => ({ root, leaf, index, size: i + 1, path: path(index) })),
  )
}

/** How often the contract and TypeScript answered yes, to the same question; fails where the two differ. */
async function countYes(anchor: MessageAnchor, anchorer: string, places: readonly Place[]): Promise<number> {
  let yes = 0
  for (const { root, ...inclusion } of places) {
    const answer = await asked(anchor, anchorer, root, inclusion)
    expect(answer).to.equal(expected(root, inclusion))
    if (answer) yes += 1
  }
  return yes
}

/** Every other index of a small tree, and two beyond it; neighbours in a large one. */
function wrongIndices(place: Place): Place[] {
  const { index, size } = place
  const others = size <= 16 ? Array.from({ length: size + 2 }, (_, other) => other) : [index + 1, (index ^ 2) % size]
  return others.filter((other) => other !== index).map((other) => ({ ...place, index: other }))
}

/** One with a bit of the leaf flipped, and one with a bit of the path, each hash and each bit in turn. */
function damaged(place: Place): Place[] {
  const { index, size, leaf, path } = place
  const bit = 37 * size + 101 * index
  const inLeaf = { ...place, leaf: flip(leaf, bit) }
  if (path.length === 0) return [inLeaf]
  const step = (size + index) % path.length
  return [inLeaf, { ...place, path: path.map((hash, at) => (at === step ? flip(hash, bit) : hash)) }]
}

function misshapen(place: Place): Place[] {
  const { root, path } = place
  const paths = [[...path, root]]
  if (path.length > 0) paths.push(path.slice(1), path.slice(0, -1))
  if (path.length > 1) paths.push([...path].reverse())
  return paths.map((wrong) => ({ ...place, path: wrong }))
}

describe('MessageAnchor', () => {
  describe('verify', () => {
    const root = keccak256(toUtf8Bytes('one leaf'))

    it('proves a tree of one leaf, which is its own root', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 1)
      expect(await anchor.verify(anchorer.address, root, 1, 0, root, [])).to.equal(true)
    })

    it('proves nothing of a tree that was anchored without storing it', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      await anchor.anchor(root, 1)
      expect(await anchor.verify(anchorer.address, root, 1, 0, root, [])).to.equal(false)
      expect(await anchor.verify(anchorer.address, root, 0, 0, root, [])).to.equal(false)
    })

    it('proves nothing under the name of another', async () => {
      const { anchor, other } = await loadFixture(deployAnchor)
      await anchor.anchorStored(root, 1)
      expect(await anchor.verify(other.address, root, 1, 0, root, [])).to.equal(false)
    })

    it('proves nothing beyond the last leaf, however large index and size', async () => {
      const { anchor, anchorer } = await loadFixture(deployAnchor)
      const most = 2n ** 64n - 1n
      await anchor.anchorStored(root, most)
      for (const index of [0n, 1n, most - 1n, most])
        expect(await anchor.verify(anchorer.address, root, most, index, root, [])).to.equal(false)
      const path = Array.from({ length: 300 }, () => root)
      expect(await anchor.verify(anchorer.address, root, most, 0, root, path)).to.equal(false)
    })
  })

  describe('verify, against src/anchor/merkle', function everyTree() {
    // Tens of thousands of calls each, on a machine that may be busy.
    this.timeout(600_000)

    it(`proves every leaf of every tree of 1 to ${maxSize} leaves`, async () => {
      const { anchor, trees, exact } = await loadFixture(withTrees)
      const places = everyPlace(trees)
      expect(places).to.have.length((maxSize * (maxSize + 1)) / 2)
      expect(await countYes(anchor, exact.address, places)).to.equal(places.length)
    })

    it('proves no leaf at another place', async () => {
      const { anchor, trees, exact } = await loadFixture(withTrees)
      expect(await countYes(anchor, exact.address, everyPlace(trees).flatMap(wrongIndices))).to.equal(0)
    })

    it('proves nothing with a bit flipped in the leaf, or in the path', async () => {
      const { anchor, trees, exact } = await loadFixture(withTrees)
      expect(await countYes(anchor, exact.address, everyPlace(trees).flatMap(damaged))).to.equal(0)
    })

    it('proves nothing by a path that is too short, too long or in another order', async () => {
      const { anchor, trees, exact } = await loadFixture(withTrees)
      expect(await countYes(anchor, exact.address, everyPlace(trees).flatMap(misshapen))).to.equal(0)
    })

    it('proves nothing under another size than the one stored', async () => {
      const { anchor, trees, exact, smaller, larger } = await loadFixture(withTrees)
      for (const { root, ...good } of everyPlace(trees)) {
        expect(await asked(anchor, exact.address, root, { ...good, size: good.size + 1 })).to.equal(false)
        expect(await asked(anchor, smaller.address, root, good)).to.equal(false)
        expect(await asked(anchor, larger.address, root, good)).to.equal(false)
      }
    })

    it('agrees with TypeScript on what a tree stored under a wrong size proves', async () => {
      const { anchor, trees, smaller, larger } = await loadFixture(withTrees)
      const places = everyPlace(trees)
      const small = places.filter(({ size }) => size > 1).map((place) => ({ ...place, size: place.size - 1 }))
      const large = places.map((place) => ({ ...place, size: place.size + 1 }))
      await countYes(anchor, smaller.address, small)
      await countYes(anchor, larger.address, large)
    })

    it('proves nothing by a node in place of a leaf', async () => {
      const { anchor, trees, exact } = await loadFixture(withTrees)
      const four = trees[3]
      const two = trees[1]
      if (four === undefined || two === undefined) throw new Error('no trees')
      for (const size of [1, 2, 3, 4]) {
        const inclusion = { leaf: two.root, index: 0, size, path: four.path(0).slice(1) }
        expect(await asked(anchor, exact.address, four.root, inclusion)).to.equal(false)
      }
      const itself = { leaf: four.root, index: 0, size: 1, path: [] }
      expect(await asked(anchor, exact.address, four.root, itself)).to.equal(false)
    })
  })
})
